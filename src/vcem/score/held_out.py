"""The virtual DES of every pair, each by the network of the fold that tests it, which never saw its patient."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vcem.core.arrays import Stack
from vcem.core.errors import UsageError
from vcem.core.files import MANIFEST, sha256, sha256_text
from vcem.folders.folds import Folds, refuse_shared
from vcem.folders.predictions import are_finished, belongs_to, of_run, read_predictions
from vcem.folders.prepared import Store
from vcem.folders.run import fold_folders, is_run, refuse_unfinished
from vcem.score.predict import part_of
from vcem.train.rundir import Run, read_run


def runs_by_recipe(roots: Sequence[Path]) -> dict[str, list[Run]]:
    """Return the finished runs in these folders, by recipe and fold.

    Raises:
        UsageError: if there is none, one is not finished, or a fold comes twice.
    """
    folders = sorted({f.resolve() for root in roots for f in fold_folders(root) if is_run(f)})
    if not folders:
        raise UsageError(f"No run in {', '.join(map(str, roots))}.", "folders that vcem crossval filled")
    found: dict[str, list[Run]] = {}
    for run in sorted((refuse_unfinished(read_run(f)) for f in folders), key=lambda r: r.fold):
        found.setdefault(run.recipe.name, []).append(run)
    for name, runs in found.items():
        folds = [run.fold for run in runs]
        if len(set(folds)) < len(folds):
            raise UsageError(f"{name} has several runs of one fold.", "one run of each fold")
    return found


def refuse_leaks(store: Store, folds: Folds) -> None:
    """Refuse folds of which a patient trains and is tested.

    Raises:
        UsageError: if the folds are not the strict protocol's, or two parts of one share a patient.
    """
    if folds.protocol != "strict":
        raise UsageError(
            f"The folds are by the {folds.protocol} protocol, which shares patients between training and test.",
            "folds by patient",
            "vcem split DATA --protocol strict",
        )
    for fold in folds.folds:
        refuse_shared(folds.protocol, fold, store.patients)


def held_out(runs: Sequence[Run], store: Store, folds: Folds) -> Stack:
    """Return the virtual DES of every pair that a fold trains, validates or tests with, by rows of the store.

    Raises:
        UsageError: if a pair has no prediction of the fold that tests it, predictions are of other data, or a network
            learned from a patient whom it tests.
    """
    y_hat = np.full(store.x.shape, np.nan, np.float32)
    for run in runs:
        tested = part_of(run, folds, "test")
        _refuse_seen(run, store, tested)
        if not are_finished(of_run(run.folder)):
            raise UsageError(f"{run.folder} has no predictions.", "those of its test pairs", "run vcem predict on it")
        made = read_predictions(of_run(run.folder), whole=True)
        belongs_to(made, store)
        at = {pair: i for i, pair in enumerate(made.pairs) if pair in set(tested)}
        y_hat[store.rows(list(at))] = made.y_hat[list(at.values())]
    _refuse_gaps(runs, store, folds, y_hat)
    return y_hat


def digest_of(runs: Sequence[Run]) -> str:
    """Return the check sum that names the virtual DES of these runs."""
    return sha256_text(" ".join(sha256(of_run(run.folder) / MANIFEST) for run in runs))


def _refuse_seen(run: Run, store: Store, tested: Sequence[str]) -> None:
    learned = run.facts.get("learned_from", {}).get("patients")
    if learned is None:
        raise UsageError(
            f"{run.folder} does not say which patients it learned from.", "a run of this version", "train it again"
        )
    if shared := sorted(set(learned) & {store.patients[pair] for pair in tested}):
        raise UsageError(
            f"{run.folder} learned from {len(shared)} patient(s) whom it tests, the first is {shared[0]}.",
            "virtual DES of patients whom the network never saw: of others it knows the answer by heart",
            "train with strict folds",
        )


def _refuse_gaps(runs: Sequence[Run], store: Store, folds: Folds, y_hat: Stack) -> None:
    asked = sorted({pair for f in folds.folds for pair in (*f.train, *f.val, *f.test)})
    gaps = [pair for pair, row in zip(asked, store.rows(asked), strict=True) if np.isnan(y_hat[row, 0, 0])]
    if gaps:
        done = ", ".join(str(run.fold) for run in runs)
        raise UsageError(
            f"{len(gaps)} of {len(asked)} pairs have no virtual DES by {runs[0].recipe.name} from a network that never "
            f"saw their patient, the first is {gaps[0]}: there are runs of fold {done}.",
            f"runs of all {len(folds.folds)} folds, which test every pair once",
            "vcem crossval RECIPE",
        )
