"""What the folds of both protocols share between train and test."""

from collections.abc import Sequence

from vcem.core.files import Row
from vcem.report.study import Study
from vcem.report.tables import Cell, Table, row

_COUNTS = (
    "test",
    "shared_patients",
    "test_pairs_with_shared_patient",
    "shared_breast_views",
    "test_pairs_with_shared_breast_view",
)


def leak_table(study: Study) -> Table:
    """Make the leak table of both protocols; empty where the prepared folder has no leak report."""
    leaks = study.prepared.leaks if study.prepared else ()
    used = study.prepared.split if study.prepared else ""
    rows = []
    for protocol in sorted({leak["protocol"] for leak in leaks}, key=lambda p: (p != used, p)):
        folds = [leak for leak in leaks if leak["protocol"] == protocol]
        rows += [_row(f"{protocol}{' (used here)' if protocol == used else ''}", leak) for leak in folds]
        rows.append(_total(protocol, folds))
    caption = (
        "Leak report: how many patients, and how many projections of the same breast, are in both train and test of a "
        "fold, for the split used here and for the other protocol's split of the same pairs. A test pair that shares "
        "its patient with train is not an independent test."
    )
    header = (
        "Protocol", "Fold", "Train", "Val.", "Test", "Shared patients", "Test pairs with shared patient",
        "Shared breast-views", "Test pairs with shared breast-view",
    )  # fmt: skip
    return Table("leak", "Leak report", study.stamp, caption, header, tuple(rows), tuple(map(dict, leaks)))


def _row(protocol: str, leak: Row) -> tuple[Cell, ...]:
    return row(protocol, leak["fold"], leak["train"], leak["val"], leak["test"], *_shares(_ints(leak)))


def _ints(leak: Row) -> list[int]:
    return [int(leak[c]) for c in _COUNTS]


def _total(protocol: str, folds: Sequence[Row]) -> tuple[Cell, ...]:
    sums = [sum(column) for column in zip(*map(_ints, folds), strict=True)]
    cells = row(f"{protocol}, all folds", "", "", "", str(sums[0]), *_shares(sums))
    return tuple(Cell(c.text, c.lines, c.mark or "total") for c in cells)


def _shares(counts: Sequence[int]) -> list[Cell]:
    test, patients, of_patient, views, of_view = counts
    cells = [(patients, ""), (of_patient, _percent(of_patient, test)), (views, ""), (of_view, _percent(of_view, test))]
    return [Cell(f"{n}{share}", mark="worse" if n else "") for n, share in cells]


def _percent(part: int, whole: int) -> str:
    return f" ({100 * part / whole:.0f} %)" if whole else ""
