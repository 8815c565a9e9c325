"""From predictions to the tables of scores, lesions and marks: rows of the method and of the trivial references."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from vcem.core.arrays import Grey, Labels, Mask, MaskStack, Stack
from vcem.core.errors import FailureError, UsageError
from vcem.core.threads import one_thread
from vcem.folders import predictions as predicted
from vcem.folders import scores as tables
from vcem.folders.folds import Fold, Folds, refuse_shared
from vcem.folders.predictions import Predictions, belongs_to, read_predictions
from vcem.folders.prepared import Store
from vcem.folders.references import References, references_of
from vcem.metrics import froc
from vcem.metrics.lesion import Lesion, hallucinated, measure_lesions
from vcem.metrics.table import METRICS, columns
from vcem.metrics.texture import FEATURES, texture
from vcem.score.protocols import scores_of
from vcem.score.truth import score_truth, write_truth

Row = dict[str, Any]


@dataclass(frozen=True)
class Scores:
    """Rows of the tables."""

    images: list[Row]
    lesions: list[Row]
    marks: list[Row]
    textures: list[Row] = field(default_factory=list)

    def __add__(self, more: "Scores") -> "Scores":
        textures = self.textures + more.textures
        return Scores(self.images + more.images, self.lesions + more.lesions, self.marks + more.marks, textures)


def score_fold(run_dir: Path, store: Store, folds: Folds, device: str = "cpu") -> Scores:
    """Score the predictions of a run's fold, write the three tables into the run, and those of the truth.

    Raises:
        UsageError: if the predictions are of other data or other pairs than the fold's test pairs, or there is no such
            device.
        FailureError: if a score is not finite; the message names the pair.
    """
    predictions = read_predictions(predicted.of_run(run_dir), whole=True)
    fold = fold_of(predictions, folds)
    scores = score(predictions, store, fold, device=device)
    write_truth(score_truth(predictions, store, fold), run_dir)
    return write_scores(scores, run_dir)


def fold_of(predictions: Predictions, folds: Folds, number: int | None = None) -> Fold:
    """Return the fold that these predictions test, by its number or by theirs.

    Raises:
        UsageError: if there is no such fold, or a test pair of it has no prediction.
    """
    number = predictions.maker.fold if number is None else number
    if number is None or not 0 <= number < len(folds.folds):
        raise UsageError(
            f"There is no fold {number} for {predictions.folder}: the folds file has {len(folds.folds)}.",
            "a fold from 0 whose test pairs were predicted",
            "name it with --fold, or the folds file of the training with --folds-file",
        )
    fold = folds.folds[number]
    missing = sorted(set(fold.test) - set(predictions.pairs))
    if missing:
        raise UsageError(
            f"{predictions.folder} lacks {len(missing)} of {len(fold.test)} test pairs, the first is {missing[0]}.",
            f"predictions of every test pair of fold {number}",
            "predict them with vcem predict",
        )
    return fold


@one_thread()
def score(
    predictions: Predictions,
    store: Store,
    fold: Fold,
    variant: str | None = None,
    references: References | None = None,
    device: str = "cpu",
) -> Scores:
    """Score a fold's test pairs, method first, then the trivial references made from its training pairs.

    Args:
        predictions: of at least the fold's test pairs.
        store: the data they were predicted from.
        fold: training pairs for the references, test pairs to score.
        variant: of the metrics, which the rows name: `strict`, `paper` or `paper-half`; as the data were prepared if
            not given.
        references: those of the training, where its pairs are not in the store.
        device: where metrics compute: auto, cpu or cuda.
    """
    belongs_to(predictions, store)
    refuse_shared(store.protocol, fold, store.patients)
    at = {pair: i for i, pair in enumerate(predictions.pairs)}
    own = np.asarray(predictions.y_hat[[at[pair] for pair in fold.test]])
    maker = predictions.maker
    scorer = _Scorer(store, fold.test, variant or store.protocol, device)
    scores = scorer.rows(maker.method, maker.recipe, maker.fold, own) + scorer.textures_of_truth(maker.fold)
    known = references or references_of(store, fold.train)
    for name, y_hat in known.predictions(store, fold.test).items():
        scores += scorer.rows(name, "", maker.fold, y_hat)
    return scores


def write_scores(scores: Scores, folder: Path) -> Scores:
    """Write the tables; `scores.csv` last, so that a folder with it is scored."""
    tables.write_scores(folder, scores.images, scores.lesions, scores.marks, columns(), scores.textures)
    return scores


def means(scores: Scores) -> list[str]:
    """Return one line per method: means over the images, sums of lesions, and lesions that could not be measured."""
    lines = []
    for method in dict.fromkeys(row["method"] for row in scores.images):
        rows = [row for row in scores.images if row["method"] == method]
        named = [c for name in METRICS for c in columns([name]) if c in rows[0]]
        counted = {c: sum(row[c] for row in rows) for c in ("enhancing", "missed", "hallucinated")}
        shown = [f"{c} {np.mean([row[c] for row in rows]):.4g}" for c in named] + [
            f"{c} {n}" for c, n in counted.items()
        ]
        lines.append(f"{method}: {', '.join(shown)}")
    unmeasured = {(row["pair"], row["lesion"]) for row in scores.lesions if row["contrast_truth"] is None}
    every = {(row["pair"], row["lesion"]) for row in scores.lesions}
    return [
        *lines,
        f"{len(unmeasured)} of {len(every)} lesions are too small or have too little breast around to measure",
    ]


@dataclass(frozen=True)
class _Scorer:
    """Truth and metrics, the same for every method."""

    store: Store
    pairs: Sequence[str]
    variant: str
    device: str

    def rows(self, method: str, recipe: str, fold: int | None, y_hat: Stack) -> Scores:
        name = {"method": method, "recipe": recipe, "fold": fold}
        at = self.store.rows(self.pairs)
        table = self._metrics(method, np.asarray(self.store.y[at]), y_hat, np.asarray(self.store.mask[at]))
        images, lesions, marks, textures = [], [], [], []
        for i, (row, image) in enumerate(zip(at, y_hat, strict=True)):
            facts = name | {"pair": self.pairs[i], "patient": self.store.pairs[row].patient}
            truth, mask, outlines = self.store.y[row], self.store.mask[row], self.store.lesion[row]
            found = measure_lesions(truth, image, mask, outlines)
            false = hallucinated(truth, image, mask, outlines)
            values = {column: float(of_all[i]) for column, of_all in table.items()}
            images.append(facts | self._pair_facts(row) | values | _summary(found, false))
            lesions += [facts | _lesion_row(lesion) for lesion in found]
            marks += [
                facts | row for row in _mark_rows(froc.marks(image, froc.grey_truth(truth, mask, outlines, found)))
            ]
            textures += [facts | cells for cells in _texture_rows(image, mask, outlines, found)]
        return Scores(images, lesions, marks, textures)

    def textures_of_truth(self, fold: int | None) -> Scores:
        """Return the textures of the true DES images, to which all others are compared."""
        rows = []
        for row in self.store.rows(self.pairs):
            y, mask, outlines = self.store.y[row], self.store.mask[row], self.store.lesion[row]
            name = {"method": tables.TRUE_DES, "recipe": "", "fold": fold}
            facts = name | {"pair": self.store.pairs[row].pair, "patient": self.store.pairs[row].patient}
            rows += [facts | c for c in _texture_rows(y, mask, outlines, measure_lesions(y, y, mask, outlines))]
        return Scores([], [], [], rows)

    def _metrics(self, method: str, y: Stack, y_hat: Stack, mask: MaskStack) -> dict[str, np.ndarray]:
        table = scores_of(y, y_hat, mask, self.variant, self.device)
        for column, values in table.items():
            self._refuse_not_finite(method, column, values)
        return table

    def _refuse_not_finite(self, method: str, column: str, values: np.ndarray) -> None:
        wrong = np.flatnonzero(~np.isfinite(values))
        if wrong.size:
            raise FailureError(
                f"{column} of {method} is {values[wrong[0]]} on pair {self.pairs[wrong[0]]}"
                f" ({wrong.size} pair(s) in all).",
                "a finite score of every test image; infinite PSNR means a prediction equal to its truth",
                "look at that pair's images and mask; a mean over the others would hide it",
            )

    def _pair_facts(self, row: int) -> Row:
        pair = self.store.pairs[row]
        cells = {c: getattr(pair, c) for c in ("side", "view", "density", "machine", "origin")}
        return cells | {"protocol": self.variant, "size": self.store.size.plain}


def _summary(lesions: Sequence[Lesion], false: int) -> Row:
    """Of the measurable lesions: how many, how many enhance, how many of those are missed, mean contrast error."""
    errors = [x.contrast_error for x in lesions if x.contrast_error is not None]
    return {
        "lesions": len(errors),
        "enhancing": sum(bool(x.enhancing) for x in lesions),
        "missed": sum(bool(x.missed) for x in lesions),
        "hallucinated": false,
        "contrast_error": float(np.mean(errors)) if errors else None,
    }


def _lesion_row(lesion: Lesion) -> Row:
    return asdict(lesion) | {"enhancing": lesion.enhancing, "missed": lesion.missed}


def _texture_rows(grey: Grey, mask: Mask, outlines: Labels, found: Sequence[Lesion]) -> list[Row]:
    """Of the breast, whose cell `lesion` is empty, and of every measurable lesion in it."""
    regions = [(None, mask), *((x.lesion, (outlines == x.lesion) & mask) for x in found if x.measurable)]
    made = [(n, texture(grey, region)) for n, region in regions]
    return [{"lesion": n} | dict(zip(FEATURES, own.tolist(), strict=True)) for n, own in made if np.isfinite(own).all()]


def _mark_rows(marks: Sequence[froc.Mark]) -> list[Row]:
    """Of the marks that count: rating, and the lesion that was found, empty for a false place."""
    counted = (mark for mark in marks if mark.what != froc.NEITHER)
    return [{"rating": mark.rating, "lesion": mark.what or None} for mark in counted]
