"""Augmentation of §3.3: shift, zoom, horizontal flip, rotation; drawn once a pair, then applied to all its images.

All four are one affine map, so that each image is resampled once. Air enters at the edges as 0, where the authors' code
smears the edge under a shift (`mode="nearest"`) and fills with 0 under zoom and rotation.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from vcem.core.recipe import BelowOne, HalfTurn, Share, strict


@strict
@dataclass(frozen=True)
class Augment:
    """How far, and how often: each of the four is drawn with `probability`, on its own."""

    probability: Share
    shift: Share
    zoom: BelowOne
    rotation_deg: HalfTurn
    flip: bool = True

    @property
    def idle(self) -> bool:
        """Whether nothing is ever changed."""
        return self.probability == 0


@dataclass(frozen=True)
class Draw:
    """What happens to one pair, in this order: shift (fraction of the side), zoom (factor), flip, rotation."""

    shift_x: float = 0.0
    shift_y: float = 0.0
    zoom: float = 1.0
    flip: bool = False
    rotation_deg: float = 0.0


def draw(rng: np.random.Generator, ranges: Augment) -> Draw:
    """Draw one pair's changes; always the same number of draws, so that no change alters another's."""
    shift, zoom, flip, rotation = rng.uniform(size=4) < ranges.probability
    u = rng.uniform(-1, 1, 4)
    return Draw(
        shift_x=float(u[0]) * ranges.shift if shift else 0.0,
        shift_y=float(u[1]) * ranges.shift if shift else 0.0,
        zoom=1 + float(u[2]) * ranges.zoom if zoom else 1.0,
        flip=bool(flip) and ranges.flip,
        rotation_deg=float(u[3]) * ranges.rotation_deg if rotation else 0.0,
    )


def apply(
    images: Float[Tensor, "b c h w"], masks: Float[Tensor, "b k h w"], draws: Sequence[Draw]
) -> tuple[Float[Tensor, "b c h w"], Float[Tensor, "b k h w"]]:
    """Return images (bilinear) and masks (nearest), each pair changed by its draw; pairs drawn unchanged stay exact."""
    changed = [i for i, d in enumerate(draws) if d != Draw()]
    if not changed:
        return images, masks
    images, masks = images.clone(), masks.clone()
    tall = images.shape[2] / images.shape[3]
    maps = torch.tensor(np.stack([inverse(draws[i], tall) for i in changed]), dtype=torch.float32)
    grid = functional.affine_grid(maps, [len(changed), 1, *images.shape[2:]], align_corners=False)
    images[changed] = functional.grid_sample(images[changed], grid, mode="bilinear", align_corners=False)
    masks[changed] = functional.grid_sample(masks[changed], grid, mode="nearest", align_corners=False)
    return images, masks


def inverse(drawn: Draw, tall: float = 1.0) -> Float[np.ndarray, "2 3"]:
    """Return where in the given image each place of the changed one lies, in coordinates of [-1, 1].

    `tall` is rows / columns: a rotation turns pixels, not these coordinates.
    """
    angle = np.deg2rad(drawn.rotation_deg)
    rotate = np.array([[np.cos(angle), -np.sin(angle) * tall], [np.sin(angle) / tall, np.cos(angle)]])
    linear = np.diag([-1.0 if drawn.flip else 1.0, 1.0]) @ rotate / drawn.zoom
    return np.column_stack([linear, [-2 * drawn.shift_x, -2 * drawn.shift_y]])
