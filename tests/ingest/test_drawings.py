import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Picture

from vcem.core.errors import UsageError
from vcem.core.terms import Energy
from vcem.ingest.drawings import Canvas, OutlineSource, open_drawings, outlines_of
from vcem.ingest.layout import Release
from vcem.ingest.pairing import Image
from vcem.ingest.reading import Size

BOX = {"name": "polygon", "all_points_x": [10, 50, 50, 10], "all_points_y": [20, 20, 80, 80]}


@pytest.fixture
def release(tmp_path):
    (tmp_path / "low").mkdir()
    rows = [f'P{n}_L_DM_CC.jpg,"{json.dumps(BOX).replace(chr(34), chr(34) * 2)}"' for n in (1, 2, 2)]
    (tmp_path / "seg.csv").write_text("\n".join(["#filename,region_shape_attributes", *rows, "P1_L_DM_CC.jpg,{}"]))
    masks = tmp_path / "masks"
    masks.mkdir()
    mask = np.zeros((90, 60), np.uint8)
    mask[20:80, 10:50] = 255
    Picture.fromarray(mask).save(masks / "P1_L_DM_CC.png")
    return Release(tmp_path, tmp_path / "low", tmp_path / "sub", tmp_path / "a.xlsx", tmp_path / "seg.csv", masks, None)


def canvas(name="P1_L_DM_CC", width=60, height=90, factor=None):
    image = Image(name, Path(f"{name}.jpg"), name.replace("_DM", ""), Energy.LE)
    return Canvas(image, Size(width, height), factor)


def drawn(release, *canvases, source=OutlineSource.CSV):
    outlines, skipped = outlines_of(open_drawings(release, source), canvases)
    return outlines, [(s.what, s.why) for s in skipped]


def test_outline_belongs_to_its_image(release):
    (outline,), skipped = drawn(release, canvas())
    assert (outline.pair, outline.energy, outline.points[2]) == ("P1_L_CC", Energy.LE, (50.0, 80.0))
    assert skipped[1] == ("seg.csv", "2 outlines of 1 images that are not here or were not taken")


def test_unreadable_rows_are_told(release):
    _, skipped = drawn(release, canvas())
    assert skipped[0][1].startswith("outline of P1_L_DM_CC, line 5")


def test_known_scale_is_applied(release):
    (outline,), _ = drawn(release, canvas(width=30, height=45, factor=0.5))
    assert outline.points[2] == (24.75, 39.75)


def test_outline_that_leaves_an_image_of_unknown_scale_is_left_out(release):
    outlines, skipped = drawn(release, canvas(width=30, height=45))
    assert outlines == []
    assert ("outlines of P1_L_DM_CC", "drawn on a larger image than this, and no scale.csv gives its scale") in skipped


def test_masks_give_outlines_too(release):
    (outline,), skipped = drawn(release, canvas(), source=OutlineSource.MASKS)
    assert np.array(outline.points).max(0).tolist() == [49.5, 79.5]
    assert skipped == []


@pytest.mark.parametrize(
    ("name", "width", "why"), [("P9_L_DM_CC", 60, "no mask"), ("P1_L_DM_CC", 61, "60 x 90 pixels")]
)
def test_missing_or_unfitting_mask_is_told(release, name, width, why):
    outlines, ((what, reason),) = drawn(release, canvas(name, width), source=OutlineSource.MASKS)
    assert outlines == []
    assert what == f"outlines of {name}"
    assert why in reason


def test_no_outlines_if_none_are_wanted(release):
    assert drawn(release, canvas(), source=OutlineSource.NONE) == ([], [])


@pytest.mark.parametrize("source", [OutlineSource.CSV, OutlineSource.MASKS])
def test_source_that_is_not_there_is_wrong_use(release, source):
    with pytest.raises(UsageError, match="--outlines"):
        open_drawings(replace(release, outlines=None, masks=None), source)
