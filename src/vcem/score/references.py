"""Trivial references: what a method must beat. They see a fold's training pairs and each test pair's LE image only."""

from collections.abc import Sequence

import numpy as np

from vcem.core.arrays import Grey, Stack
from vcem.core.errors import UsageError
from vcem.core.terms import Side
from vcem.folders.prepared import Store


def reference_predictions(store: Store, train: Sequence[str], test: Sequence[str]) -> dict[str, Stack]:
    """Return each reference's virtual DES images of the test pairs.

    - `reference-le`: the LE image itself.
    - `reference-mask-mean`: the breast mask times the mean DES grey inside the breasts of the training pairs, each
      pixel counting once.
    - `reference-mean-des`: the pixel-wise mean DES image of the training pairs, right breasts mirrored onto left ones
      and mirrored back for a right test breast, times the test pair's breast mask. (The mask comes from LE alone;
      without it the mean's blurred edge would make the reference weaker.)

    Raises:
        UsageError: if there is no training pair to make them of.
    """
    if not train:
        raise UsageError(
            "There is no training pair to make the trivial references of.",
            "a fold with training pairs: black references would let any method look good",
            "name the folds of the training with --folds, and its fold with --fold",
        )
    rows, training = store.rows(test), store.rows(train)
    masks = store.mask[rows]
    level, mean = _training_means(store, training)
    facing = np.stack([_left(mean, store.pairs[row].side) for row in rows])
    return {
        "reference-le": np.asarray(store.x[rows]),
        "reference-mask-mean": (masks * level).astype(np.float32),
        "reference-mean-des": (masks * facing).astype(np.float32),
    }


def _training_means(store: Store, rows: Sequence[int]) -> tuple[float, Grey]:
    """Mean DES grey inside the breasts, and the mean DES image of left breasts; one image in memory at a time."""
    total, pixels = 0.0, 0
    mean = np.zeros((store.size, store.size))
    for row in rows:
        des, mask = store.y[row].astype(np.float64), store.mask[row]
        total, pixels = total + float(des[mask].sum()), pixels + int(mask.sum())
        mean += _left(des, store.pairs[row].side) / len(rows)
    return total / max(pixels, 1), mean


def _left(grey: Grey, side: str) -> Grey:
    """Mirror a right breast onto a left one, or back."""
    return grey[:, ::-1] if side == Side.RIGHT else grey
