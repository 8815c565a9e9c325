"""A small network that finds lesions in images of one kind: LE, real or virtual DES. It draws a map, no DES image.

For the question what a virtual image adds: the same network, trained the same way on each kind of image.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import nn
from torch.nn import functional

from vcem.core.recipe import strict
from vcem.folders.prepared import UNKNOWN
from vcem.methods.lesions import finding
from vcem.methods.method import Batch, Group, Image, Loss, MethodRecipe, in_breast
from vcem.methods.optimiser import Adam, TorchOptimiser, chosen, settle
from vcem.nets import resunet
from vcem.nets.cut import cut_to_breasts

SOUGHT = "sought"
"""Its channel: 1 inside lesions to be found, UNKNOWN where nothing is to be learned or judged, 0 elsewhere."""


@strict
@dataclass(frozen=True)
class DetectorRecipe(MethodRecipe):
    """Fields of a detector: how its network steps, and its shape."""

    kind: Literal["detector"]
    masked: bool = True
    adam: Adam | None = None
    optimiser: TorchOptimiser | None = None
    net: resunet.ResUNetShape = field(default_factory=resunet.ResUNetShape)

    def __post_init__(self) -> None:
        settle(self, Adam(lr=1e-3, beta1=0.9))
        if not self.masked:
            raise ValueError("a detector has no features in air: masked is true")

    @property
    def multiple(self) -> int:
        """Rows and columns of an image must be multiples of this."""
        return resunet.multiple(self.net)

    @property
    def extra(self) -> tuple[str, ...]:
        """Where lesions are to be found."""
        return (SOUGHT,)


class Detector:
    """One network S and one turn."""

    def __init__(self, recipe: DetectorRecipe, shape: tuple[int, int]) -> None:
        resunet.check_size(recipe.net, shape)
        self.recipe = recipe
        self.nets = nn.ModuleDict({"S": resunet.Segmentor(recipe.net)})
        self.groups = {"s": Group(("S",), chosen(recipe))}

    def turns(self, batch: Batch) -> Iterator[tuple[str, Loss]]:
        """Yield the one turn: cross-entropy and Dice where it is known what lies there."""
        cut = cut_to_breasts(batch.mask, self.recipe.multiple)
        labels, mask = cut.do(batch.extra[SOUGHT]), cut.do(batch.mask)
        sought, unclear, breast = (functional.max_pool2d(t, 2) for t in (1.0 * (labels == 1), labels / UNKNOWN, mask))
        known = breast * torch.maximum(sought, 1.0 * (unclear < 1))
        logits = self.nets["S"](cut.do(in_breast(batch.x, batch.mask, True)), mask)
        yield "s", {"finding": finding(logits, sought, known)}

    def predict(self, x: Image, mask: Image) -> Image:
        """Return the map of lesions, in [0, 1]."""
        cut = cut_to_breasts(mask, self.recipe.multiple)
        x, breast = cut.do(in_breast(x, mask, True)), cut.do(mask)
        logits = functional.interpolate(self.nets["S"](x, breast), scale_factor=2, mode="bilinear")
        return cut.undo(torch.sigmoid(logits.float()) * breast)
