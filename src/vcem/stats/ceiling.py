"""What the best possible method could reach that sees LE alone: the Bayes ceiling under stated priors.

The generator draws a lesion's kind, then what LE shows of it (its look), then whether it takes up contrast, and the
last depends on the kind alone. So LE before contrast tells nothing of the uptake beyond the look, and no method can do
better than one that is told every look without error and shows enhancement where that is the likelier answer (Duda,
Hart & Stork 2001, section 2.2, zero-one loss):

    shown(look) = P(enhancing | look) > 1/2, never for an occult look: there is no place to show it at.

On LE *after* contrast the iodine itself darkens the image a little, and a method may pass the ceiling; the leak test
measures by how much.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float

from vcem.core.terms import OCCULT
from vcem.stats.auc import weighted_auc

VARIED_BY = 0.5
"""Uptake rates are multiplied by 1 - VARIED_BY and by 1 + VARIED_BY for the range, then clipped to [0, 1]."""

Shares = Float[np.ndarray, " looks"]


@dataclass(frozen=True)
class Joint:
    """One row of the joint table: how often a lesion is of this kind, look and density, and how often such enhance."""

    kind: str
    look: str
    density: str
    probability: float
    p_enhance: float


@dataclass(frozen=True)
class Ceiling:
    """What an oracle of the look reaches; shares of lesions, information in bits; NaN where nothing is of that sort.

    `right`: lesions rightly shown or rightly left dark; the one share that no rule can raise. `sensitivity`: enhancing
    lesions shown. `hallucinated`: shown lesions that do not enhance. `lit`: lesions that do not enhance but are shown.
    `occult`: enhancing lesions without any sign in LE, missed by every method. `auc`: of P(enhancing | look), the
    occult taken as one more look, which can only raise it. `information` of `entropy`: mutual information of look and
    uptake, and the entropy of the uptake.
    """

    right: float
    sensitivity: float
    hallucinated: float
    lit: float
    occult: float
    auc: float
    information: float
    entropy: float

    @property
    def missed(self) -> float:
        """Enhancing lesions that are not shown."""
        return 1 - self.sensitivity


@dataclass(frozen=True)
class Range:
    """The ceiling under the priors as given, and the least and greatest of each number over the varied ones."""

    given: Ceiling
    low: Ceiling
    high: Ceiling


def ceiling(table: Sequence[Joint], with_density: bool = True) -> Ceiling:
    """Return the ceiling of any method that sees LE before contrast; it also knows the density, or does not."""
    looks, positive, negative = _by_look(table, with_density)
    shown = _shown(looks, positive, negative)
    occult = np.array([_look(key) == OCCULT for key in looks])
    return Ceiling(
        right=float(positive[shown].sum() + negative[~shown].sum()),
        sensitivity=_share(positive[shown].sum(), positive.sum()),
        hallucinated=_share(negative[shown].sum(), (positive + negative)[shown].sum()),
        lit=_share(negative[shown].sum(), negative.sum()),
        occult=_share(positive[occult].sum(), positive.sum()),
        auc=weighted_auc(_posterior(positive, negative), positive, negative),
        information=_entropy(positive.sum(), negative.sum()) - _conditional_entropy(positive, negative),
        entropy=_entropy(positive.sum(), negative.sum()),
    )


def shown_looks(table: Sequence[Joint]) -> dict[tuple[str, str], bool]:
    """Return for every (look, density) of the table whether the oracle shows enhancement."""
    looks, positive, negative = _by_look(table, True)
    return dict(zip(looks, _shown(looks, positive, negative).tolist(), strict=True))  # type: ignore[arg-type]  # keys are pairs here


def ceiling_range(table: Sequence[Joint]) -> Range:
    """Return the ceiling and how it moves when the uptake rates are half as high or half as high again.

    Varied are the rate of each kind on its own and the rates of all kinds together: rate x 0.5 and rate x 1.5, clipped
    to [0, 1]; how often kinds, looks and densities occur stays. Low and high are the least and greatest of each number
    over all of these and the priors as given, so the lows of two numbers may belong to different priors.
    """
    given = ceiling(table)
    found = [given, *(ceiling(varied) for varied in variants(table))]
    names = Ceiling.__dataclass_fields__
    low = Ceiling(**{n: float(np.nanmin([getattr(c, n) for c in found])) for n in names})
    high = Ceiling(**{n: float(np.nanmax([getattr(c, n) for c in found])) for n in names})
    return Range(given, low, high)


def variants(table: Sequence[Joint]) -> Iterable[list[Joint]]:
    """Yield the table with the uptake of each kind, then of all kinds, scaled down and up and clipped to [0, 1]."""
    kinds = list(dict.fromkeys(row.kind for row in table))
    for chosen in ([k] for k in kinds):
        yield from (_scaled(table, chosen, f) for f in (1 - VARIED_BY, 1 + VARIED_BY))
    yield from (_scaled(table, kinds, f) for f in (1 - VARIED_BY, 1 + VARIED_BY))


def decoupled(table: Sequence[Joint]) -> bool:
    """Whether uptake is drawn without regard to look: LE then holds no information, and the ceiling is chance."""
    return ceiling(table).information < 1e-9


def _scaled(table: Sequence[Joint], kinds: Sequence[str], factor: float) -> list[Joint]:
    return [replace(r, p_enhance=min(1.0, r.p_enhance * factor)) if r.kind in kinds else r for r in table]


def _by_look(table: Sequence[Joint], with_density: bool) -> tuple[list[Hashable], Shares, Shares]:
    """Return looks with the probabilities of being enhancing and of not being so, joint with the look."""
    keys: list[Hashable] = [(row.look, row.density if with_density else "") for row in table]
    looks = list(dict.fromkeys(keys))
    place = [looks.index(key) for key in keys]
    weight = np.array([row.probability for row in table])
    weight = weight / weight.sum()
    rate = np.array([row.p_enhance for row in table])
    sums = [np.bincount(place, weight * part, minlength=len(looks)) for part in (rate, 1 - rate)]
    return looks, sums[0], sums[1]


def _shown(looks: Sequence[Hashable], positive: Shares, negative: Shares) -> Bool[np.ndarray, " looks"]:
    return np.array([p > n and _look(k) != OCCULT for k, p, n in zip(looks, positive, negative, strict=True)])


def _look(key: Hashable) -> str:
    return key[0]  # type: ignore[index]  # keys are (look, density)


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else float("nan")


def _posterior(positive: Shares, negative: Shares) -> Shares:
    """P(enhancing | look), rounded: what differs by the computer's arithmetic only is tied."""
    both = positive + negative
    return np.round(np.divide(positive, both, out=np.zeros_like(both), where=both > 0), 12)


def _entropy(*parts: float) -> float:
    """Entropy of parts of a whole, in bits."""
    shares = np.array(parts) / sum(parts)
    shares = shares[shares > 0]
    return float(-(shares * np.log2(shares)).sum())


def _conditional_entropy(positive: Shares, negative: Shares) -> float:
    return sum((p + n) * _entropy(p, n) for p, n in zip(positive.tolist(), negative.tolist(), strict=True) if p + n > 0)
