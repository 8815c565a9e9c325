import pytest
import torch

from breasts import breasts
from vcem.core.errors import UsageError
from vcem.core.grid import Size
from vcem.core.terms import Protocol
from vcem.score.protocols import metrics_of


@pytest.mark.parametrize("protocol", Protocol)
def test_four_metrics_and_no_vif_for_tiny_images(protocol):
    assert list(metrics_of(protocol, Size(64, 64))) == ["mse", "psnr", "ssim", "vif"]
    assert list(metrics_of(protocol, Size(40, 40))) == ["mse", "psnr", "ssim"]


def test_the_papers_variants_differ_where_the_paper_does():
    y, y_hat, _ = breasts()
    strict, paper = (metrics_of(p, Size(64, 64)) for p in (Protocol.STRICT, Protocol.PAPER))
    same = {name: torch.equal(strict[name](y, y_hat, None), paper[name](y, y_hat, None)) for name in strict}
    assert same == {"mse": True, "psnr": False, "ssim": False, "vif": True}


def test_half_precision_changes_ssim_alone_and_is_for_the_paper_only():
    y, y_hat, _ = breasts()
    y, y_hat = y / y.max(), y_hat / y.max()
    single, half = (metrics_of(Protocol.PAPER, Size(64, 64), half=h) for h in (False, True))
    same = {name: torch.equal(single[name](y, y_hat, None), half[name](y, y_hat, None)) for name in single}
    assert same == {"mse": True, "psnr": True, "ssim": False, "vif": True}
    with pytest.raises(UsageError, match="protocol paper only"):
        metrics_of(Protocol.STRICT, Size(64, 64), half=True)
