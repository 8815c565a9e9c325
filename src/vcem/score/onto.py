"""Predictions made in one frame brought onto the grid of another prepared folder, by way of the given images' pixels.

So methods that were trained in the frame of the breast and on the whole field are scored on one grid.
"""

from pathlib import Path

import numpy as np

from vcem.core.arrays import Grey, Stack
from vcem.core.errors import UsageError
from vcem.folders.predictions import Predictions, write_predictions
from vcem.folders.prepared import Store
from vcem.prepare import chain


def bring(predictions: Predictions, store: Store, other: Store, out: Path) -> Predictions:
    """Write predictions of one prepared folder as those of another, on its grid and inside its breast masks.

    Args:
        predictions: made from `store`.
        store: the prepared folder whose chains lead back to the given images.
        other: the prepared folder, of the same given images, onto whose grid they are brought.
        out: folder to write.

    Raises:
        UsageError: if the two folders are not of the same images by the same protocol, or a pair is in one only.
    """
    told = ("protocol", "catalogue", "origin")
    differing = [name for name in told if store.manifest.get(name) != other.manifest.get(name)]
    if differing:
        raise UsageError(
            f"{other.folder} was not prepared of what {store.folder} was: {' and '.join(differing)} differ(s).",
            "two folders of one catalogue and protocol, in two frames or at two sizes",
            f"vcem prepare CATALOGUE OUT --protocol {store.protocol} {other.framing.options}",
        )
    own, there = store.rows(predictions.pairs), other.rows(predictions.pairs)

    def brought(images: Stack) -> np.ndarray:  # of other rows and columns
        each = zip(images, own, there, strict=True)
        return np.stack([_one(np.array(y_hat), store, a, other, b) for y_hat, a, b in each])

    before = None if predictions.y_hat_before is None else brought(predictions.y_hat_before)
    return write_predictions(out, predictions.maker, other, predictions.pairs, brought(predictions.y_hat), before)


def _one(y_hat: Grey, store: Store, row: int, other: Store, there: int) -> np.ndarray:
    native = chain.undo(y_hat, store.pairs[row].chain).astype(np.float32)
    return chain.again(native, other.pairs[there].chain).astype(np.float32) * other.mask[there]
