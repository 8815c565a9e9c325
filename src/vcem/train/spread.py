"""How unsure a virtual DES image is at each pixel, before any calibration: distances below and above it.

Of several images of one LE image, by runs (ensemble) or by passes of one method (samples), it is their standard
deviation. A quantile head gives two distances of its own. A constant is what every other has to be worth more than.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

import torch
from jaxtyping import Float
from safetensors.torch import save
from torch import Tensor, nn

from vcem.core.errors import UsageError
from vcem.core.threads import one_thread
from vcem.methods.method import Image, Method, samples_of, spread_of
from vcem.nets.quantiles import LEAST, QuantileHead
from vcem.train import rundir

Draw: TypeAlias = Callable[[Image, Image], Float[Tensor, "b 3 h w"]]
"""LE images and masks to y_hat and the distances below and above it."""


class Source(StrEnum):
    """Where the spread comes from."""

    QUANTILES = "quantiles"
    ENSEMBLE = "ensemble"
    SAMPLES = "samples"
    CONSTANT = "constant"


def draw_of(source: Source, runs: Sequence[rundir.Run], passes: int = 10, seed: int = 0,
            head: nn.Module | None = None) -> Draw:  # fmt: skip
    """Return the function that draws images of these runs, the mean of several, with their distances.

    Raises:
        UsageError: if the runs draw from more than LE, or give one image only and so no spread.
    """
    if inputs := runs[0].recipe.method.inputs:
        raise UsageError(f"{runs[0].folder} draws from {', '.join(inputs)} too.", "runs that draw from LE alone")
    count = passes if source is Source.SAMPLES else len(runs)
    if source in (Source.ENSEMBLE, Source.SAMPLES) and count < 2:
        raise UsageError(
            f"{count} image of each LE image has no spread.", "2 or more",
            "name several runs of one fold, or more --passes",
        )  # fmt: skip
    methods = [rundir.load_method(run) for run in runs]

    def draw(x: Image, mask: Image) -> Tensor:
        with torch.inference_mode(), one_thread():
            made = torch.cat([_images(m, x, mask, passes if source is Source.SAMPLES else None, seed) for m in methods])
            y_hat = made.mean(0)
            return torch.cat([y_hat, _distances(source, made, x, y_hat, mask, head)], 1)

    return draw


def _images(method: Method, x: Image, mask: Image, passes: int | None, seed: int) -> Tensor:
    if passes is None:
        return method.predict(x, mask).float()[None]
    return samples_of(method, x, mask, passes, seed).float()


def _distances(
    source: Source, made: Tensor, x: Image, y_hat: Image, mask: Image, head: nn.Module | None
) -> Float[Tensor, "b 2 h w"]:
    if source is Source.QUANTILES and head is not None:
        both: Tensor = head(x, y_hat, mask)
        return both
    spread = spread_of(made) if source in (Source.ENSEMBLE, Source.SAMPLES) else torch.ones_like(y_hat)
    return spread.clamp_min(LEAST).expand(-1, 2, -1, -1)


def head_bytes(head: QuantileHead) -> bytes:
    """Return the weights of a head as a file holds them."""
    return save({name: tensor.contiguous() for name, tensor in head.state_dict().items()})


def head_in(path: Path) -> QuantileHead:
    """Return the head of a file.

    Raises:
        UsageError: if it is of another shape.
        FailureError: if it is damaged, or missing.
    """
    head = QuantileHead()
    rundir.load_weights(path, head, "calibrate again")
    return head.eval()
