import numpy as np
import pytest

from vcem.report.free_response import free_response_table
from vcem.report.glance import glance
from vcem.report.lesion_table import lesion_table
from vcem.report.truth_table import truth_table


def numbers(dots):
    return {r["method"]: r for r in dots.table().records}


def test_the_five_numbers_are_those_of_the_tables(study):
    found = numbers(glance(study))
    assert list(found) == ["Autoencoder", "Pix2Pix", "CycleGAN", "LE image", "mask × mean", "mean DES"]
    lesions = {study.short(r["method"]): r for r in lesion_table(study).records}
    free = {study.short(r["method"]): r for r in free_response_table(study).records}
    for name, own in found.items():
        pairs = [(own["contrast_correlation"], lesions[name]["pearson"]), (own["missed"], lesions[name]["missed"]),
                 (own["hallucinated_high"], lesions[name]["hallucinated_high"]),
                 (own["found_at_0.5_low"], free[name]["found_at_0.5_low"])]  # fmt: skip
        assert all(a == b or np.isnan([a, b]).all() for a, b in pairs)
    psnr = study.scores.of("cyclegan", "psnr_breast").mean()
    assert found["CycleGAN"]["psnr_breast"] == pytest.approx(psnr)


def test_every_learned_method_has_a_verdict_and_no_reference_has(study):
    dots = glance(study)
    assert [bool(line.verdict[1]) for line in dots.lines] == [True] * 3 + [False] * 3
    assert dots.lines[0].verdict[1][0].isupper()
    assert "Invented: places that light up" in dots.meaning


def test_with_truth_missed_and_invented_are_against_it_and_the_ceiling_stands_below(truth_study):
    dots = glance(truth_study)
    found = numbers(dots)
    table = {r["method"]: r for r in truth_table(truth_study, truth_study.truth).records if "missed" in r}
    assert found["Pix2Pix"]["missed"] == table["pix2pix"]["missed"]
    assert found["Acquired DES"]["hallucinated"] == table["reference-acquired-des"]["hallucinated"]
    ceiling = truth_study.truth.ceiling.given
    assert list(found)[-1] == "Ceiling of LE alone"
    assert found["Ceiling of LE alone"]["missed"] == ceiling.missed
    assert found["Ceiling of LE alone"]["hallucinated"] == ceiling.lit
    assert np.isnan(found["Ceiling of LE alone"]["psnr_breast"])
    assert "Against the true iodine" in dots.meaning
