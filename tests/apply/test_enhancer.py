import json
from dataclasses import replace

import numpy as np
import pytest

from enhancing import toy_run, unchanged
from toy_dicom import pixels_of, write
from vcem.apply.enhancer import Enhancer, enhance_image, load_enhancer, network_input
from vcem.core.errors import FailureError, UsageError
from vcem.core.grid import Size, framing_of
from vcem.core.terms import Energy, Origin, Side, View
from vcem.data.decode import Source, _strict
from vcem.dicom.read import read_dicom
from vcem.dicom.virtual import NATIVE
from vcem.folders.catalogue import Pair
from vcem.prepare.breast import breast_mask


def breast_of(rows, columns, side):
    v, u = np.mgrid[:rows, :columns]
    wall = u if side is Side.LEFT else columns - 1 - u
    return np.where(np.hypot(wall / (0.8 * columns), (v - rows / 2) / (0.42 * rows)) < 1, 0.3, 0).astype(np.float32)


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize(("rows", "columns"), [(480, 320), (300, 420), (256, 256)])
@pytest.mark.parametrize("size", [48, 64])
def test_a_bright_spot_stays_at_its_place(side, rows, columns, size):
    le = breast_of(rows, columns, side)
    x, y = 0.3 * columns if side is Side.LEFT else 0.7 * columns, 0.4 * rows
    v, u = np.mgrid[:rows, :columns]
    coarse = max(rows, columns) / size
    le += 0.7 * np.exp(-((u - x) ** 2 + (v - y) ** 2) / (2 * coarse**2)).astype(np.float32)
    made = enhance_image(unchanged(size), le, side)
    assert made.shape == le.shape
    excess = np.clip(made - 0.35, 0, None)
    found = [(excess * axis).sum() / excess.sum() for axis in (u, v)]
    assert np.hypot(found[0] - x, found[1] - y) < 0.1 * coarse, "a tenth of a pixel of the network's grid"
    peak = np.unravel_index(np.argmax(made), made.shape)
    assert np.hypot(peak[1] - x, peak[0] - y) < coarse


def test_outside_the_breast_is_0_whatever_the_network_says():
    le = breast_of(120, 80, Side.LEFT)
    bright = Enhancer(unchanged().model, lambda x, _: np.ones_like(x))
    made = enhance_image(bright, le, Side.LEFT)
    breast = breast_mask(le, Side.LEFT)
    assert not made[~breast].any()
    assert (made[breast] > 0).all()


def test_enlarging_adds_no_value_beyond_those_of_the_network():
    rng = np.random.default_rng(0)
    given = rng.uniform(0.2, 0.8, (48, 48)).astype(np.float32)
    le = breast_of(480, 320, Side.LEFT)
    made = enhance_image(Enhancer(unchanged().model, lambda _, __: given), le, Side.LEFT)
    inside = made[breast_mask(le, Side.LEFT)]
    assert given.min() - 1e-6 <= inside.min()
    assert inside.max() <= given.max() + 1e-6
    assert np.abs(np.diff(made[240, :200])).max() < 0.6 / (480 / 48) * 1.01, "no step between the network's pixels"


@pytest.mark.parametrize("side", Side)
def test_the_network_sees_what_prepare_makes(tmp_path, side):
    """The strict protocol of `vcem prepare`, for a pair that needs no registration, is the reference."""
    for energy in (Energy.LE, Energy.DES):
        write(tmp_path / energy, energy, side)
    pair = Pair("P1_L_CC", "P1", side, View.CC, "LE", "DES", dx_px=0.0, dy_px=0.0, registration=1.0)
    prepared = _strict(Source(tmp_path, pair, ()), framing_of({"size": 48}))
    le = read_dicom(tmp_path / "LE").astype(np.float32)
    steps, x, mask = network_input(le, breast_mask(le, side), side, unchanged())
    assert np.array_equal(x, prepared.x)
    assert np.array_equal(mask, prepared.mask)
    assert json.loads(steps) == json.loads(prepared.chain)


def test_no_breast_and_no_number_are_errors():
    with pytest.raises(FailureError, match="No breast"):
        enhance_image(unchanged(), np.zeros((120, 80), np.float32), Side.LEFT)
    broken = Enhancer(unchanged().model, lambda x, _: x * float("nan"))
    with pytest.raises(FailureError, match="not finite"):
        enhance_image(broken, breast_of(120, 80, Side.LEFT), Side.LEFT)


