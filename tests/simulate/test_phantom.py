from dataclasses import replace

import numpy as np
import pytest

from vcem.core.errors import UsageError
from vcem.core.terms import Side, View
from vcem.simulate.acquire import check
from vcem.simulate.field import LARGE, SMALL, field_shape, on_field
from vcem.simulate.patient import draw_patient
from vcem.simulate.phantom import scene_of
from vcem.simulate.priors import Lesions, Priors

PRIORS = replace(Priors(), lesions=Lesions(per_breast=2.0))
PATIENT = next(p for n in range(1, 40) if len((p := draw_patient(0, n, PRIORS)).lesions_of(Side.LEFT)) > 1
               and p.lesions_of(Side.LEFT)[0].uptake.enhancing)  # fmt: skip


def made(view=View.CC, spacing_mm=0.8, late=False, patient=PATIENT):
    return scene_of(patient, Side.LEFT, view, 0, spacing_mm, late)


@pytest.fixture(scope="module", params=list(View))
def scene(request):
    return made(request.param)


def test_it_is_a_scene_that_physics_takes(scene):
    check(scene)
    assert scene.breast.shape in (field_shape(SMALL, 0.8), field_shape(LARGE, 0.8))
    assert on_field(scene) is scene
    maps = (scene.distance, scene.thickness, scene.adipose, scene.glandular, scene.calcium, scene.iodine)
    assert all(m.dtype == np.float32 and not m[~scene.breast].any() for m in maps)


def test_tissue_fills_the_thickness(scene):
    inside = scene.distance > 15
    soft = (scene.adipose + scene.glandular)[inside] / scene.thickness[inside]
    assert np.percentile(soft, [1, 99]) == pytest.approx(1, abs=0.04)
    assert scene.thickness.max() <= scene.paddle_mm * 1.05 + 5


def test_the_breast_touches_the_chest_wall_alone(scene):
    assert scene.breast[:, 0].any()
    assert not scene.breast[:, -1].any()
    assert not scene.breast[-1].any()


def test_iodine_is_that_of_lesions_and_of_what_lies_around(scene):
    lesions = sum(x.iodine for x in scene.lesions)
    around = scene.iodine - lesions
    assert around.min() >= -1e-5
    assert 0 < np.percentile(around[scene.breast], 99) < 3
    assert [x.number for x in scene.lesions] == [x.number for x in PATIENT.lesions_of(Side.LEFT)]
    assert all(x.enhancing == bool(x.iodine.any()) for x in scene.lesions)


def test_lesions_are_as_deep_in_cc_as_in_mlo():
    depths = []
    for view in View:
        scene = made(view)
        row_of_nipple = np.flatnonzero(scene.breast.any(0))[-1] * 0.8
        area = scene.lesions[0].area
        depths.append(row_of_nipple - np.nonzero(area)[1].mean() * 0.8)
    assert depths[0] == pytest.approx(depths[1], abs=8)


def test_the_same_twice_and_another_phase_has_the_same_tissue():
    a, b, late = made(), made(), made(late=True)
    for name in ("thickness", "adipose", "glandular", "calcium", "iodine"):
        assert np.array_equal(getattr(a, name), getattr(b, name))
    assert np.array_equal(a.glandular, late.glandular)
    assert not np.array_equal(a.iodine, late.iodine)


@pytest.mark.parametrize("view", list(View))
def test_another_pixel_shows_the_same_breast(view):
    coarse, fine = made(view), made(view, spacing_mm=0.4)
    h, w = (n // 2 for n in fine.breast.shape)
    h, w = min(h, coarse.breast.shape[0]), min(w, coarse.breast.shape[1])
    for name in ("thickness", "glandular", "iodine"):
        mean = getattr(fine, name)[: 2 * h, : 2 * w].reshape(h, 2, w, 2).mean((1, 3))
        same = np.corrcoef(mean.ravel(), getattr(coarse, name)[:h, :w].ravel())[0, 1]
        assert same > (0.95 if name == "iodine" else 0.99), name  # vessels are thinner than a pixel
    assert fine.glandular.sum() / 4 == pytest.approx(coarse.glandular.sum(), rel=0.01)


def test_gland_is_what_the_woman_has():
    bare = replace(Priors(), lesions=Lesions(per_breast=0.0))
    woman = draw_patient(0, 3, bare)
    scene = made(patient=woman)
    skin = 3 * 1.1
    deep = scene.distance > 0.5 * scene.paddle_mm + 1
    share = (scene.glandular[deep] - skin).sum() / scene.thickness[deep].sum()
    assert 0.6 * woman.volumetric_density < share < 2.5 * woman.volumetric_density


def test_a_pixel_of_nothing_is_refused():
    with pytest.raises(UsageError, match="0 mm"):
        made(spacing_mm=0)
