from dataclasses import replace

import numpy as np
import pytest

from vcem.report.strata import REST, pooled, rest_of, strata_dots


def test_strata_of_few_lesions_on_either_side_are_put_together():
    groups = pooled({"a": (4, 9), "b": (5, 5), "c": (30, 4), "d": (7, 8), "": (0, 0)})
    assert groups == {"b": ("b",), "d": ("d",), REST: ("a", "c", "")}
    assert rest_of(groups).endswith("put together: a, c and –.")
    assert rest_of(pooled({"b": (5, 5)})) == ""


def test_psnr_by_density_is_that_of_its_images_on_one_axis(study):
    lit = np.arange(len(study.lesions.names)) % 2 == 0
    likeness, missed = strata_dots(replace(study, lesions=replace(study.lesions, enhancing=lit)), "density")
    assert [c.title.split(",")[0] for c in likeness.columns] == ["ACR a", "ACR b", "ACR c", "ACR d"]
    chosen = study.scores.densities == 1
    assert likeness.lines[1].found[1].estimate == pytest.approx(
        study.scores.of("pix2pix", "psnr_breast")[chosen].mean()
    )
    assert len({likeness.ends(k) for k in range(4)}) == 1
    assert missed.ends(0) == (0, 1)
    assert missed.columns[-1].title.startswith(REST)
    lesions = sum(int(c.title.split(", ")[1].split()[0]) for c in missed.columns)
    known = {i.pair for i in study.scores.items if i.density}
    assert lesions == sum(on and pair in known for (_, pair, _), on in zip(study.lesions.names, lit, strict=True))


def test_one_machine_is_no_comparison_and_two_are(study):
    assert strata_dots(study, "machine") == ()
    items = tuple(replace(item, machine="AB"[k % 2]) for k, item in enumerate(study.scores.items))
    two = replace(study, scores=replace(study.scores, items=items))
    assert [c.title for c in strata_dots(two, "machine")[0].columns] == ["A, 40 images", "B, 40 images"]


def test_without_lesions_there_is_no_picture_of_them(study):
    none = replace(study.lesions, enhancing=np.zeros_like(study.lesions.enhancing))
    assert len(strata_dots(replace(study, lesions=none), "density")) == 1
