"""How training went: the logs of all folds, and whether validation had flattened when it ended."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vcem.folders.log import Record, read_epochs
from vcem.report.quantities import number
from vcem.report.study import Study
from vcem.report.tables import Cell, Table, row

FLAT = 0.01  # ours: under 1 % better in the last third counts as flattened
SHORTEST = 6  # epochs; with fewer there is no last third worth the name


@dataclass(frozen=True)
class Curve:
    """One fold's training, epoch by epoch; NaN where an epoch lacks a value."""

    label: str
    fold: int
    epochs: np.ndarray
    losses: dict[str, np.ndarray]
    val_l1: np.ndarray
    pairs_per_s: np.ndarray
    seconds: np.ndarray
    best_epochs: np.ndarray

    @property
    def best(self) -> int:
        """Index of the epoch whose weights were kept, by the log; -1 where it does not say."""
        if not self.epochs.size or np.isnan(self.best_epochs[-1]):
            return -1
        found = np.flatnonzero(self.epochs == self.best_epochs[-1])
        return int(found[0]) if found.size else -1

    @property
    def late_gain(self) -> float:
        """How much of the best validation L1 was won in the last third of the epochs; NaN if too short to say."""
        cut = self.epochs.size - self.epochs.size // 3
        if self.epochs.size < SHORTEST or np.isnan(self.val_l1[:cut]).all():
            return float("nan")
        before = float(np.nanmin(self.val_l1[:cut]))
        after = float(np.nanmin(np.append(self.val_l1[cut:], before)))
        return (before - after) / before if before > 0 else 0.0

    @property
    def flattened(self) -> bool:
        """Whether the last third improved validation by less than FLAT."""
        return self.late_gain < FLAT


def read_curves(study: Study) -> list[Curve]:
    """Read the log of every run that has one.

    Raises:
        FailureError: if a log is damaged.
    """
    read = [(label, run.fold, read_epochs(run.folder)) for label, runs in study.recipes.items() for run in runs]
    return [_curve(label, fold, records) for label, fold, records in read if records is not None]


def _curve(label: str, fold: int, records: Sequence[Record]) -> Curve:
    names = list(dict.fromkeys(name for record in records for name in record.losses))
    columns = ([getattr(r, name) for r in records] for name in ("val_l1", "pairs_per_s", "seconds", "best_epoch"))
    return Curve(
        label,
        fold,
        np.array([r.epoch for r in records], dtype=int),
        {name: np.array([r.losses.get(name, np.nan) for r in records], float) for name in names},
        *(np.array(column, float) for column in columns),
    )


def training_table(study: Study, curves: Sequence[Curve]) -> Table:
    """Make the table of all folds' trainings."""
    rows = [
        row(
            study.title(c.label),
            c.fold,
            c.epochs.size,
            int(c.epochs[c.best]) if c.best >= 0 else "–",
            number(c.val_l1[c.best], 5) if c.best >= 0 else "–",
            _gain(c),
            number(float(np.nanmean(c.pairs_per_s)), 1) if not np.isnan(c.pairs_per_s).all() else "–",
            number(float(np.nansum(c.seconds)) / 60, 1),
        )
        for c in curves
    ]
    caption = (
        "Training, one row per fold. Best: the epoch of lowest validation L1 after warm-up, whose weights are scored. "
        "Late gain: by how much the best validation L1 fell in the last third of the epochs; below "
        f"{100 * FLAT:.0f} % counts as flattened."
    )
    header = ("Method", "Fold", "Epochs", "Best", "Best val. L1", "Late gain", "Pairs/s", "Minutes")
    return Table("training", "Training", study.stamp, caption, header, tuple(rows), tuple(map(_record, curves)))


def _gain(curve: Curve) -> Cell:
    if np.isnan(curve.late_gain):
        return Cell("too short to say", mark="none")
    words = "flattened" if curve.flattened else "still falling"
    return Cell(f"{100 * curve.late_gain:.1f} %, {words}", mark="" if curve.flattened else "none")


def _record(c: Curve) -> dict[str, object]:
    return {
        "method": c.label, "fold": c.fold, "epochs": c.epochs.size,
        "best_epoch": int(c.epochs[c.best]) if c.best >= 0 else None,
        "best_val_l1": float(c.val_l1[c.best]) if c.best >= 0 else None, "late_gain": c.late_gain,
        "flattened": c.flattened, "seconds": float(np.nansum(c.seconds)),
    }  # fmt: skip
