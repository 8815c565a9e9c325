"""Trivial references: what a method must beat. What they take from the training pairs travels with the run.

So they are right on other data too, where no training pair is at hand. `run.json` holds the constants, `mean_des.npy`
beside it the mean DES image of left breasts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vcem.core.arrays import Grey, Stack
from vcem.core.errors import FailureError, UsageError
from vcem.core.files import read_array, write_array
from vcem.core.grid import Size
from vcem.core.terms import Side
from vcem.folders.prepared import Store

FIELD, MEAN = "references", "mean_des.npy"


@dataclass(frozen=True)
class References:
    """What training pairs give: the mean DES grey inside the breasts, and the mean DES image of left breasts."""

    level: float
    mean: Grey
    pairs: int

    @property
    def facts(self) -> dict[str, Any]:
        """What `run.json` keeps of them."""
        return {"mask_mean": self.level, "pairs": self.pairs}

    def predictions(self, store: Store, pairs: Sequence[str]) -> dict[str, Stack]:
        """Return each reference's virtual DES images of these pairs, which see their LE images only.

        - `reference-le`: the LE image itself.
        - `reference-mask-mean`: the breast mask times the mean DES grey inside the breasts of the training pairs, each
          pixel counting once.
        - `reference-mean-des`: the pixel-wise mean DES image of the training pairs, right breasts mirrored onto left
          ones and mirrored back for a right test breast, times the test pair's breast mask. (The mask comes from LE
          alone; without it the mean's blurred edge would make the reference weaker.)

        Raises:
            UsageError: if the images are of another size than the training's.
        """
        if self.mean.shape != store.size:
            raise UsageError(
                f"{store.folder} holds images of {store.size}, the training had {Size(*self.mean.shape)}.",
                "data prepared as for the training",
            )
        rows = store.rows(pairs)
        masks = store.mask[rows]
        facing = np.stack([_left(self.mean, store.side(row)) for row in rows])
        return {
            "reference-le": np.asarray(store.x[rows]),
            "reference-mask-mean": (masks * self.level).astype(np.float32),
            "reference-mean-des": (masks * facing).astype(np.float32),
        }


def references_of(store: Store, train: Sequence[str]) -> References:
    """Return what these training pairs give; one image is in memory at a time.

    Raises:
        UsageError: if there is no training pair to make them of.
    """
    if not train:
        raise UsageError(
            "There is no training pair to make the trivial references of.",
            "a fold with training pairs: black references would let any method look good",
            "name the folds of the training with --folds, and its fold with --fold; for other data use vcem validate",
        )
    total, pixels = 0.0, 0
    mean = np.zeros(store.size)
    for row in store.rows(train):
        des, mask = store.y[row].astype(np.float64), store.mask[row]
        total, pixels = total + float(des[mask].sum()), pixels + int(mask.sum())
        mean += _left(des, store.side(row)) / len(train)
    return References(total / max(pixels, 1), mean, len(train))


def mean_of(several: Sequence[References]) -> References:
    """Return the mean of the references of several folds."""
    levels, means = [r.level for r in several], [r.mean for r in several]
    return References(float(np.mean(levels)), np.mean(means, axis=0), sum(r.pairs for r in several))


def has_mean(folder: Path) -> bool:
    """Return whether the mean DES image stands there."""
    return (folder / MEAN).is_file()


def write_mean(folder: Path, references: References) -> None:
    """Write the mean DES image beside what names its constants."""
    write_array(folder / MEAN, references.mean)


def read_references(folder: Path, facts: Mapping[str, Any]) -> References:
    """Read the references of a run or an exported model; `facts` is what it says of itself.

    Raises:
        UsageError: if it was made before references travelled with a run.
        FailureError: if the mean image is damaged.
    """
    kept = facts.get(FIELD)
    if not isinstance(kept, dict) or not has_mean(folder):
        raise UsageError(
            f"{folder} does not hold the trivial references of its training.",
            f"{FIELD} in what it says of itself, and {MEAN}",
            "train it again with this version",
        )
    mean = read_array(folder / MEAN)
    if mean.ndim != 2 or not np.isfinite(mean).all():
        raise FailureError(f"{folder / MEAN} holds {mean.dtype} of shape {mean.shape}.", "one image of finite greys")
    return References(float(kept["mask_mean"]), np.array(mean), int(kept["pairs"]))


def _left(grey: Grey, side: Side) -> Grey:
    """Mirror a right breast onto a left one, or back."""
    return grey[:, ::-1] if side is Side.RIGHT else grey
