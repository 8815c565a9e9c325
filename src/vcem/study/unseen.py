"""No network may have seen the cases that readers judge: pictures of what it was trained on flatter it."""

from collections.abc import Sequence
from pathlib import Path

from vcem.core.errors import UsageError
from vcem.core.recipe import digest
from vcem.folders.folds import Fold, file_of, read_folds
from vcem.folders.predictions import Predictions
from vcem.folders.run import is_run, open_run
from vcem.study.design import Design
from vcem.study.sources import Sources


def check_unseen(design: Design, sources: Sources) -> int:
    """Refuse predictions of pairs that their network was trained or chosen on.

    Returns:
        How many of the cases' images are of patients of whom a network has seen another image, as happens where folds
        were drawn by image, in the paper's protocol.

    Raises:
        UsageError: naming the folder and the first pair seen; or if the fold of a folder cannot be checked.
    """
    used = {own.folder: own for model in design.reading.sources for own, _ in sources.places.get(model, {}).values()}
    patients = {pair.pair: pair.patient for pair in sources.store.pairs}
    known: set[str] = set()
    for own in used.values():
        if own.maker.fold is None:
            _refuse_unknown(design, own)
            continue
        fold = _fold(file_of(sources.store.folder), own)
        seen = {*fold.train, *fold.val}
        _refuse_seen(own, seen)
        women = {patients[pair] for pair in seen if pair in patients}
        known |= {pair for pair in own.pairs if patients[pair] in women}
    return len(known)


def _refuse_unknown(design: Design, own: Predictions) -> None:
    if not design.cases.unseen_because.strip():
        raise UsageError(
            f"{own.folder} does not say of which fold its network is: it may have seen these cases.",
            "predictions of a fold's test pairs",
            "or say in cases.unseen_because why it has not seen them",
        )


def _fold(path: Path, own: Predictions) -> Fold:
    if not path.is_file():
        raise UsageError(
            f"There is no {path}: nothing says which cases the network of {own.folder} has seen.",
            "the folds of its training",
            "vcem split",
        )
    folds, number = read_folds(path).folds, own.maker.fold or 0
    run = own.folder.parent
    trained = open_run(run).pairs_digest if is_run(run) else ""
    if number >= len(folds) or trained not in ("", digest(folds[number])):
        raise UsageError(
            f"{own.folder} was made by fold {number} of other folds than those of {path}.",
            "the folds of the training",
        )
    return folds[number]


def _refuse_seen(own: Predictions, seen: set[str]) -> None:
    wrong: Sequence[str] = [pair for pair in own.pairs if pair in seen]
    if wrong:
        raise UsageError(
            f"{own.folder} holds {len(wrong)} pairs that its network was trained or chosen on, first {wrong[0]}.",
            f"test pairs of fold {own.maker.fold} only",
            "predict with --part test, as vcem predict does by default",
        )
