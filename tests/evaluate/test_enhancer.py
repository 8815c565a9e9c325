import json

import numpy as np
import pytest
import torch

from enhancing import toy_run, unchanged
from toy_dicom import pixels_of, write
from vcem.core.catalogue import Pair
from vcem.core.errors import FailureError, UsageError
from vcem.core.terms import Energy, Origin, Side, View
from vcem.data.decode import Source, _strict
from vcem.dicom.read import read_dicom
from vcem.evaluate.enhancer import Enhancer, enhance_image, load_enhancer, network_input
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
    bright = Enhancer(unchanged().model, lambda x, _: torch.ones_like(x))
    made = enhance_image(bright, le, Side.LEFT)
    breast = breast_mask(le, Side.LEFT)
    assert not made[~breast].any()
    assert (made[breast] > 0).all()


def test_enlarging_adds_no_value_beyond_those_of_the_network():
    rng = np.random.default_rng(0)
    given = torch.from_numpy(rng.uniform(0.2, 0.8, (1, 1, 48, 48)).astype(np.float32))
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
    prepared = _strict(Source(tmp_path, pair, ()), 48)
    le = read_dicom(tmp_path / "LE").astype(np.float32)
    steps, x, mask = network_input(le, breast_mask(le, side), side, 48)
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
    assert (model.name, model.method, model.fold, model.size) == ("toy-autoencoder", "autoencoder", 0, 48)
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
