"""Scores that only a simulation allows: iodine missed and invented, by lesion, by image and over all thresholds."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from vcem.core.arrays import Stack
from vcem.core.files import Row as Cells
from vcem.folders import truth as tables
from vcem.folders.folds import Fold
from vcem.folders.predictions import Predictions, belongs_to
from vcem.folders.prepared import Store
from vcem.folders.references import References, references_of
from vcem.folders.truth import ACQUIRED, Facts, read_facts, read_known
from vcem.metrics import froc
from vcem.metrics.iodine import Uptake, measure
from vcem.prepare.chain import given_per_pixel

Row = dict[str, Any]


@dataclass(frozen=True)
class TruthScores:
    """Rows of the three tables."""

    lesions: list[Row]
    images: list[Row]
    curve: list[Row]


@dataclass(frozen=True)
class Images:
    """One method's predictions of the same pairs from LE after contrast and, where it has any, from LE before."""

    name: Row
    after: Stack
    before: Stack | None


def score_truth(
    predictions: Predictions, store: Store, fold: Fold, references: References | None = None
) -> TruthScores | None:
    """Score a fold's test pairs against the truth, beside references; None where the data have no truth.

    `references` are those of the training, where its pairs are not in the store.

    To the trivial references of `scores.csv` comes the true DES itself, taken as a prediction.
    """
    if not store.has_truth:
        return None
    belongs_to(predictions, store)
    scorer = _Scorer(store, fold.test, read_facts(store.folder), lesions_of(store))
    known = references or references_of(store, fold.train)
    scored = (scorer.rows(images) for images in _methods(predictions, store, fold, known))
    found = [(rows.lesions, rows.images, rows.curve) for rows in scored]
    lesions, images, curve = (list(chain.from_iterable(p)) for p in zip(*found, strict=True))
    return TruthScores(lesions, images, curve)


def write_truth(scores: TruthScores | None, folder: Path) -> None:
    """Write the tables; without truth, take away those of an older scoring."""
    tables.write_truth(folder, **({} if scores is None else vars(scores)))


def truth_lines(scores: TruthScores | None) -> list[str]:
    """Return one line per method for the terminal."""
    if scores is None:
        return []
    lines = []
    for method in dict.fromkeys(row["method"] for row in scores.images):
        rows = [row for row in scores.images if row["method"] == method]
        n = {c: sum(row[c] for row in rows) for c in ("enhancing", "missed", "not_enhancing", "hallucinated")}
        places = np.mean([row["false_places"] for row in rows])
        lines.append(
            f"{method}, against the truth: {n['missed']} of {n['enhancing']} enhancing lesions missed, "
            f"{n['hallucinated']} of {n['not_enhancing']} others hallucinated, {places:.2f} false places per image"
        )
    return lines


def _methods(predictions: Predictions, store: Store, fold: Fold, references: References) -> Iterator[Images]:
    maker, rows = predictions.maker, store.rows(fold.test)
    at = [{pair: i for i, pair in enumerate(predictions.pairs)}[pair] for pair in fold.test]
    before = predictions.y_hat_before
    name = {"method": maker.method, "recipe": maker.recipe, "fold": maker.fold}
    yield Images(name, predictions.y_hat[at], None if before is None else before[at])
    earlier = store if store.x_before is None else replace(store, x=store.x_before)
    after, without = (references.predictions(s, fold.test) for s in (store, earlier))
    for reference in after:
        yield Images(name | {"method": reference, "recipe": ""}, after[reference], without[reference])
    yield Images(name | {"method": ACQUIRED, "recipe": ""}, store.y[rows], None)


def lesions_of(store: Store) -> dict[str, list[Cells]]:
    """Return the lesions of each pair as the truth lists them."""
    found: dict[str, list[Cells]] = {}
    for row in read_known(store.folder):
        found.setdefault(row["pair"], []).append(row)
    return found


def mm_per_px(chain_json: str, spacing_mm: float) -> float:
    """Return the pixel size of the prepared grid in one image."""
    return spacing_mm * given_per_pixel(chain_json)


@dataclass(frozen=True)
class _Scorer:
    """Truth of the test pairs, the same for every method."""

    store: Store
    pairs: Sequence[str]
    facts: Facts
    lesions: dict[str, list[Cells]]

    def rows(self, images: Images) -> TruthScores:
        lesions, summed, marked = [], [], []
        for i, row in enumerate(self.store.rows(self.pairs)):
            pair = self.store.pairs[row]
            who = images.name | {"pair": pair.pair, "patient": pair.patient, "density": pair.density}
            after = self.facts.iodine(np.asarray(images.after[i]))
            before = None if images.before is None else self.facts.iodine(np.asarray(images.before[i]))
            known = self.lesions.get(pair.pair, [])
            found = [self._uptake(row, lesion, after, before) for lesion in known]
            marks = froc.marks(after, self._truth(row, found))
            lesions += [who | _lesion_row(u, lesion) for u, lesion in zip(found, known, strict=True)]
            summed.append(who | _image_row(found, sum(map(froc.invented, marks))))
            marked.append((marks, sum(u.enhancing is True for u in found)))
        return TruthScores(lesions, summed, [images.name | asdict(point) for point in froc.curve(marked)])

    def _uptake(self, row: int, lesion: Cells, after: np.ndarray, before: np.ndarray | None) -> Uptake:
        truth, mask, labels = self._maps(row)
        return measure(int(lesion["lesion"]), lesion["enhancing"] == "True", (truth, after, before), mask, labels)

    def _truth(self, row: int, found: Sequence[Uptake]) -> froc.Truth:
        truth, mask, labels = self._maps(row)
        lit = [u.lesion for u in found if u.enhancing]
        unclear = [u.lesion for u in found if u.unclear]
        size = mm_per_px(self.store.pairs[row].chain, self.facts.spacing_mm)
        return froc.Truth(truth, mask, labels, lit, unclear, froc.iodine_rule(size))

    def _maps(self, row: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        if self.store.iodine is None:
            raise ValueError("a store without truth")  # score_truth returned before
        return np.asarray(self.store.iodine[row]), np.asarray(self.store.mask[row]), np.asarray(self.store.lesion[row])


def _lesion_row(found: Uptake, lesion: Cells) -> Row:
    measured = {"iodine_truth": found.truth, "iodine_pred": found.predicted, "iodine_before": found.before}
    judged = {"iodine_error": found.error, "enhancing": found.enhancing, "missed": found.missed,
              "hallucinated": found.hallucinated}  # fmt: skip
    told = {c: lesion[c] for c in ("lesion", "kind", "look", "pattern", "malignant")}
    return told | {"took_up": found.took_up, "area_px": found.area_px} | measured | judged


def _image_row(found: Sequence[Uptake], false_places: int) -> Row:
    errors = [abs(u.error) for u in found if u.error is not None]
    return {
        "enhancing": sum(u.enhancing is True for u in found),
        "missed": sum(u.missed is True for u in found),
        "not_enhancing": sum(u.enhancing is False for u in found),
        "hallucinated": sum(u.hallucinated is True for u in found),
        "false_places": false_places,
        "iodine_error": float(np.mean(errors)) if errors else None,
    }
