"""Losses, all computed in float32 whatever the networks compute in."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from vcem.methods.method import Image

Scalar = Float[Tensor, ""]
Verdicts = Float[Tensor, "b 1 i j"]


def l1(a: Image, b: Image, mask: Image | None = None) -> Scalar:
    """Return the mean over images of each image's mean absolute difference, inside the mask where one is given."""
    return l1_each(a, b, mask).mean()


def l1_each(a: Image, b: Image, mask: Image | None = None) -> Float[Tensor, " b"]:
    """Return each image's mean absolute difference; 0 where its mask is empty."""
    difference = (a.float() - b.float()).abs()
    if mask is None:
        return difference.mean((1, 2, 3))
    return (difference * mask).sum((1, 2, 3)) / mask.sum((1, 2, 3)).clamp_min(1)


def log_loss(logits: Verdicts, real: bool) -> Scalar:
    """Return the binary cross entropy of a discriminator's logits (Goodfellow et al. 2014; the paper's Eq. 3)."""
    logits = logits.float()
    return functional.binary_cross_entropy_with_logits(logits, torch.full_like(logits, float(real)))


def least_squares(verdicts: Verdicts, real: bool) -> Scalar:
    """Return the squared distance of the verdicts from 1 or 0 (Mao et al. 2017; the paper's §3.3)."""
    return (verdicts.float() - float(real)).square().mean()
