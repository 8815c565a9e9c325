"""What a simulated cohort's truth says of all methods, as arrays: methods x lesions, methods x images."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from jaxtyping import Bool, Float, Int

from vcem.core.errors import UsageError
from vcem.core.files import Row
from vcem.folders.scores import is_reference
from vcem.folders.truth import ACQUIRED
from vcem.report.collect import labels, lesion_of, place_of
from vcem.report.runs import Run
from vcem.stats.ceiling import Joint, Range, ceiling_range, decoupled, shown_looks
from vcem.stats.intervals import Weights

LesionKey = tuple[int, str, str]
Key = TypeVar("Key", tuple[int, str, str], tuple[int, str])


@dataclass(frozen=True)
class Curve:
    """Free-response curve of one method, summed over folds."""

    thresholds: Float[np.ndarray, " t"]
    found: Float[np.ndarray, " t"]
    false_places: Float[np.ndarray, " t"]
    lesions: float
    images: float


@dataclass(frozen=True)
class Truth:
    """Lesions and images of the test pairs; NaN where something has no value. Iodine in mg/cm2.

    `enhancing` is 1, 0, or NaN for a lesion that is faint or cannot be measured. `patients` and `image_patients` number
    the patients as the columns of `weights` do.
    """

    methods: tuple[str, ...]
    names: tuple[LesionKey, ...]
    looks: tuple[str, ...]
    densities: tuple[str, ...]
    patients: Int[np.ndarray, " l"]
    enhancing: Float[np.ndarray, " l"]
    iodine: Float[np.ndarray, " l"]
    predicted: Float[np.ndarray, "m l"]
    before: Float[np.ndarray, "m l"]
    missed: Float[np.ndarray, "m l"]
    hallucinated: Float[np.ndarray, "m l"]
    images: tuple[tuple[int, str], ...]
    image_patients: Int[np.ndarray, " n"]
    false_places: Float[np.ndarray, "m n"]
    curves: dict[str, Curve]
    weights: Weights
    table: tuple[Joint, ...]

    @cached_property
    def ceiling(self) -> Range | None:
        """The Bayes ceiling under the cohort's priors, and its range; None where the priors are not known."""
        return ceiling_range(self.table) if self.table else None

    @cached_property
    def decoupled(self) -> bool:
        """Whether uptake was drawn without regard to look: the cohort is a shuffle control."""
        return bool(self.table) and decoupled(self.table)

    @cached_property
    def judged(self) -> Bool[np.ndarray, " l"]:
        """Lesions that enhance or do not, and are neither faint nor too small."""
        return ~np.isnan(self.enhancing)

    @cached_property
    def oracle_shows(self) -> Bool[np.ndarray, " l"]:
        """Which of these very lesions an oracle of the look would show."""
        shown = shown_looks(self.table)
        known = ((look, d) for look, d in zip(self.looks, self.densities, strict=True))
        return np.array([shown.get(key, False) for key in known], dtype=bool)


