"""The pictures of a report: for each chosen case LE, DES, every method's virtual DES and its errors."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from skimage.measure import find_contours

from vcem.core.files import write_text
from vcem.core.pictures import write_png
from vcem.core.recipe import digest
from vcem.folders.calibration import read_calibration
from vcem.folders.folds import file_of, read_folds
from vcem.folders.predictions import are_finished, belongs_to, of_run, read_predictions
from vcem.folders.prepared import Store, has_images, open_store
from vcem.folders.references import references_of
from vcem.report.cases import MIDDLE, SHOWN_REFERENCE, Case, case_folder, pictured
from vcem.report.collect import Item
from vcem.report.panels import OUTLINES, WIDTH
from vcem.report.runs import Run
from vcem.report.study import Study
from vcem.report.truth_cases import choose_truth, truth_folder
from vcem.score.pictures import FULL_ERROR, shown, write_case
from vcem.score.truth_pictures import DARK, LIT, write_truth_case

HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {columns} {rows}" width="{columns}" height="{rows}">'
    '<g fill="none" stroke-width="0.8">'
)
DOTTED = ' stroke-dasharray="1.5 1.5"'


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
        write_text(folder / name / OUTLINES, _outlines(study, store, case.item))
    for case in (c for c in cases if c.why == MIDDLE):
        for label, width in _widths(study, case.item, store).items():
            write_png(folder / case_folder(case.item) / f"{label}{WIDTH}.png", width / FULL_ERROR)
    for known in choose_truth(study) if store.has_truth else []:
        images = _learned(study, known.pair, known.fold, store)
        write_truth_case(store, known.pair, images, folder / truth_folder(known))
    return folder


def _outlines(study: Study, store: Store, item: Item) -> str:
    """Return the outlines of a pair's lesions as SVG in pixels: dotted where a lesion does not enhance in DES."""
    (row,) = store.rows([item.pair])
    labels = shown(store, row, store.lesion[row])
    lesions = study.lesions
    lit = {int(k) for (fold, pair, k), on in zip(lesions.names, lesions.enhancing, strict=True)
           if (fold, pair) == (item.fold, item.pair) and on}  # fmt: skip
    paths = [
        f'<path d="{_rim(labels == k)}" stroke="{LIT if k in lit else DARK}"{"" if k in lit else DOTTED}/>'
        for k in np.unique(labels[labels > 0]).tolist()
    ]
    rows, columns = labels.shape
    return f"{HEAD.format(columns=columns, rows=rows)}\n{''.join(paths)}\n</g></svg>\n"


def _rim(inside: np.ndarray) -> str:
    """Return the rim of a lesion as the data of an SVG path, in pixels from the picture's corner."""
    rims = find_contours(np.pad(inside.astype(float), 1), 0.5)
    points = [" ".join(f"{x - 0.5:.1f},{y - 0.5:.1f}" for y, x in rim) for rim in rims]
    return "".join(f"M{one}Z" for one in points)


def _learned(study: Study, pair: str, fold: int, store: Store) -> dict[str, np.ndarray]:
    """Return each shown method's image of a pair tested in a fold; a method without that fold has none."""
    own = ((label, run) for label in pictured(study) for run in study.recipes[label] if run.fold == fold)
    return {label: _predicted(run, pair, store) for label, run in own if are_finished(of_run(run.folder))}


def _widths(study: Study, item: Item, store: Store) -> dict[str, np.ndarray]:
    """Return half-widths of calibrated intervals, of shown methods that one network draws: no ensemble's."""
    (row,) = store.rows([item.pair])
    x, mask, made = np.array(store.x[row]), np.asarray(store.mask[row]), {}
    for folder in study.uncertainty:
        known = read_calibration(folder).facts["runs"].get(str(item.fold), ())
        for label in pictured(study) if len(known) == 1 else ():
            own = (r for r in study.recipes[label] if (r.fold, r.recipe) == (item.fold, known[0].split()[0]))
            for run in own:
                from vcem.apply.widths import load_widths  # torch, only where an interval is drawn

                made[label] = shown(store, row, load_widths(folder, run.folder).predict(x, mask))
    return made


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
