"""A plain U-Net (Ronneberger et al. 2015) that learns LE -> DES by squared error, and a metric of edges."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from vcem.core.errors import UsageError
from vcem.methods import Entry
from vcem.methods.method import Batch, Group, Image, Loss, MethodRecipe, in_breast
from vcem.methods.optimiser import TorchOptimiser
from vcem.metrics.table import Metric


@dataclass(frozen=True)
class PlainUNetRecipe(MethodRecipe):
    """The table [method] of a recipe: these fields and no others."""

    kind: Literal["plain-unet"]
    optimiser: TorchOptimiser
    masked: bool = True
    width: int = 16
    depth: int = 3
    lesion_weight: float = 1.0

    @property
    def multiple(self) -> int:
        """Rows and columns must be multiples of this."""
        return 2**self.depth

    @property
    def extra(self) -> tuple[str, ...]:
        """Training sees the outlined lesions if they weigh more than other pixels."""
        return ("lesion",) if self.lesion_weight != 1 else ()


class UNet(nn.Module):
    """Two convolutions a level, pooling down, transposed convolutions up."""

    def __init__(self, width: int, depth: int) -> None:
        super().__init__()
        widths = [width * 2**i for i in range(depth + 1)]
        self.downs = nn.ModuleList(_block(a, b) for a, b in zip([1, *widths], widths, strict=False))
        self.ups = nn.ModuleList(nn.ConvTranspose2d(2 * w, w, 2, 2) for w in widths[-2::-1])
        self.joins = nn.ModuleList(_block(2 * w, w) for w in widths[-2::-1])
        self.head = nn.Conv2d(width, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return an image in [0, 1]."""
        skips: list[Tensor] = []
        for i, down in enumerate(self.downs):
            x = down(nn.functional.max_pool2d(x, 2) if i else x)
            skips.append(x)
        for up, join, skip in zip(self.ups, self.joins, skips[-2::-1], strict=True):
            x = join(torch.cat([up(x), skip], 1))
        return torch.sigmoid(self.head(x))


class PlainUNet:
    """One network and one turn."""

    def __init__(self, recipe: PlainUNetRecipe, shape: tuple[int, int]) -> None:
        if any(side % recipe.multiple for side in shape):
            raise UsageError(f"A U-Net of depth {recipe.depth} cannot take {shape[0]} x {shape[1]} pixels.",
                             f"sides that are multiples of {recipe.multiple}", "lower method.depth")  # fmt: skip
        self.recipe = recipe
        self.nets = nn.ModuleDict({"G": UNet(recipe.width, recipe.depth)})
        self.groups = {"g": Group(("G",), recipe.optimiser)}

    def turns(self, batch: Batch) -> Iterator[tuple[str, Loss]]:
        """Yield the one turn: squared error, where lesions may weigh more."""
        weight = torch.ones_like(batch.mask)
        if self.recipe.extra:
            weight = weight + (self.recipe.lesion_weight - 1) * batch.extra["lesion"]
        if self.recipe.masked:
            batch, weight = batch.within_breast(), weight * batch.mask
        squares = (self.nets["G"](batch.x).float() - batch.y).square()
        yield "g", {"l2": (weight * squares).sum() / weight.sum().clamp_min(1)}

    def predict(self, x: Image, mask: Image) -> Image:
        """Return G(x)."""
        masked = self.recipe.masked
        return in_breast(self.nets["G"](in_breast(x, mask, masked)), mask, masked)


def gradient_error(y: np.ndarray, y_hat: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
    """Return the mean absolute difference of the lengths of both images' gradients; images are `n h w`."""
    true, drawn = (np.hypot(*np.gradient(np.asarray(image, np.float64), axis=(1, 2))) for image in (y, y_hat))
    inside = np.ones(true.shape, bool) if mask is None else np.asarray(mask, bool)
    return (np.abs(true - drawn) * inside).sum((1, 2)) / inside.sum((1, 2))


def _block(inputs: int, outputs: int) -> nn.Sequential:
    convolutions = (nn.Conv2d(a, outputs, 3, padding=1) for a in (inputs, outputs))
    layers = [layer for conv in convolutions for layer in (conv, nn.BatchNorm2d(outputs), nn.ReLU())]
    return nn.Sequential(*layers)


METHOD = Entry(PlainUNet, PlainUNetRecipe, "plain U-Net, squared error (an example of a method from outside)")
GRADIENT_ERROR = Metric("Gradient error", gradient_error, higher_is_better=False, decimals=5)
