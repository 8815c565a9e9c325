"""`vcem report`: one page of tables and pictures out of scored runs."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tyro.conf import Positional

from vcem.cli.words import parse, say
from vcem.core.errors import UsageError
from vcem.core.files import MANIFEST, refuse_mixture
from vcem.core.recipe import digest
from vcem.folders.folds import read_folds
from vcem.folders.predictions import belongs_to, read_predictions
from vcem.folders.prepared import Store, open_store
from vcem.report.build import KIND, build_page, write_report
from vcem.report.cases import SHOWN_REFERENCE, Case, case_folder, choose
from vcem.report.runs import Run
from vcem.report.study import Study, read_study, with_control
from vcem.report.tables import count
from vcem.report.truth_cases import choose_truth, truth_folder
from vcem.score.pictures import write_case
from vcem.score.references import reference_predictions
from vcem.score.truth_pictures import write_truth_case


@dataclass(frozen=True)
class Report:
    """Make one self-contained HTML page, CSV tables and Markdown tables of scored runs."""

    runs: Positional[tuple[Path, ...]]
    """Folders that vcem crossval filled; of all recipes, of one, or of one fold."""
    out: Path
    """Folder to write index.html, tables.md, the CSV files and pictures to."""
    data: Path | None = None
    """Prepared folder, for pictures and leak report; if not given, the one beside the runs that has their check sum."""
    control: tuple[Path, ...] = ()
    """Folders of runs on a simulated cohort whose uptake is decoupled from looks: the shuffle control."""
    title: str = "Virtual DES images, measured"
    """Heading of the page."""
    date: str = ""
    """Printed under the heading as given; no clock is read."""
    machine: bool = False
    """Also describe this machine: processor, cores, Python and PyTorch."""
    seed: int = 0
    """Of the bootstrap and the randomisation tests."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Report, words, "report")
    if not args.runs:
        raise UsageError("report needs a folder of runs.", "vcem report RUNS... --out DIR")
    refuse_mixture(args.out, KIND)
    study = read_study(args.runs, args.data, args.seed)
    if args.control:
        study = with_control(study, read_study(args.control, None, args.seed))
    cases = choose(study)
    pictures = _pictures(study, cases, args.out / "pictures")
    page = build_page(study, cases, pictures, args.title, args.date)
    write_report(args.out, page, study, args.machine)
    for _, verdict in page.verdicts:
        say(verdict)
    for warning in page.warnings:
        say(f"beware: {warning}")
    say(f"{args.out / 'index.html'}: {count(len(study.runs), 'run')}, {study.stamp}")
    return 0


def _pictures(study: Study, cases: Sequence[Case], folder: Path) -> Path | None:
    """Write the pictures of all cases; None where the prepared images were not found."""
    if study.prepared is None or not (study.prepared.folder / "y.npy").is_file():
        return None
    (folder.parent / MANIFEST).unlink(missing_ok=True)  # an older report is no finished one from here on
    shutil.rmtree(folder, ignore_errors=True)
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
    own = ((label, run_) for label, runs in study.recipes.items() for run_ in runs if run_.fold == fold)
    return {label: _predicted(run_, pair, store) for label, run_ in own if _has_predictions(run_)}


def _has_predictions(run_: Run) -> bool:
    return (run_.folder / "predictions" / MANIFEST).is_file()


def _predicted(run_: Run, pair: str, store: Store) -> np.ndarray:
    predictions = read_predictions(run_.folder / "predictions")
    belongs_to(predictions, store)
    return np.asarray(predictions.y_hat[predictions.pairs.index(pair)])


def _reference(study: Study, case: Case, store: Store) -> dict[str, np.ndarray]:
    """Return the mean DES of the case's fold, where the folds file is the one that the runs were trained with."""
    file, number = store.folder / "folds.json", case.item.fold
    folds = read_folds(file).folds if file.is_file() else ()
    known = {r.pairs_digest for r in study.runs if r.fold == number and r.pairs_digest}
    if number >= len(folds) or not known <= {digest(folds[number])}:
        return {}
    made = reference_predictions(store, folds[number].train, [case.item.pair])
    return {SHOWN_REFERENCE: made[SHOWN_REFERENCE][0]}
