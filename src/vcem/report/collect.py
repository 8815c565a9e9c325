"""The scores of many runs as one block of numbers: methods x test images x quantities."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Int

from vcem.core.errors import UsageError
from vcem.core.files import Row
from vcem.core.terms import Density
from vcem.folders.scores import ALIKE, FACTS, FOUND, is_reference
from vcem.metrics.table import columns
from vcem.report.runs import Run

DENSITIES = tuple(d.value for d in Density)
PAPER_ORDER = ("autoencoder", "pix2pix", "cyclegan")
Values = Float[np.ndarray, " n"]
Labels = Int[np.ndarray, " n"]


@dataclass(frozen=True)
class Item:
    """One test image in one fold. In the paper's protocol an image may be tested in several folds."""

    fold: int
    pair: str
    patient: str
    side: str
    view: str
    density: str
    machine: str


@dataclass(frozen=True)
class Scores:
    """Every score; NaN where a method has none for an image. Learned methods come first, then the references."""

    methods: tuple[str, ...]
    items: tuple[Item, ...]
    cube: Float[np.ndarray, "m n k"]
    common: dict[str, str]
    columns: tuple[str, ...]

    @property
    def learned(self) -> tuple[str, ...]:
        """The methods that were trained."""
        return tuple(m for m in self.methods if not is_reference(m))

    @property
    def references(self) -> tuple[str, ...]:
        """The trivial references."""
        return tuple(m for m in self.methods if is_reference(m))

    def of(self, method: str, column: str) -> Values:
        """Return one method's values of one quantity, one for each item."""
        return np.asarray(self.cube[self.methods.index(method), :, self.columns.index(column)])

    @cached_property
    def folds(self) -> Labels:
        """Fold of each item."""
        return np.array([i.fold for i in self.items])

    @cached_property
    def patient_names(self) -> tuple[str, ...]:
        """All patients, sorted."""
        return tuple(sorted({i.patient for i in self.items}))

    @cached_property
    def patients(self) -> Labels:
        """Number of each item's patient in `patient_names`."""
        number = {name: k for k, name in enumerate(self.patient_names)}
        return np.array([number[i.patient] for i in self.items])

    @cached_property
    def densities(self) -> Labels:
        """0 to 3 for ACR a to d, -1 where it is not known."""
        return np.array([DENSITIES.index(i.density) if i.density in DENSITIES else -1 for i in self.items])


@dataclass(frozen=True)
class Lesions:
    """Every outlined lesion of the test images: what the truth shows, and what each method made of it."""

    methods: tuple[str, ...]
    names: tuple[tuple[int, str, str], ...]
    patients: Int[np.ndarray, " l"]
    truth: Float[np.ndarray, " l"]
    cnr_truth: Float[np.ndarray, " l"]
    enhancing: Bool[np.ndarray, " l"]
    predicted: Float[np.ndarray, "m l"]
    cnr_predicted: Float[np.ndarray, "m l"]
    missed: Float[np.ndarray, "m l"]


def labels(runs: Sequence[Run]) -> dict[tuple[str, str], str]:
    """Name each (recipe, method) of the report: by its method, or by its recipe where several share a method."""
    kinds = {(r.recipe, r.method) for r in runs}
    shared = Counter(method for _, method in kinds)
    return {(recipe, method): method if shared[method] == 1 else recipe for recipe, method in kinds}


def collect_scores(runs: Sequence[Run]) -> Scores:
    """Join the scores of all runs; the references, repeated in every recipe's file, are taken once.

    Raises:
        UsageError: if the runs mix origins, protocols, sizes or data, a metric is not known here, or a cell is no
            number.
    """
    common = _common(runs)
    rows = _named_rows(runs, [r.tables.images for r in runs])
    items = tuple(sorted({_item(row) for _, row in rows}, key=lambda i: (i.fold, i.pair)))
    methods = _ordered({label for label, _ in rows})
    index = {(i.fold, i.pair): n for n, i in enumerate(items)}
    if len(index) != len(items):
        raise UsageError("One pair has two patients or densities in these runs.", "runs of one prepared folder")
    shown = (*_metrics(runs), "hallucinated")
    cube = np.full((len(methods), len(items), len(shown)), np.nan)
    for label, row in rows:
        place = cube[methods.index(label), index[int(row["fold"]), row["pair"]]]
        _fill(place, [_number(row, c) for c in shown], label, row)
    return Scores(methods, items, cube, common, shown)


def _metrics(runs: Sequence[Run]) -> tuple[str, ...]:
    """Return the columns of image metrics, refusing those of which nobody here knows what they mean."""
    found = {column for run in runs for column in run.tables.images[0]} - {*FACTS, *FOUND}
    known = columns()
    if unknown := sorted(found - {*known}):
        raise UsageError(
            f"These scores hold metrics that are not known here: {', '.join(unknown)}.",
            f"some of {', '.join(known)}",
            "install the package that brings them, or score again without it",
        )
    return tuple(column for column in known if column in found)


