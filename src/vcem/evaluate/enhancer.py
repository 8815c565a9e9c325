"""One LE image on its native grid -> its virtual DES image on the same grid."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from vcem.core.arrays import Grey
from vcem.core.errors import FailureError, UsageError
from vcem.core.recipe import digest
from vcem.core.terms import Origin, Protocol, Side
from vcem.dicom.virtual import Model
from vcem.prepare import chain
from vcem.prepare.breast import breast_mask
from vcem.prepare.resize import Resize
from vcem.prepare.square import Square
from vcem.train import rundir

Images = Float[Tensor, "1 1 h w"]


@dataclass(frozen=True)
class Enhancer:
    """A loaded model: `predict(x, mask)` gives y_hat, each `1 1 h w` of the model's size."""

    model: Model
    predict: Callable[[Images, Images], Images]


def load_enhancer(run_dir: Path) -> Enhancer:
    """Load the best weights of a finished run.

    Raises:
        UsageError: if the folder is no finished run, or was trained by the paper's protocol.
        FailureError: if the weights are damaged.
    """
    run = rundir.read_run(run_dir)
    recipe = run.recipe
    if recipe.protocol is not Protocol.STRICT:
        raise UsageError(
            f"{run_dir} was trained by the protocol {recipe.protocol}: each DES there is scaled by its own least and "
            "greatest value, so its grey means nothing without the real DES, which does not exist here.",
            "a model trained by the protocol strict, whose grey scale is fixed",
            "train a recipe of recipes/strict or recipes/small",
        )
    predict, _ = rundir.load_generator(run_dir)
    origin = Origin(run.facts["origin"])
    model = Model(recipe.name, digest(recipe), recipe.method.kind, run.fold, run.weights, origin, recipe.size)
    return Enhancer(model, predict)


def enhance_image(enhancer: Enhancer, le: Grey, side: Side) -> Grey:
    """Return the virtual DES in [0, 1] of an LE image in [0, 1], pixel over pixel, 0 outside the breast.

    The network works on a coarser grid; enlarging is linear and adds no detail.

    Raises:
        FailureError: if no breast is found, or the network's values are not finite.
    """
    breast = breast_mask(le, side)
    steps, x, mask = network_input(le, breast, side, enhancer.model.size)
    y_hat = enhancer.predict(_batch(x), _batch(mask))[0, 0].cpu().numpy()
    if not np.isfinite(y_hat).all():
        raise FailureError("The network gave values that are not finite.", "finite grey values")
    grey: Grey = np.where(breast, chain.undo(y_hat, steps), 0).astype(np.float32)
    return grey


def network_input(le: Grey, breast: np.ndarray, side: Side, size: int) -> tuple[str, np.ndarray, np.ndarray]:
    """Return the steps, the LE image and the breast as the strict protocol prepares them for a network."""
    square = Square(le.shape[0], le.shape[1], side)
    steps: list[chain.Step] = [square, Resize(square.size, size, antialias=True)]
    x = chain.do(steps, np.where(breast, le, 0).astype(np.float32))
    return chain.to_json(steps), x, chain.do(steps, breast.astype(np.float32)) >= 0.5


def _batch(image: np.ndarray) -> Images:
    return torch.from_numpy(np.array(image, np.float32))[None, None]
