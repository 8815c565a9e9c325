"""External validation: runs on data that no fold of theirs saw, beside references that come from their training.

OUT/RECIPE/fold-00 and so on hold each fold's predictions and scores, OUT/mean/RECIPE/fold-00 those of the mean of
several folds' images.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path

import numpy as np

from vcem.core.errors import UsageError
from vcem.core.files import BUILDING, refuse_mixture, sha256_text, write_manifest
from vcem.core.foreign import told
from vcem.core.lock import locked
from vcem.core.watch import Watch, unwatched
from vcem.engine import How, each, elsewhere, refuse_failed
from vcem.folders.bundled import found
from vcem.folders.folds import Fold
from vcem.folders.model import is_model
from vcem.folders.predictions import Maker, Predictions, of_run, write_predictions
from vcem.folders.prepared import Store, open_store
from vcem.folders.references import References, mean_of, read_references
from vcem.folders.run import LEARNED_FROM, fold_folders, folder_of, is_run, refuse_unfinished
from vcem.score.predict import predict_run
from vcem.score.score import score, write_scores
from vcem.score.truth import score_truth, write_truth
from vcem.train.device import device_of
from vcem.train.rundir import Run, read_trained

KIND = "validation"
MEAN = "mean"
GREY_APART = 0.08
"""20 of 255 grey levels between mean DES greys inside the breast: the scales of two data sets then differ."""
MIX_APART = 0.25
"""Share of images that would have to change their density for two data sets to have the same mixture."""


@dataclass(frozen=True)
class Setting:
    """What to validate on, where to write, whether shared patients are allowed, how many runs at a time, and where."""

    data: Path
    out: Path
    shared_patients: bool = False
    jobs: int = 1
    device: str = "cpu"


def runs_of(folders: Sequence[Path]) -> list[Run]:
    """Return the finished runs in these folders, each a fold's, one above such, or a model, by recipe and fold.

    Raises:
        UsageError: if a folder holds none, or a run is not finished.
    """
    opened = []
    for folder in map(found, folders):
        own = [folder] if is_run(folder) or is_model(folder) else [f for f in sorted(fold_folders(folder)) if is_run(f)]
        if not own:
            raise UsageError(f"{folder} holds no run.", "a fold's folder, a folder of them, or an exported model",
                             "run vcem crossval")  # fmt: skip
        opened += [refuse_unfinished(read_trained(f)) for f in own]
    return sorted(opened, key=lambda r: (r.recipe.name, r.fold))


def validate(runs: Sequence[Run], setting: Setting, watch: Watch = unwatched) -> list[str]:
    """Predict and score every pair of other data with each run and with the mean of each recipe's folds.

    Returns:
        one line per warning: how the data differ from those that the runs learned from.

    Raises:
        UsageError: if the data share patients with a training, unless that is allowed, or do not fit a run.
    """
    refuse_mixture(setting.out, KIND)
    if not elsewhere():
        device_of(setting.device)
    store = open_store(setting.data, whole=True)
    for run in runs:
        _refuse_shared(run, store, setting)
    warnings = list(_differences(runs, store))
    with told(setting.out):
        (setting.out / BUILDING).mkdir(parents=True, exist_ok=True)  # begun: the same command may go on
    how = How(setting.jobs, gpu=setting.device.startswith("cuda"))
    units = each(partial(_one, setting), [run.folder for run in runs], how)
    done = dict(zip([run.folder for run in runs], refuse_failed(watch(units, len(runs)), "runs"), strict=True))
    for _, group in groupby(runs, key=lambda run: run.recipe.name):
        several = list(group)
        if len(several) > 1:
            _mean(several, [done[run.folder] for run in several], store, setting.out)
    facts = {"data": store.digest, "origin": store.origin, "protocol": store.protocol, "warnings": warnings}
    write_manifest(setting.out, KIND, facts | {"runs": [f"{r.recipe.name} {r.fold} {r.weights}" for r in runs]})
    (setting.out / BUILDING).rmdir()
    return warnings


def _one(setting: Setting, folder: Path) -> Predictions:
    run, store = read_trained(folder), open_store(setting.data)
    out = folder_of(setting.out, run.recipe.name, run.fold)
    with locked(out, "validating"):
        predictions = predict_run(run, store, _every(store).test, of_run(out), setting.device)
        _score(predictions, store, read_references(folder, run.facts), out, setting.device)
    return predictions


def _mean(runs: Sequence[Run], several: Sequence[Predictions], store: Store, out: Path) -> None:
    """Score the mean of several folds' images; its name is the recipe's, its weights are the check sum of theirs."""
    recipe = runs[0].recipe
    folder = folder_of(out / MEAN, recipe.name, 0)
    weights = sha256_text(" ".join(run.weights for run in runs))
    y_hat = np.mean([p.y_hat for p in several], axis=0)
    earlier = [p.y_hat_before for p in several if p.y_hat_before is not None]
    before = np.mean(earlier, axis=0) if earlier else None
    maker = Maker(recipe.method.kind, recipe.name, 0, weights)
    mean = write_predictions(of_run(folder), maker, store, several[0].pairs, y_hat, before)
    _score(mean, store, mean_of([read_references(run.folder, run.facts) for run in runs]), folder, "cpu")


def _score(predictions: Predictions, store: Store, references: References, out: Path, device: str) -> None:
    fold = _every(store)
    write_truth(score_truth(predictions, store, fold, references), out)
    write_scores(score(predictions, store, fold, None, references, device), out)


def _every(store: Store) -> Fold:
    return Fold((), (), tuple(pair.pair for pair in store.pairs))


def _refuse_shared(run: Run, store: Store, setting: Setting) -> None:
    if not run.facts.get(LEARNED_FROM):
        raise UsageError(f"{run.folder} does not say what it learned from.", "a run of this version", "train it again")
    shared = sorted(set(run.facts[LEARNED_FROM].get("patients", ())) & set(store.patients.values()))
    if shared and not setting.shared_patients:
        few = ", ".join(shared[:5]) + (" ..." if len(shared) > 5 else "")
        raise UsageError(
            f"{len(shared)} of {len(set(store.patients.values()))} patients of {store.folder} have the id of one that "
            f"{run.folder} learned from: {few}.",
            "patients that no run saw: scores of others are no external validation",
            "leave them out, or say --shared-patients if equal ids are other women",
        )


def _differences(runs: Sequence[Run], store: Store) -> Iterator[str]:
    """Say how data differ from what the runs learned from: women who cannot be known, scale, machine, densities."""
    learned = [run.facts[LEARNED_FROM] for run in runs]
    if silent := {run.recipe.name for run, own in zip(runs, learned, strict=True) if "patients" not in own}:
        yield f"{', '.join(sorted(silent))} names no women, as exported: make sure that it learned from none of these"
    level, levels = _level(store), [read_references(run.folder, run.facts).level for run in runs]
    if max(abs(level - own) for own in levels) > GREY_APART:
        yield (
            f"the mean DES grey inside the breast is {level:.2f} here and was {_span(levels, '.2f')} in the training: "
            "the grey scales differ, so errors of grey are those of the scale"
        )
    new = {p.machine for p in store.pairs} - set.intersection(*(set(own["machine"]) for own in learned))
    if any(new):
        yield f"images of machine(s) that the training never saw: {', '.join(sorted(filter(None, new)))}"
    apart = [_apart(Counter(p.density for p in store.pairs), own["density"]) for own in learned]
    if max(apart) > MIX_APART:
        yield f"{_span(apart, '.0%')} of the images would need another density to be mixed as in the training"


def _span(values: Sequence[float], form: str) -> str:
    """Print least and greatest, or one where they print alike."""
    return " to ".join(dict.fromkeys(format(value, form) for value in (min(values), max(values))))


def _level(store: Store) -> float:
    total = sum(float(y[m].sum(dtype=np.float64)) for y, m in zip(store.y, store.mask, strict=True))
    return total / max(int(store.mask.sum()), 1)


def _apart(one: dict[str, int], other: dict[str, int]) -> float:
    """Return the total variation distance of two mixtures."""
    n, m = sum(one.values()), sum(other.values())
    names: Iterable[str] = set(one) | set(other)
    return sum(abs(one.get(name, 0) / n - other.get(name, 0) / m) for name in names) / 2 if n and m else 0.0
