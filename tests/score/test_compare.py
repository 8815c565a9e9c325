import json

import numpy as np
import pytest
import torch

from breasts import breasts
from no_torch import without_torch
from vcem.core.errors import UsageError
from vcem.core.pictures import write_png
from vcem.core.terms import Protocol
from vcem.metrics.error import psnr
from vcem.metrics.ssim import ssim
from vcem.score.compare import compare, lines, score_arrays


@pytest.fixture
def files(tmp_path):
    y, y_hat, mask = (a[0] for a in breasts(n=1))
    np.save(tmp_path / "y.npy", y)
    np.save(tmp_path / "y_hat.npy", y_hat)
    np.save(tmp_path / "mask.npy", mask)
    return tmp_path / "y.npy", tmp_path / "y_hat.npy", tmp_path / "mask.npy"


def test_whole_image_and_breast(files):
    y, y_hat, mask = (np.load(f) for f in files)
    found = compare(*files)
    assert found.whole["psnr"] == pytest.approx(psnr(y, y_hat).item())
    assert found.breast["ssim"] == pytest.approx(ssim(y, y_hat, mask).item(), abs=1e-6)
    assert not found.identical


def test_without_a_mask_no_breast_is_guessed(files):
    found = compare(*files[:2])
    assert found.breast is None
    assert "no mask given" in "\n".join(lines(found))


def test_identical_images_have_no_psnr_but_are_said_to_be_identical(files):
    found = compare(files[0], files[0])
    assert found.whole["psnr"] is None
    assert found.whole["ssim"] == pytest.approx(1)
    assert lines(found)[-1] == "the two images are identical"
    assert "psnr undefined" in lines(found)[1]


def test_formats_may_differ_and_stand_in_the_answer(files, tmp_path):
    write_png(tmp_path / "y.png", np.load(files[0]), 16)
    found = compare(tmp_path / "y.png", files[1])
    assert (found.truth_scale, found.prediction_scale) == ("uint16 / 65535", "float32 / 1")
    assert found.whole["psnr"] == pytest.approx(compare(*files[:2]).whole["psnr"], abs=1e-3)


def test_the_papers_variants_and_half_precision_are_named(files):
    assert compare(*files, protocol=Protocol.PAPER).protocol == "paper"
    assert compare(*files, protocol=Protocol.PAPER, half=True).protocol == "paper-half"
    assert compare(*files, protocol=Protocol.PAPER).whole["psnr"] < compare(*files).whole["psnr"]


@pytest.mark.parametrize("data_range", [0, -1.0, float("nan")])
def test_a_range_is_above_zero(files, data_range):
    with pytest.raises(UsageError, match="not a range"):
        compare(*files[:2], data_range=data_range)


def test_tiny_images_are_refused_and_small_ones_have_no_vif(tmp_path):
    for size in (10, 20):
        np.save(tmp_path / f"{size}.npy", breasts(n=1, size=size)[0][0])
    with pytest.raises(UsageError, match="at least 11 x 11"):
        compare(tmp_path / "10.npy", tmp_path / "10.npy")
    assert "vif" not in compare(tmp_path / "20.npy", tmp_path / "20.npy").whole


@pytest.mark.parametrize("data_range", [0, -1, float("inf"), float("nan")])
def test_a_range_is_a_number_above_0(files, data_range):
    with pytest.raises(UsageError, match="is not a range"):
        compare(*files[:2], data_range=data_range)


def test_floats_are_compared_as_exactly_as_the_coarser_type_holds_them(files, tmp_path):
    values = np.load(files[0]).astype(np.float64) / 3
    for kind in ("f8", "f4", "f2"):
        np.save(tmp_path / f"{kind}.npy", values.astype(kind))
    for one, other in (("f8", "f4"), ("f2", "f8")):
        assert compare(tmp_path / f"{one}.npy", tmp_path / f"{other}.npy").whole["mse"] == 0
    np.save(tmp_path / "other.npy", values.astype("f4") + np.float32(1e-6))
    assert compare(tmp_path / "f8.npy", tmp_path / "other.npy").whole["mse"] > 0


def test_arrays_get_the_scores_of_files(files):
    y, y_hat, mask = (np.load(f) for f in files)
    found, same = score_arrays(y, y_hat, mask), compare(*files)
    for name, value in same.whole.items():
        assert found[name].item() == pytest.approx(value, rel=1e-4)
    assert found["ssim_breast"].item() == pytest.approx(same.breast["ssim"], rel=1e-4)
    assert "psnr_breast" not in score_arrays(y, y_hat)


def test_several_images_get_one_value_each():
    y, y_hat, mask = breasts(n=3)
    assert all(values.shape == (3,) for values in score_arrays(y, y_hat, mask).values())


def test_arrays_are_scored_without_torch_to_the_same_values(files):
    code = """
import json, numpy as np, vcem
y, y_hat, mask = (np.load(f) for f in sys.argv[1:])
print(json.dumps({name: values.tolist() for name, values in vcem.score_arrays(y, y_hat, mask).items()}))
"""
    told = without_torch(*files, code=code)
    assert told.returncode == 0, told.stderr
    wanted = score_arrays(*(np.load(f) for f in files))
    assert json.loads(told.stdout) == {name: values.tolist() for name, values in wanted.items()}


def test_arrays_of_torch_get_tensors(files):
    y, y_hat, mask = (np.load(f) for f in files)
    found, same = score_arrays(torch.from_numpy(y), y_hat, mask), score_arrays(y, y_hat, mask)
    for name, values in found.items():
        assert isinstance(values, torch.Tensor)
        assert np.allclose(values, same[name], atol=1e-5)
