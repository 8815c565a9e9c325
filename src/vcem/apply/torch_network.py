"""A run, or an exported folder of weights, in torch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from vcem.core.arrays import Grey, Mask
from vcem.core.errors import UsageError
from vcem.core.recipe import digest
from vcem.core.terms import Origin, Protocol
from vcem.dicom.virtual import Model
from vcem.train import rundir
from vcem.train.device import device_of


@dataclass(frozen=True)
class Loaded:
    """A run ready to draw; sides of an image must be multiples of `multiple`."""

    model: Model
    predict: Callable[..., Grey]
    protocol: Protocol
    multiple: int


def of_run(folder: Path, device: str = "cpu", dose: int | None = None) -> Loaded:
    """Load the best weights of a finished run, or those that were exported of one.

    Args:
        folder: the run, or what was exported of it.
        device: cpu, cuda, or auto.
        dose: percent of the dose of the exams to draw from, for a method that takes a DES at a low dose.

    Raises:
        UsageError: if the folder is neither, or recipe and weights do not belong together, or there is no such device
            or dose, or one is not given that the method needs.
        FailureError: if the weights are damaged.
    """
    run = rundir.at_dose(rundir.read_trained(folder), dose)
    rundir.refuse_inputs(run.recipe)
    if dose is None and run.recipe.method.dose is not None:
        raise UsageError(f"{run.recipe.name} draws from LE and DES at a low dose, and no dose is given.",
                         "vcem enhance IN... --dose 10, LE and that DES among the files",
                         "a model that draws from LE alone needs no dose")  # fmt: skip
    predict = rundir.predict_of(rundir.load_method(run), device)
    model = replace(named(run), device=_used(device), dose=dose)
    return Loaded(
        model, drawing(predict, run.recipe.method.inputs[1:]), run.recipe.protocol, run.recipe.method.multiple
    )


def named(run: rundir.Run) -> Model:
    """Return what names a run's model."""
    recipe, origin = run.recipe, Origin(run.facts["origin"])
    return Model(recipe.name, digest(recipe), recipe.method.kind, run.fold, run.weights, origin, run.framing)


def _used(device: str) -> str | None:
    used = device_of(device).type
    return None if used == "cpu" else used


def drawing(predict: rundir.Predict, second: Sequence[str] = ()) -> Callable[..., Grey]:
    """Return predict of arrays: x, mask and the second image of the exam, if the method takes one by that name."""

    def of_arrays(x: Grey, mask: Mask, *others: Grey) -> Grey:
        inputs = {name: _batch(image) for name, image in zip(second, others, strict=True)}
        y_hat: Grey = predict(_batch(x), _batch(mask), **inputs)[0, 0].cpu().numpy()
        return y_hat

    return of_arrays


def _batch(image: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.array(image, np.float32))[None, None]