def test_a_run_is_loaded_with_all_that_names_it(tmp_path):
    enhancer = load_enhancer(toy_run(tmp_path))
    model = enhancer.model
    assert (model.name, model.method, model.fold, model.framing.size) == ("toy-autoencoder", "autoencoder", 0, (48, 48))
    assert (len(model.weights), len(model.recipe_digest)) == (64, 12)
    assert model.trained_on is Origin.SIMULATED
    le = pixels_of().astype(np.float32) / 4095
    made = enhance_image(enhancer, le, Side.LEFT)
    assert np.array_equal(made, enhance_image(enhancer, le, Side.LEFT))
    assert made.any()


def test_a_model_of_the_papers_protocol_is_refused(tmp_path):
    run = toy_run(tmp_path)
    recipe = run / "recipe.toml"
    recipe.write_text(recipe.read_text().replace('"strict"', '"paper"'))
    with pytest.raises(UsageError, match="means nothing without the real DES"):
        load_enhancer(run)


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize(("rows", "columns"), [(130, 90), (90, 130), (128, 128)])
def test_on_the_native_grid_no_pixel_is_resampled(side, rows, columns):
    le = breast_of(rows, columns, side) * np.random.default_rng(0).uniform(0.5, 1, (rows, columns)).astype(np.float32)
    breast, seen = breast_mask(le, side), []

    def same(x, mask):
        seen.append(x.shape)
        return x * mask

    native = Enhancer(replace(unchanged().model, grid=NATIVE), same, 16)
    assert np.array_equal(enhance_image(native, le, side), np.where(breast, le, 0))
    assert seen == [(144, 144) if max(rows, columns) == 130 else (128, 128)]


def test_a_finer_grid_keeps_what_a_coarse_one_blurs():
    le = breast_of(480, 320, Side.LEFT)
    le[200:210, 100:110] = 1
    model = unchanged(48).model
    peaks = [
        enhance_image(Enhancer(replace(model, grid=g), lambda x, _: x), le, Side.LEFT).max()
        for g in (None, Size(240, 240))
    ]
    assert peaks[0] < 0.95 < peaks[1]


@pytest.mark.parametrize("grid", [50, 8, 100_000 - 100_000 % 48, 0, -48])
def test_a_grid_that_the_network_cannot_take_is_refused(grid, monkeypatch, tmp_path):
    monkeypatch.setattr("vcem.apply.enhancer._as_trained", lambda *_: replace(unchanged(), multiple=16))
    with pytest.raises(UsageError, match=rf"cannot draw on {grid} x {grid} pixels(.|\n)*a multiple of 16 from 16"):
        load_enhancer(tmp_path, Size(grid, grid))


def test_the_size_of_the_training_is_no_other_grid(tmp_path):
    run = toy_run(tmp_path)
    large = Size(96, 96)
    plain, same, other = (load_enhancer(run, grid).model for grid in (None, Size(48, 48), large))
    assert plain == same
    assert (plain.drawn_at, other.drawn_at, other.grid) == ((48, 48), large, large)
    assert load_enhancer(run, NATIVE).model.drawn_at == NATIVE


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("not enough memory: you tried\nto")])
def test_no_memory_for_a_grid_is_one_clear_error(error):
    def full(x, mask):
        raise error

    with pytest.raises(FailureError, match=r"cannot draw on 48 x 48 pixels here: n.*memory.*\.(.|\n)*smaller --size"):
        enhance_image(Enhancer(unchanged().model, full), breast_of(120, 80, Side.LEFT), Side.LEFT)


def test_a_des_is_given_to_a_model_with_a_dose_and_to_no_other():
    le = breast_of(120, 80, Side.LEFT)
    adding = Enhancer(replace(unchanged().model, dose=10), lambda x, mask, des: (x + des) / 2 * mask)
    made = enhance_image(adding, le, Side.LEFT, des=0.5 * le)
    np.testing.assert_allclose(made, 0.75 * enhance_image(unchanged(), le, Side.LEFT), atol=1e-6)
    for enhancer, des in ((adding, None), (adding, le[1:]), (unchanged(), le)):
        with pytest.raises(UsageError, match="draws from LE"):
            enhance_image(enhancer, le, Side.LEFT, des=des)
