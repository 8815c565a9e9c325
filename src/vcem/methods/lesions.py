"""What a training may ask of lesions: their pixels weigh more, their contrast is right, a side head finds them.

Masks are used in training only. Labels number the lesions of an image from 1, 0 elsewhere; UNKNOWN all over an image
means that nobody outlined its lesions: it takes no part in these terms.
"""

from collections.abc import Iterator

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from vcem.folders.prepared import UNKNOWN
from vcem.methods.losses import Scalar
from vcem.methods.method import Batch, Image
from vcem.metrics.lesion import LEAST_AREA_PX, LEAST_RING_PX, ring

FAINT = 0.3  # of the contrast from which a lesion counts as shown: below, it counts as dark
MARGIN_PX = 2  # beyond a ring, so that cutting a lesion out changes nothing of it


def known(labels: Image) -> Float[Tensor, "b 1 1 1"]:
    """Return 1 for images whose lesions are outlined or that have none, 0 where nobody knows."""
    return (labels.amax((1, 2, 3), keepdim=True) < UNKNOWN).float()


def outlined(labels: Image) -> Image:
    """Return 1 inside lesions; 0 all over an image of which nobody knows."""
    return (labels > 0).float() * known(labels)


def lesions_of(batch: Batch) -> Image:
    """Return 1 inside the outlined lesions of a batch's breasts."""
    return outlined(batch.extra["lesion"]) * batch.mask


def contrast_error(difference: Image, labels: Image, mask: Image) -> Scalar:
    """Return the squared error of lesion contrast, the mean over the lesions that can be measured; 0 without any.

    Contrast is the mean of a lesion minus that of its ring, as it is scored. It is linear in the image, so that its
    error is the contrast of the difference image.
    """
    errors, _ = contrasts(difference, difference, labels, mask)
    return errors.square().mean() if len(errors) else difference.new_zeros((), dtype=torch.float32)


def verdict_error(y: Image, y_hat: Image, labels: Image, mask: Image, even: float, per_logit: float) -> Scalar:
    """Return the cross-entropy of the verdict that each drawn contrast is, the mean over lesions; 0 without any.

    A drawn contrast c says that the lesion enhances with the log-odds (c - even) / per_logit. It does where the true
    contrast is above `even`; it does not where that is next to nothing; what is between is faint and asks for neither.
    """
    true, drawn = contrasts(y, y_hat, labels, mask)
    clear = (true >= even) | (true < FAINT * even)
    return _entropy((drawn[clear] - even) / per_logit, (true[clear] >= even).float())


def look_error(chances: Image, y_hat: Image, labels: Image, mask: Image, even: float, per_logit: float) -> Scalar:
    """Return the cross-entropy of the same verdict against the chance that a lesion of its look enhances.

    A lesion's own uptake is one draw of that chance: to learn the chance from draws takes many more lesions. `chances`
    holds it inside each lesion, and 0 in those of which LE shows nothing, from which nothing is asked.
    """
    chance, drawn = contrasts(chances, y_hat, labels, mask)
    return _entropy((drawn[chance > 0] - even) / per_logit, chance[chance > 0])


def _entropy(verdicts: Float[Tensor, " n"], chances: Float[Tensor, " n"]) -> Scalar:
    if not len(verdicts):
        return verdicts.new_zeros((), dtype=torch.float32)
    return functional.binary_cross_entropy_with_logits(verdicts, chances)


def contrasts(y: Image, y_hat: Image, labels: Image, mask: Image) -> tuple[Float[Tensor, " n"], Float[Tensor, " n"]]:
    """Return the contrast of each lesion that can be measured in both images: its mean minus that of its ring."""
    found = [
        [(t[i, 0][box].float() * weights).sum() for t in (y, y_hat)] for i, box, weights in _measured(labels, mask)
    ]
    true, drawn = torch.tensor(found).reshape(-1, 2).T if not found else map(torch.stack, zip(*found, strict=True))
    return true.to(y.device), drawn


def _measured(labels: Image, mask: Image) -> Iterator[tuple[int, tuple[slice, slice], Tensor]]:
    """Yield each lesion's image, its box, and weights in it whose product with grey values sums to its contrast."""
    numbers, breasts = labels[:, 0].cpu().numpy().astype(np.uint8), mask[:, 0].cpu().numpy() > 0
    for i, (every, breast) in enumerate(zip(numbers, breasts, strict=True)):
        for number in np.unique(every[(every > 0) & (every < UNKNOWN)]):
            box = _box(every == number)
            inside = (every[box] == number) & breast[box]
            around = ring(inside, every[box] > 0, breast[box])
            if inside.sum() >= LEAST_AREA_PX and around.sum() >= LEAST_RING_PX:
                weights = inside / inside.sum() - around / around.sum()
                yield i, box, torch.from_numpy(weights.astype(np.float32)).to(labels.device)


def _box(lesion: np.ndarray) -> tuple[slice, slice]:
    margin = int(max(3.0, 0.5 * np.sqrt(lesion.sum() / np.pi))) + MARGIN_PX
    rows, columns = (np.flatnonzero(lesion.any(axis)) for axis in (1, 0))
    first, last = slice(max(rows[0] - margin, 0), rows[-1] + margin + 1), columns
    return first, slice(max(last[0] - margin, 0), last[-1] + margin + 1)


def finding(logits: Image, lesions: Image, mask: Image) -> Scalar:
    """Return cross-entropy plus Dice loss (Milletari et al. 2016) of a map that should find lesions, inside the mask.

    Dice is taken over the whole batch, so that an image without a lesion asks for an empty map and no more.
    """
    logits, pixels = logits.float(), mask.sum().clamp_min(1)
    entropy = functional.binary_cross_entropy_with_logits(logits, lesions, reduction="none")
    drawn = torch.sigmoid(logits) * mask
    both, either = (drawn * lesions).sum(), drawn.sum() + (lesions * mask).sum()
    return (entropy * mask).sum() / pixels + 1 - (2 * both + 1) / (either + 1)
