"""What a split leaks: patients and breast-views that stand on both sides of train and test."""

from collections.abc import Iterable, Mapping

from vcem.core.keys import PairKey, parse_pair
from vcem.data.splits import Member
from vcem.folders.folds import Fold, Folds, Leak


def leaks(folds: Folds, members: Iterable[Member] = ()) -> list[Leak]:
    """Count what train shares with test, and with validation, in every fold.

    Args:
        folds: the folds.
        members: whose each pair is; pairs that are not among them are told by their names.

    Raises:
        UsageError: if such a name cannot be read.
    """
    known = {member.pair: member for member in members}
    return [_leak(str(folds.protocol), k, fold, known) for k, fold in enumerate(folds.folds)]


def _leak(protocol: str, k: int, fold: Fold, known: Mapping[str, Member]) -> Leak:
    def whose(part: Iterable[str]) -> list[Member | PairKey]:
        return [known.get(pair) or parse_pair(pair) for pair in part]

    train, val, test = map(whose, (fold.train, fold.val, fold.test))
    patients, views = {p.patient for p in train}, {p.breast_view for p in train}
    patient_hits = [p.patient for p in test if p.patient in patients]
    view_hits = [p.breast_view for p in test if p.breast_view in views]
    val_hits = sum(p.patient in patients for p in val)
    return Leak(protocol, k, len(train), len(val), len(test), len(set(patient_hits)), len(patient_hits),
                len(set(view_hits)), len(view_hits), val_hits)  # fmt: skip
