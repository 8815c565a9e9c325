"""An enhancer that draws not the virtual DES but the half-width of its calibrated interval, in the same grey."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import nn

from vcem.apply.enhancer import Enhancer
from vcem.apply.torch_network import named
from vcem.core.arrays import Grey, Mask
from vcem.core.errors import UsageError
from vcem.core.files import MANIFEST, sha256
from vcem.folders.bundled import found
from vcem.folders.calibration import Calibration, head_of, read_calibration
from vcem.stats.risk_control import half_width_of
from vcem.train.rundir import Run, read_trained
from vcem.train.spread import Draw, Source, draw_of, head_in

ONE_MODEL = "a calibration of this model by quantiles, samples or constant"


def load_widths(calibration: Path, folder: Path) -> Enhancer:
    """Load what draws half-widths for a run, or a model exported as weights, with the larger factor everywhere.

    Raises:
        UsageError: if the calibration is of other weights, or of several runs, of which one model alone draws.
        FailureError: if a file is damaged or was changed.
    """
    made, run = read_calibration(calibration), read_trained(found(folder))
    draw = draw_of(_source(made, run), [run], int(made.facts["passes"]), int(made.facts["seed"]), _head(made, run.fold))
    digest = sha256(calibration / MANIFEST)
    width = f"{made.facts['level']:.0%} interval".replace("%", " %")
    told = f"{width}, widened by {made.widest:.3g}, calibration SHA-256 {digest}"
    return Enhancer(replace(named(run), width=told), Half(draw, made.widest), run.recipe.method.multiple)


def _source(made: Calibration, run: Run) -> Source:
    source, known = Source(made.facts["source"]), made.facts["runs"].get(str(run.fold), [])
    if [name.split()[-1] for name in known] != [run.weights]:
        raise UsageError(
            f"{made.folder} did not calibrate {run.folder} alone: it knows {' and '.join(known) or 'no run'} of fold "
            f"{run.fold}.",
            ONE_MODEL,
            "vcem calibrate RUN --data PREPARED --out DIR",
        )
    return source


def _head(made: Calibration, fold: int) -> nn.Module | None:
    path = head_of(made.folder, fold)
    return head_in(path) if path.is_file() else None


class Half:
    """`predict(x, mask)`: the half-width at each pixel, 0 outside the breast."""

    def __init__(self, draw: Draw, factor: float) -> None:
        self.draw, self.factor = draw, factor

    def __call__(self, x: Grey, mask: Mask) -> Grey:
        """Return it for one image."""
        tensors = (torch.from_numpy(np.array(image, np.float32))[None, None] for image in (x, mask))
        y_hat, lower, upper = self.draw(*tensors)[0].numpy()
        return (half_width_of(y_hat, lower, upper, self.factor) * mask).astype(np.float32)