def read_table(joint: Sequence[dict[str, Any]]) -> tuple[Joint, ...]:
    """Return the joint table of kinds, looks and uptake out of what a prepared folder keeps of its simulation.

    Raises:
        UsageError: if there is none or it is not whole.
    """
    try:
        return tuple(
            Joint(r["kind"], r["look"], r["density"] or "", float(r["probability"]), float(r["p_enhance"]))
            for r in joint
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(
            f"The joint table of the cohort is not whole: {error!r}.", "rows of kind, look, density"
        ) from error


def collect_truth(
    runs: Sequence[Run], patient_names: Sequence[str], weights: Weights, table: tuple[Joint, ...]
) -> Truth | None:
    """Join the truth tables of all runs; None where no run has any.

    Raises:
        UsageError: if some runs have truth tables and others have none.
    """
    with_truth = [r for r in runs if r.truth]
    if not with_truth:
        return None
    if len(with_truth) < len(runs):
        bare = next(r for r in runs if not r.truth)
        raise UsageError(
            f"{bare.folder} was scored without truth, others with it.", "all alike", "run vcem score on it"
        )
    tables = [(run, run.truth) for run in runs if run.truth]
    lesion_rows = _named([(run, table.lesions) for run, table in tables])
    image_rows = _named([(run, table.images) for run, table in tables])
    curve_rows = _named([(run, table.curve) for run, table in tables])
    methods = _ordered({label for label, _ in image_rows})
    number = {name: k for k, name in enumerate(patient_names)}
    facts = {lesion_of(row): row for _, row in lesion_rows}
    names = tuple(sorted(facts))
    images = {_image(row): row for _, row in image_rows}
    places = tuple(sorted(images))
    block = _cube(lesion_rows, methods, names, lesion_of, ("iodine_pred", "iodine_before", "missed", "hallucinated"))
    false = _cube(image_rows, methods, places, _image, ("false_places",))
    return Truth(
        methods,
        names,
        looks=tuple(facts[n]["look"] for n in names),
        densities=tuple(facts[n]["density"] for n in names),
        patients=np.array([number[facts[n]["patient"]] for n in names], dtype=int),
        enhancing=np.array([_cell(facts[n]["enhancing"]) for n in names], dtype=float),
        iodine=np.array([_cell(facts[n]["iodine_truth"]) for n in names], dtype=float),
        predicted=block[0],
        before=block[1],
        missed=block[2],
        hallucinated=block[3],
        images=places,
        image_patients=np.array([number[images[p]["patient"]] for p in places], dtype=int),
        false_places=false[0],
        curves={m: _curve([row for label, row in curve_rows if label == m]) for m in methods},
        weights=weights,
        table=table,
    )


def _named(tables: Sequence[tuple[Run, tuple[Row, ...]]]) -> list[tuple[str, Row]]:
    """Return a table's rows with their labels; references, repeated in every recipe's file, are taken once a fold."""
    names, found = labels([run for run, _ in tables]), []
    first: dict[tuple[str, str], Path] = {}
    for run, rows in tables:
        for row in rows:
            method = row["method"]
            if not is_reference(method):
                found.append((names[run.recipe, run.method], row))
            elif first.setdefault((method, row["fold"]), run.folder) == run.folder:
                found.append((method, row))
    return found


def _ordered(names: Iterable[str]) -> tuple[str, ...]:
    def rank(name: str) -> tuple[bool, bool, int, str]:
        return is_reference(name), name == ACQUIRED, *place_of(name)

    return tuple(sorted(names, key=rank))


def _image(row: Row) -> tuple[int, str]:
    return int(row["fold"]), row["pair"]


def _cube(
    rows: Sequence[tuple[str, Row]], methods: Sequence[str], places: Sequence[Key], key: Callable[[Row], Key],
    columns: Sequence[str],
) -> Float[np.ndarray, "k m n"]:  # fmt: skip
    """Return columns x methods x places."""
    at = {place: k for k, place in enumerate(places)}
    cube = np.full((len(columns), len(methods), len(places)), np.nan)
    for label, row in rows:
        cube[:, methods.index(label), at[key(row)]] = [_cell(row[c]) for c in columns]
    return cube


def _curve(rows: Sequence[Row]) -> Curve:
    thresholds = sorted({float(r["threshold"]) for r in rows})
    sums = {c: [sum(float(r[c]) for r in rows if float(r["threshold"]) == t) for t in thresholds]
            for c in ("found", "false_places", "lesions", "images")}  # fmt: skip
    found, false = np.array(sums["found"]), np.array(sums["false_places"])
    return Curve(np.array(thresholds), found, false, sums["lesions"][0], sums["images"][0])


def _cell(text: str) -> float:
    """Return a number, 1 or 0 for True or False, NaN for an empty cell."""
    named = {"True": 1.0, "False": 0.0, "": float("nan")}
    return named[text] if text in named else float(text)
