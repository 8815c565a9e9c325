import zipfile

import numpy as np
import pytest

from toy_scene import toy_scene
from vcem.core.files import sha256
from vcem.core.terms import Side
from vcem.simulate.truth import as_record, lesion_rows, maps_of, oriented, write_truth


def test_maps_lie_as_the_files_do():
    left, right = (maps_of(toy_scene(side)) for side in Side)
    assert left["lesion"][:, :30].any()
    assert not right["lesion"][:, :30].any()
    assert np.array_equal(right["thickness"], left["thickness"][:, ::-1])
    assert right["thickness"].flags.c_contiguous
    assert {name: array.dtype.name for name, array in left.items()} == {
        "iodine": "float32", "thickness": "float32", "glandular": "float32", "lesion": "uint8"
    }  # fmt: skip


def test_rounding_is_finer_than_any_use():
    scene = toy_scene()
    maps = maps_of(scene)
    assert np.abs(maps["iodine"] - scene.iodine).max() <= 2.0**-13
    assert np.abs(maps["thickness"] - scene.thickness).max() <= 2.0**-9


def test_a_lesions_row_says_where_and_how_much():
    (row,) = lesion_rows("S0001_L_CC", toy_scene())
    assert (row.pair, row.lesion, row.kind, row.enhancing, row.malignant) == ("S0001_L_CC", 1, "idc", True, True)
    assert row.area_mm2 == pytest.approx(np.pi * 64, rel=0.05)
    assert (row.iodine_mean, row.iodine_peak) == (1.5, 1.5)
    assert lesion_rows("x", toy_scene(iodine=0))[0].iodine_peak == 0
    assert as_record(row)["look"] == "irregular"


def test_an_npz_is_whole_and_the_same_each_time(tmp_path):
    arrays = maps_of(toy_scene())
    write_truth(tmp_path / "a.npz", arrays)
    write_truth(tmp_path / "b.npz", dict(reversed(arrays.items())))
    assert sha256(tmp_path / "a.npz") == sha256(tmp_path / "b.npz")
    with np.load(tmp_path / "a.npz") as held:
        assert set(held) == set(arrays)
        assert all(np.array_equal(held[name], array) for name, array in arrays.items())
    dates = {member.date_time[0] for member in zipfile.ZipFile(tmp_path / "a.npz").infolist()}
    assert dates == {1980}


def test_only_right_breasts_are_turned():
    row = np.arange(4)[None]
    assert oriented(row, Side.LEFT).tolist() == [[0, 1, 2, 3]]
    assert oriented(row, Side.RIGHT).tolist() == [[3, 2, 1, 0]]
