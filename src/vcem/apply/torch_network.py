"""A run, or an exported folder of weights, in torch."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from vcem.core.arrays import Grey, Mask
from vcem.core.recipe import digest
from vcem.core.terms import Origin, Protocol
from vcem.dicom.virtual import Model
from vcem.train import rundir
from vcem.train.device import device_of


@dataclass(frozen=True)
class Loaded:
    """A run ready to draw; sides of an image must be multiples of `multiple`."""

    model: Model
    predict: Callable[[Grey, Mask], Grey]
    protocol: Protocol
    multiple: int


def of_run(folder: Path, device: str = "cpu") -> Loaded:
    """Load the best weights of a finished run, or those that were exported of one.

    Raises:
        UsageError: if the folder is neither, or recipe and weights do not belong together, or there is no such device.
        FailureError: if the weights are damaged.
    """
    run = rundir.read_trained(folder)
    rundir.refuse_inputs(run.recipe)
    predict = rundir.predict_of(rundir.load_method(run), device)
    model = replace(named(run), device=_used(device))
    return Loaded(model, _of_arrays(predict), run.recipe.protocol, run.recipe.method.multiple)


def named(run: rundir.Run) -> Model:
    """Return what names a run's model."""
    recipe, origin = run.recipe, Origin(run.facts["origin"])
    return Model(recipe.name, digest(recipe), recipe.method.kind, run.fold, run.weights, origin, run.framing)


def _used(device: str) -> str | None:
    used = device_of(device).type
    return None if used == "cpu" else used


def _of_arrays(predict: rundir.Predict) -> Callable[[Grey, Mask], Grey]:
    def of_arrays(x: Grey, mask: Mask) -> Grey:
        y_hat: Grey = predict(_batch(x), _batch(mask))[0, 0].cpu().numpy()
        return y_hat

    return of_arrays


def _batch(image: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.array(image, np.float32))[None, None]
