from dataclasses import replace

import numpy as np
import pytest

from toy_scene import toy_scene
from vcem.simulate.field import LARGE, SMALL, field_shape, on_field


@pytest.mark.parametrize(
    ("native", "spacing", "shape"),
    [(LARGE, 0.1, (2850, 2396)), (SMALL, 0.1, (2294, 1916)), (LARGE, 0.4, (712, 599)), (SMALL, 0.4, (573, 479))],
)
def test_rows_and_columns_of_a_field(native, spacing, shape):
    assert field_shape(native, spacing) == shape


@pytest.mark.parametrize(("half_mm", "native"), [(85, SMALL), (98, SMALL), (112, LARGE), (130, LARGE)])
def test_a_small_breast_gets_the_small_field(half_mm, native):
    scene = on_field(_tall(half_mm))
    assert scene.breast.shape == field_shape(native, 1.6)
    assert all(getattr(scene, n).shape == scene.breast.shape for n in ("adipose", "iodine", "calcium", "distance"))
    assert scene.lesions[0].area.shape == scene.breast.shape


def test_nothing_of_a_breast_that_fits_is_lost_and_it_is_centred():
    before = toy_scene()
    after = on_field(before)
    assert after.breast.sum() == before.breast.sum()
    assert np.isclose(after.iodine.sum(), before.iodine.sum())
    assert np.array_equal(after.breast[:, 0].nonzero()[0], after.breast.any(1).nonzero()[0])  # the chest wall stays
    rows = after.breast.any(1).nonzero()[0]
    assert abs((rows[0] + rows[-1]) / 2 - after.breast.shape[0] / 2) <= 1
    lesion = after.lesions[0]
    assert np.isclose(lesion.iodine[lesion.area].sum(), before.lesions[0].iodine.sum())


def test_a_breast_beyond_the_large_field_is_cut_as_by_a_detector():
    scene = on_field(_tall(200))
    assert scene.breast.shape == field_shape(LARGE, 1.6)
    assert scene.breast[0].any()
    assert scene.breast[-1].any()


def test_a_scene_on_a_field_is_left_as_it_is():
    scene = on_field(toy_scene())
    assert on_field(scene) is scene


def test_an_empty_scene_does_not_fail():
    empty = replace(toy_scene(), breast=np.zeros_like(toy_scene().breast))
    assert on_field(empty).breast.shape in (field_shape(SMALL, 1.6), field_shape(LARGE, 1.6))


def _tall(half_mm):
    """The toy scene stretched down, by repeating rows."""
    scene = toy_scene()
    factor = half_mm / 85
    rows = (np.arange(int(scene.breast.shape[0] * factor)) / factor).astype(int)
    maps = ("breast", "distance", "thickness", "adipose", "glandular", "calcium", "iodine")
    lesions = tuple(replace(x, area=x.area[rows], iodine=x.iodine[rows]) for x in scene.lesions)
    return replace(scene, lesions=lesions, **{name: getattr(scene, name)[rows] for name in maps})
