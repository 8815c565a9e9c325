"""Cross-validation: every fold of every recipe trained, predicted and scored, several side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import torch

from vcem.core.errors import UsageError
from vcem.core.files import MANIFEST, sha256
from vcem.core.threads import cores
from vcem.engine import Failed, How, each
from vcem.folders.bundled import found
from vcem.folders.folds import file_of, read_folds
from vcem.folders.predictions import of_run
from vcem.folders.prepared import open_store
from vcem.folders.run import is_run, name_of
from vcem.folders.scores import is_scored
from vcem.score.predict import predict_fold
from vcem.score.score import score_fold
from vcem.train.device import device_of
from vcem.train.fold import Options, beside_of, fold_of, train_fold
from vcem.train.recipe import TrainRecipe


@dataclass(frozen=True)
class Setting:
    """Where and how folds are trained.

    `folds_file` is the data folder's if not given. `options.init_from` is a run, or the folder of a recipe's runs of
    which fold k starts from fold k. `jobs` folds at a time, each in a process of its own where there are several; the
    cores are shared out evenly where `options` name no threads.
    """

    data: Path
    out: Path
    folds_file: Path | None = None
    options: Options = field(default_factory=Options)
    jobs: int = 1


@dataclass(frozen=True)
class Task:
    """One recipe on one fold."""

    recipe: TrainRecipe
    fold: int

    def __str__(self) -> str:
        return f"{self.recipe.name} fold {self.fold}"


def cross_validate(recipes: Sequence[TrainRecipe], setting: Setting) -> Iterator[str | Failed]:
    """Do all folds of all recipes, and tell each as it is done; what is done is skipped, what was stopped goes on.

    Every recipe is checked against the data before anything is trained. A fold that fails leaves the others to finish.

    Raises:
        UsageError: if recipes, data and folds do not belong together.
    """
    tasks = tasks_of(recipes, setting)
    threads = setting.options.threads or max(cores() // setting.jobs, 1)
    options = replace(setting.options, threads=threads, plain=setting.jobs > 1)
    how = How(setting.jobs, threads, in_order=False)
    return each(partial(do_fold, replace(setting, options=options)), tasks, how)


def tasks_of(recipes: Sequence[TrainRecipe], setting: Setting) -> list[Task]:
    """Return the tasks, fold by fold.

    Raises:
        UsageError: if recipes, data and folds do not belong together.
    """
    if not recipes or setting.jobs < 1:
        raise UsageError(
            "crossval needs a recipe, and one job or more.", "vcem crossval RECIPE... --data DIR --out DIR"
        )
    device_of(setting.options.device)
    store, folds = open_store(setting.data, whole=True), read_folds(file_of(setting.data, setting.folds_file))
    names = [recipe.name for recipe in recipes]
    if len(set(names)) < len(names):
        raise UsageError(f"Two recipes have one name: {', '.join(names)}.", "a name each", "change one recipe's name")
    for recipe in recipes:
        with torch.device("meta"):
            recipe.build()
        for index in range(len(folds.folds)):
            beside_of(recipe, store, fold_of(recipe, store, folds, index), setting.options.beside)
    return [Task(recipe, index) for index in range(len(folds.folds)) for recipe in recipes]


def do_fold(setting: Setting, task: Task) -> str:
    """Train, predict and score one fold, and tell what was done."""
    store, folds = open_store(setting.data), read_folds(file_of(setting.data, setting.folds_file))
    options = replace(setting.options, init_from=_start(setting.options.init_from, task.fold))
    folder = train_fold(task.recipe, store, folds, task.fold, setting.out, options).folder
    manifest = of_run(folder) / MANIFEST
    before = sha256(manifest) if manifest.is_file() else ""
    predict_fold(folder, store, folds, options.device)
    if is_scored(folder) and sha256(manifest) == before:
        return f"{folder}: done before"
    with device_of(options.device):
        score_fold(folder, store, folds)
    return f"{folder}: trained, predicted and scored"


def _start(init_from: Path | None, fold: int) -> Path | None:
    return init_from if init_from is None or is_run(found(init_from)) else init_from / name_of(fold)
