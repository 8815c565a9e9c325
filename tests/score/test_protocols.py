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
    return {name: torch.equal(one[name], other[name]) for name in NAMES}


def test_the_papers_variants_differ_where_the_paper_does():
    assert same("strict", "paper") == {"mse": True, "psnr": False, "ssim": False, "vif": True, "ms_ssim": True}


def test_half_precision_changes_ssim_alone_and_is_for_the_paper_only():
    y, y_hat, _ = breasts()
    y, y_hat = y / y.max(), y_hat / y.max()
    single, half = (scores_of(y, y_hat, None, variant_of(Protocol.PAPER, h)) for h in (False, True))
    assert {n for n in NAMES if not torch.equal(single[n], half[n])} == {"ssim"}
    with pytest.raises(UsageError, match="protocol paper only"):
        variant_of(Protocol.STRICT, half=True)


def test_a_metric_from_outside_gives_a_value_for_each_image(monkeypatch):
    monkeypatch.setattr(METRICS, "_registered", {})
    register_metric("mean", Metric("Mean", lambda y, y_hat, mask: np.full(len(y), 0.5), False, 3))
    y, y_hat, _ = breasts()
    assert scores_of(y, y_hat, None, "strict")["mean"].tolist() == [0.5] * len(y)
    register_metric("mean", Metric("Mean", lambda y, y_hat, mask: 0.5, False, 3))
    with pytest.raises(FailureError, match=r"mean has the shape \(\)"):
        scores_of(y, y_hat, None, "strict")
