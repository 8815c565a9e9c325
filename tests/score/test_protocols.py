import numpy as np
import pytest
import torch

from breasts import breasts
from vcem.core.errors import FailureError, UsageError
from vcem.core.terms import Protocol
from vcem.metrics.table import METRICS, Metric, register_metric
from vcem.score.protocols import scores_of, variant_of

NAMES = ["mse", "psnr", "ssim", "vif", "ms_ssim"]


@pytest.mark.parametrize("protocol", Protocol)
def test_every_metric_over_image_and_breast_and_no_vif_for_tiny_images(protocol):
    y, y_hat, mask = breasts()
    found = scores_of(y, y_hat, mask, variant_of(protocol))
    assert list(found) == [column for name in NAMES for column in (name, f"{name}_breast")]
    assert list(scores_of(y, y_hat, None, variant_of(protocol))) == NAMES
    assert list(scores_of(y[..., :40], y_hat[..., :40], None, variant_of(protocol))) == [n for n in NAMES if n != "vif"]
    assert list(scores_of(y[..., :20], y_hat[..., :20], None, variant_of(protocol))) == NAMES[:3]


def same(one, other):
    y, y_hat, _ = breasts()
    one, other = (scores_of(y, y_hat, None, variant) for variant in (one, other))
    return {name: np.array_equal(one[name], other[name]) for name in NAMES}


def test_the_papers_variants_differ_where_the_paper_does():
    assert same("strict", "paper") == {"mse": True, "psnr": False, "ssim": False, "vif": True, "ms_ssim": True}


def test_half_precision_changes_ssim_alone_and_is_for_the_paper_only():
    y, y_hat, _ = breasts()
    y, y_hat = y / y.max(), y_hat / y.max()
    single, half = (scores_of(y, y_hat, None, variant_of(Protocol.PAPER, h)) for h in (False, True))
    assert {n for n in NAMES if not np.array_equal(single[n], half[n])} == {"ssim"}
    with pytest.raises(UsageError, match="protocol paper only"):
        variant_of(Protocol.STRICT, half=True)


def test_values_are_of_the_kind_of_the_images():
    y, y_hat, mask = breasts()
    tensors = [torch.from_numpy(a) for a in (y, y_hat, mask)]
    found, same = scores_of(y, y_hat, mask, "strict"), scores_of(*tensors, "strict")
    for column, values in found.items():
        assert (type(values), values.dtype) == (np.ndarray, np.float64)
        assert (type(same[column]), same[column].dtype) == (torch.Tensor, torch.float64)
        assert np.allclose(values, same[column], atol=1e-5)


def test_on_a_gpu_own_metrics_get_tensors_of_it_and_those_from_outside_the_arrays(monkeypatch):
    given = {}

    def recording(name, value):
        def metric(*images):
            given[name] = images
            return value

        return Metric(name, metric, False, 3)

    monkeypatch.setattr(METRICS, "_own", {"own": recording("own", torch.zeros(2))})
    monkeypatch.setattr(METRICS, "_registered", {"other": recording("other", [0.0, 1.0])})
    monkeypatch.setattr("vcem.train.device.device_of", lambda name: torch.device("meta"))  # stands for a GPU
    images = breasts()
    found = scores_of(*images, "strict", "cuda")
    assert [(type(a), a.device.type) for a in given["own"]] == [(torch.Tensor, "meta")] * 3
    assert all(a is b for a, b in zip(given["other"], images, strict=True))
    assert {c: v.tolist() for c, v in found.items() if type(v) is np.ndarray} == {
        "own": [0, 0], "own_breast": [0, 0], "other": [0, 1], "other_breast": [0, 1]}  # fmt: skip


@pytest.mark.parametrize("device", ["cpu", "auto", "cpu:0"])
def test_on_a_cpu_numpy_computes(device, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(METRICS, "_own", {"own": Metric("own", lambda y, *_: [type(y) is np.ndarray] * 2, True, 1)})
    monkeypatch.setattr(METRICS, "_registered", {})
    assert scores_of(*breasts(), "strict", device)["own"].all()


def test_a_device_that_is_not_there_is_refused():
    with pytest.raises(UsageError, match="Device nowhere"):
        scores_of(*breasts(), "strict", "nowhere")


def test_a_metric_from_outside_gives_a_value_for_each_image(monkeypatch):
    monkeypatch.setattr(METRICS, "_registered", {})
    register_metric("mean", Metric("Mean", lambda y, y_hat, mask: np.full(len(y), 0.5), False, 3))
    y, y_hat, _ = breasts()
    assert scores_of(y, y_hat, None, "strict")["mean"].tolist() == [0.5] * len(y)
    register_metric("mean", Metric("Mean", lambda y, y_hat, mask: 0.5, False, 3))
    with pytest.raises(FailureError, match=r"mean has the shape \(\)"):
        scores_of(y, y_hat, None, "strict")
