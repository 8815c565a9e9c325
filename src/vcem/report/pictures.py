"""The pictures of a report: for each chosen case LE, DES, every method's virtual DES and its errors."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vcem.core.recipe import digest
from vcem.folders.folds import file_of, read_folds
from vcem.folders.predictions import are_finished, belongs_to, of_run, read_predictions
from vcem.folders.prepared import Store, has_images, open_store
from vcem.folders.references import references_of
from vcem.report.cases import SHOWN_REFERENCE, Case, case_folder
from vcem.report.runs import Run
from vcem.report.study import Study
from vcem.report.truth_cases import choose_truth, truth_folder
from vcem.score.pictures import write_case
from vcem.score.truth_pictures import write_truth_case


def write_pictures(study: Study, cases: Sequence[Case], folder: Path) -> Path | None:
    """Write the pictures of all cases in place of older ones; None where the prepared images were not found.

    Raises:
        UsageError: if predictions are of other data.
        FailureError: if an array is damaged.
    """
    if study.prepared is None or not has_images(study.prepared.folder):
        return None
    store = open_store(study.prepared.folder)
    for name, case in {case_folder(c.item): c for c in cases}.items():
        images = _learned(study, case.item.pair, case.item.fold, store) | _reference(study, case, store)
        write_case(store, case.item.pair, images, folder / name)
    for shown in choose_truth(study) if store.has_truth else []:
        images = _learned(study, shown.pair, shown.fold, store)
        write_truth_case(store, shown.pair, images, folder / truth_folder(shown))
    return folder


def _learned(study: Study, pair: str, fold: int, store: Store) -> dict[str, np.ndarray]:
    """Return each trained method's image of a pair tested in a fold; a method without that fold has none."""
    own = ((label, run) for label, runs in study.recipes.items() for run in runs if run.fold == fold)
    return {label: _predicted(run, pair, store) for label, run in own if are_finished(of_run(run.folder))}


def _predicted(run: Run, pair: str, store: Store) -> np.ndarray:
    predictions = read_predictions(of_run(run.folder))
    belongs_to(predictions, store)
    return np.asarray(predictions.y_hat[predictions.pairs.index(pair)])


def _reference(study: Study, case: Case, store: Store) -> dict[str, np.ndarray]:
    """Return the mean DES of the case's fold, where the folds file is the one that the runs were trained with."""
    file, number = file_of(store.folder), case.item.fold
    folds = read_folds(file).folds if file.is_file() else ()
    known = {r.pairs_digest for r in study.runs if r.fold == number and r.pairs_digest}
    if number >= len(folds) or not known <= {digest(folds[number])}:
        return {}
    made = references_of(store, folds[number].train).predictions(store, [case.item.pair])
    return {SHOWN_REFERENCE: made[SHOWN_REFERENCE][0]}
