"""How folds are drawn: the paper's ten splits by image, and folds that keep a patient whole."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

from vcem.core.errors import UsageError
from vcem.core.seeds import seed_for
from vcem.core.terms import Protocol
from vcem.folders.folds import Fold, Folds

VAL_SHARE = 0.1


@dataclass(frozen=True)
class Member:
    """What a split may look at: the pair's name, whose it is, which breast and view, and what to balance."""

    pair: str
    patient: str
    stratum: str = ""
    side: str = ""
    view: str = ""

    @property
    def breast_view(self) -> str:
        """Patient, side and view, the same for a late-phase repeat minutes later."""
        return f"{self.patient}_{self.side}_{self.view}"


def paper_folds(pairs: Sequence[str], folds: int = 10) -> Folds:
    """Draw the authors' splits: for each k, 10 % test, then 10 % of the rest validation, by image, with seed k.

    With the ids of CESM@UCBM in the authors' order, or those of CDD-CESM sorted, these are their splits in content and
    order. Patients are shared between train and test, test sets overlap, and a third of the pairs is never tested.

    Raises:
        UsageError: if there are fewer than 10 pairs.
    """
    if len(pairs) < 10:
        raise UsageError(f"{len(pairs)} pairs cannot be split.", "at least 10 pairs")
    return Folds(Protocol.PAPER, 0, tuple(_paper_fold(list(pairs), k) for k in range(folds)))


def _paper_fold(pairs: list[str], k: int) -> Fold:
    rest, test = _draw(pairs, k)
    train, val = _draw(rest, k)
    return Fold(tuple(train), tuple(val), tuple(test))


def _draw(pairs: list[str], k: int) -> tuple[list[str], list[str]]:
    """Split off a tenth, rounded up, as scikit-learn's train_test_split with random_state k does."""
    order = np.random.RandomState(k).permutation(len(pairs))
    taken = ceil(0.1 * len(pairs))
    return [pairs[i] for i in order[taken:]], [pairs[i] for i in order[:taken]]


def strict_folds(members: Sequence[Member], folds: int, seed: int) -> Folds:
    """Draw folds grouped by patient, balanced over strata, every pair tested exactly once.

    Validation patients are about a tenth of all, drawn from those that do not test.

    Raises:
        UsageError: if there are fewer patients than folds, or fewer than 3.
    """
    patients = len({m.patient for m in members})
    if folds < 2 or patients < max(folds, 3):
        expected = "2 folds or more, a patient or more for each"
        raise UsageError(f"{patients} patients cannot make {folds} folds.", expected, "use another --folds")
    parts = _grouped(members, folds, seed_for(seed, "folds"))
    if patients - max(map(len, parts)) < 2 or not all(parts):
        raise UsageError(f"{patients} patients in {folds} folds leave a fold none to test, or less than two others.",
                         "one patient or more to test, one to validate and one to train with, in every fold",
                         "raise --folds, or bring more patients")  # fmt: skip
    return Folds(Protocol.STRICT, seed, tuple(_strict_fold(members, parts, k, seed) for k in range(folds)))


def _strict_fold(members: Sequence[Member], parts: list[set[str]], k: int, seed: int) -> Fold:
    rest = [m for m in members if m.patient not in parts[k]]
    patients = len({m.patient for m in rest})
    inner = min(max(2, round(len(rest) / len(members) / VAL_SHARE)), patients)
    val = _grouped(rest, inner, seed_for(seed, "val", k))[0]
    return Fold(
        train=tuple(m.pair for m in rest if m.patient not in val),
        val=tuple(m.pair for m in rest if m.patient in val),
        test=tuple(m.pair for m in members if m.patient in parts[k]),
    )


def _grouped(members: Sequence[Member], parts: int, seed: int) -> list[set[str]]:
    """Return the patients of each part."""
    strata = _common([m.stratum for m in members], parts)
    split = StratifiedGroupKFold(parts, shuffle=True, random_state=seed % 2**32)
    patients = np.array([m.patient for m in members])
    return [set(patients[test]) for _, test in split.split(np.zeros(len(members)), strata, patients)]


def _common(strata: list[str], parts: int) -> list[str]:
    """Join the strata that are too rare to stand in every part."""
    counts = Counter(strata)
    joined = [s if counts[s] >= parts else "rare" for s in strata]
    return joined if Counter(joined).get("rare", parts) >= parts else ["all"] * len(strata)
