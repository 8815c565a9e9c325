"""Internal and external results side by side: what is left of a score on data that no fold saw."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vcem.core.files import read_manifest
from vcem.metrics.table import Area
from vcem.report.fidelity import name_cell
from vcem.report.free_response import COMPARED, found_at
from vcem.report.glance import contrast_correlation
from vcem.report.quantities import Quantity, flat
from vcem.report.study import Study, read_study
from vcem.report.tables import Cell, Record, Table, count, row
from vcem.report.truth_numbers import stacked, stacked_share

KIND, MADE_BY, MEAN = "validation", "vcem validate", "mean"
INTERNAL, FOLDS, TOGETHER = "internal", "external, each fold", "external, mean image of the folds"


@dataclass(frozen=True)
class External:
    """The runs of a report on other data: each fold apart, and the mean image of the folds where there are several."""

    folds: Study
    together: Study | None
    warnings: tuple[str, ...]


def read_external(folder: Path, seed: int) -> External:
    """Read a folder of `vcem validate`.

    Raises:
        UsageError: if it is none.
    """
    manifest = read_manifest(folder, KIND, MADE_BY)
    together = read_study([folder / MEAN], None, seed) if (folder / MEAN).is_dir() else None
    return External(
        read_study([folder], None, seed), together, tuple(f"On the other data: {w}" for w in manifest["warnings"])
    )


def external_table(study: Study, external: External) -> Table:
    """Make the table that puts a method's internal scores over its external ones."""
    places = [(INTERNAL, study), (FOLDS, external.folds)]
    places += [(TOGETHER, external.together)] if external.together else []
    both = [q for q in study.regions[Area.BREAST.words] if q.column in external.folds.scores.columns]
    shown = [q for q in both if q.column != "mse_breast"]  # PSNR says the same
    rows, records = [], []
    for method in dict.fromkeys(m for _, s in places for m in s.scores.methods):
        for place, own in places:
            if method in own.scores.methods:
                cells, record = _row(own, method, place, shown)
                rows.append(cells)
                records.append(record)
    header = ("Method", "Where", *(q.heading for q in shown), "Pearson r ↑", f"Found at {COMPARED:g} ↑", "Tested")
    return Table("external", "Internal and external", study.stamp, _caption(external), header,
                 tuple(rows), tuple(records), external.warnings)  # fmt: skip


def _row(study: Study, method: str, place: str, quantities: Sequence[Quantity]) -> tuple[tuple[Cell, ...], Record]:
    fidelity = [study.mean(method, q.column) for q in quantities]
    r, found = contrast_correlation(study, method), found_at(study, method)
    tested = f"{count(len(study.scores.items), 'test')}, {count(len(study.scores.patient_names), 'patient')}"
    shown = [stacked(i, q.decimals) for i, q in zip(fidelity, quantities, strict=True)]
    named = {q.column: i for i, q in zip(fidelity, quantities, strict=True)} | {
        "pearson": r,
        f"found_at_{COMPARED:g}": found,
    }
    record: Record = {"method": method, "where": place} | flat(named)
    return row(name_cell(study, method), place, *shown, stacked(r), stacked_share(found), tested), record


def _caption(external: External) -> str:
    common = external.folds.scores.common
    return (
        f"The same networks on other data ({common['origin']}), which no fold of theirs saw, inside the breast: means "
        "over images with 95 % patient-bootstrap intervals. Each fold apart counts every image once per fold; the mean "
        "image is what a reader would be given. The trivial references come from the pairs that the networks learned "
        "from, on both sides. What falls from internal to external was learned from the first data set alone."
    )
