"""Early stopping and learning rate, as pure functions of the validation losses so far.

Both are one frozen state, saved with the checkpoint. Epochs count from 1.
"""

import math
from dataclasses import dataclass, replace

from vcem.train.recipe import Curve, Plateau, Training

PLATEAU_THRESHOLD = 1e-4  # relative, as torch.optim.lr_scheduler.ReduceLROnPlateau, which the authors' code uses
FIRST = 0.04  # share of the learning rate at the first step of a curve: 1 / 25, as torch's OneCycleLR


@dataclass(frozen=True)
class Standing:
    """What the validation losses so far amount to.

    `best` is that of `best_epoch`: the lowest since the warm-up; during the warm-up, the lowest so far.
    """

    best: float = float("inf")
    best_epoch: int = 0
    since_best: int = 0
    lr_scale: float = 1.0
    plateau_best: float = float("inf")
    plateau_bad: int = 0


def observe(standing: Standing, training: Training, epoch: int, val: float) -> Standing:
    """Take the validation loss of one more epoch into account."""
    standing = _plateau(standing, training.plateau, val) if training.plateau else standing
    first_eligible = epoch == training.warm_up + 1 and epoch > 1
    if val < standing.best or first_eligible or epoch == 1:
        return replace(standing, best=val, best_epoch=epoch, since_best=0)
    since = standing.since_best + 1 if epoch > training.warm_up else 0
    return replace(standing, since_best=since)


def is_over(standing: Standing, training: Training, epoch: int) -> bool:
    """Whether training ends after this epoch."""
    return epoch >= training.epochs or standing.since_best >= training.patience


def learning_rate_factor(standing: Standing, training: Training, epoch: int, done: float = 0.0) -> float:
    """Return what the recipe's learning rate is multiplied by; `done` is the share of this epoch's steps behind it."""
    if training.curve:
        return _along(training.curve, (epoch - 1 + done) / training.epochs)
    if training.decay_from is None or epoch < training.decay_from:
        return standing.lr_scale
    steps = training.epochs - training.decay_from + 1
    return standing.lr_scale * (training.epochs - epoch + 1) / (steps + 1)


def _along(curve: Curve, done: float) -> float:
    """Return the factor after the share `done` of all steps."""
    if done < curve.rise:
        share = done / curve.rise
        risen = share if curve.kind == "cosine" else (1 - math.cos(math.pi * share)) / 2
        return FIRST + (1 - FIRST) * risen
    return (1 + math.cos(math.pi * (done - curve.rise) / (1 - curve.rise))) / 2


def _plateau(standing: Standing, plateau: Plateau, val: float) -> Standing:
    if val < standing.plateau_best * (1 - PLATEAU_THRESHOLD):
        return replace(standing, plateau_best=val, plateau_bad=0)
    bad = standing.plateau_bad + 1
    if bad <= plateau.patience:
        return replace(standing, plateau_bad=bad)
    return replace(standing, plateau_bad=0, lr_scale=standing.lr_scale * plateau.factor)
