"""What a detector's map finds: marks, ratings of lesions, and Dice with the outlines."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from vcem.core.arrays import Grey, Mask, Stack
from vcem.folders.prepared import Store
from vcem.metrics import froc
from vcem.metrics.lesion import light_of
from vcem.score.sought import Sought

Row = dict[str, Any]
DRAWN = 0.5
"""From this value of the map on a pixel counts as lesion for Dice."""


def judged(
    predict: Callable[..., torch.Tensor], images: Stack, store: Store, pairs: Sequence[str], sought: Sought, who: Row
) -> dict[str, list[Row]]:
    """Return rows of the tables `images`, `lesions` and `marks` of these pairs, without those that nobody can judge.

    Args:
        predict: from images and masks `b 1 h w` to maps in [0, 1].
        images: what the detector looks at, by rows of the store.
        store: masks and outlines.
        pairs: of the test.
        sought: what is to be found.
        who: names detector, images and fold.
    """
    tables: dict[str, list[Row]] = {"images": [], "lesions": [], "marks": []}
    for row in store.rows(pairs):
        if not sought.is_known(row):
            continue
        x, mask = np.asarray(images[row]), np.asarray(store.mask[row])
        tensors = [torch.from_numpy(a.astype(np.float32))[None, None] for a in (x, mask)]
        found = predict(*tensors)[0, 0].numpy()
        whose = who | {"pair": store.pairs[row].pair, "patient": store.pairs[row].patient}
        for name, rows in _rows(found, mask, np.asarray(store.lesion[row]), sought, row).items():
            tables[name] += [whose | cells for cells in rows]
    return tables


def _rows(found: Grey, mask: Mask, lesion: np.ndarray, sought: Sought, row: int) -> dict[str, list[Row]]:
    kinds = sought.kinds[row]
    truth = froc.map_truth(mask, lesion, kinds)
    light = light_of(found, mask, truth.rule.sigma_px)
    marks = [m for m in froc.marks(found, truth) if m.what != froc.NEITHER]
    wanted = [n for n, kind in kinds.items() if kind]
    return {
        "images": [{"lesions": len(wanted), "dice": dice(found, sought.labels[row], mask) if wanted else None}],
        "lesions": [
            {"lesion": n, "sought": kind, "rating": float(light[(lesion == n) & mask].max())}
            for n, kind in kinds.items()
            if kind is not None
        ],
        "marks": [{"rating": m.rating, "lesion": m.what or None} for m in marks],
    }


def dice(found: Grey, labels: np.ndarray, mask: Mask) -> float:
    """Return twice the common area over the sum of both (Dice 1945), where it is known what lies there."""
    known = mask & (labels <= 1)
    drawn, wanted = (found >= DRAWN) & known, (labels == 1) & known
    return float(2 * (drawn & wanted).sum() / max(int(drawn.sum() + wanted.sum()), 1))