def collect_lesions(runs: Sequence[Run], scores: Scores) -> Lesions:
    """Join the lesions of all runs in the same way."""
    rows = _named_rows(runs, [r.tables.lesions for r in runs])
    facts = {lesion_of(row): row for _, row in rows}
    names = tuple(sorted(facts))
    index = {name: k for k, name in enumerate(names)}
    blocks = np.full((3, len(scores.methods), len(names)), np.nan)
    for label, row in rows:
        place = blocks[:, scores.methods.index(label), index[lesion_of(row)]]
        missed = float(_true(row["missed"])) if _true(row["enhancing"]) else float("nan")
        _fill(place, [_number(row, "contrast_pred"), _number(row, "cnr_pred"), missed], label, row)
    number = {name: k for k, name in enumerate(scores.patient_names)}
    return Lesions(
        scores.methods,
        names,
        patients=np.array([number[facts[n]["patient"]] for n in names], dtype=int),
        truth=np.array([_number(facts[n], "contrast_truth") for n in names], dtype=float),
        cnr_truth=np.array([_number(facts[n], "cnr_truth") for n in names], dtype=float),
        enhancing=np.array([_true(facts[n]["enhancing"]) for n in names], dtype=bool),
        predicted=blocks[0],
        cnr_predicted=blocks[1],
        missed=blocks[2],
    )


def _common(runs: Sequence[Run]) -> dict[str, str]:
    """Return what all rows must share, refusing a mixture."""
    found = {c: {row[c] for r in runs for row in r.tables.images} for c in ALIKE}
    found["data"] = {digest for r in runs for digest in r.data}
    for fold in {r.fold for r in runs}:
        found[f"the pairs of fold {fold}"] = {r.pairs_digest for r in runs if r.fold == fold and r.pairs_digest}
    for what, values in found.items():
        if len(values) > 1:
            raise UsageError(
                f"These runs differ in {what}: {', '.join(sorted(values))}.",
                f"runs of one {what}",
                "make one report for each",
            )
    return {what: next(iter(found[what]), "") for what in (*ALIKE, "data")}


def _named_rows(runs: Sequence[Run], tables: Iterable[Sequence[Row]]) -> list[tuple[str, Row]]:
    names = labels(runs)
    rows = []
    for run, table in zip(runs, tables, strict=True):
        own = names[run.recipe, run.method]
        rows += [(row["method"] if is_reference(row["method"]) else own, row) for row in table]
    return rows


def _ordered(names: set[str]) -> tuple[str, ...]:
    return tuple(sorted(names, key=lambda name: (is_reference(name), *place_of(name))))


def place_of(method: str) -> tuple[int, str]:
    """Return what methods are sorted by: the paper's order, then names."""
    return PAPER_ORDER.index(method) if method in PAPER_ORDER else len(PAPER_ORDER), method


def _item(row: Row) -> Item:
    cells = {c: row[c] for c in ("pair", "patient", "side", "view", "density", "machine")}
    return Item(fold=int(row["fold"]), **cells)


def lesion_of(row: Row) -> tuple[int, str, str]:
    """Return fold, pair and number of a lesion."""
    return int(row["fold"]), row["pair"], row["lesion"]


def _fill(place: np.ndarray, values: list[float], label: str, row: Row) -> None:
    """Write a row into its place; a reference may come again, but only with the same values.

    Raises:
        UsageError: otherwise.
    """
    given, filled = np.array(values), ~np.isnan(place)
    where = f"{label} of pair {row['pair']} in fold {row['fold']}"
    if filled.any() and not is_reference(label):
        raise UsageError(f"{where} appears twice.", "each run once", "name each folder of runs once")
    both = filled & ~np.isnan(given)  # a metric that came later is in the newer of two scorings only
    if not np.allclose(place[both], given[both], rtol=1e-4, atol=1e-6):
        raise UsageError(
            f"{where} has other scores in another run.",
            "runs trained and scored on the same data and folds",
            "score them all again with one vcem, or make one report for each",
        )
    place[:] = np.where(filled, place, given)


def _number(row: Row, column: str) -> float:
    cell = row.get(column)  # runs that were scored before a metric came lack its column
    try:
        return float(cell) if cell else float("nan")
    except ValueError as error:
        raise UsageError(f"Column {column} of pair {row['pair']} holds {cell!r}.", "a number") from error


def _true(cell: str) -> bool:
    return cell.strip().lower() in ("true", "1", "1.0")
