"""Several trainings: recipes, folds and seeds, each in its own run folder."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import torch

from vcem.core.errors import UsageError
from vcem.core.threads import cores
from vcem.engine import Failed, How, each, elsewhere
from vcem.folders.bundled import found
from vcem.folders.folds import file_of, read_folds
from vcem.folders.prepared import open_store
from vcem.folders.run import is_run, name_of
from vcem.train.device import device_of
from vcem.train.fold import Options, beside_of, fold_of, method_of, train_fold
from vcem.train.recipe import TrainRecipe
from vcem.train.rundir import Run


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


def seeded(recipes: Sequence[TrainRecipe], seeds: Sequence[int]) -> list[TrainRecipe]:
    """Return every recipe with every seed, in whose name the seed then stands; as they are without seeds."""
    drawn = [replace(r, name=f"{r.name}-seed-{seed}", seed=seed) for r in recipes for seed in seeds]
    return drawn or list(recipes)


def tasks_of(recipes: Sequence[TrainRecipe], setting: Setting, folds: Sequence[int] | None = None) -> list[Task]:
    """Return the tasks, fold by fold, of these folds or of all.

    Raises:
        UsageError: if recipes, data and folds do not belong together.
    """
    if not elsewhere():
        device_of(setting.options.device)
    store, file = open_store(setting.data, whole=True), read_folds(file_of(setting.data, setting.folds_file))
    names = [recipe.name for recipe in recipes]
    if len(set(names)) < len(names):
        raise UsageError(f"Two recipes have one name: {', '.join(names)}.", "a name each", "change one recipe's name")
    numbers = range(len(file.folds)) if folds is None else dict.fromkeys(folds)
    for recipe in recipes:
        with torch.device("meta"):
            recipe.build()
        for number in numbers:
            beside_of(recipe, store, fold_of(recipe, store, file, number), setting.options.beside)
    return [Task(recipe, number) for number in numbers for recipe in recipes]


def how_of(setting: Setting, tasks: Sequence[Task]) -> tuple[Setting, How]:
    """Return the setting with the threads of each task, which decide last bits, and how the tasks are shared out.

    Elsewhere a task has one thread where none are named: what this machine has says nothing of others.

    Raises:
        UsageError: if there is nothing to do, or less than one job.
    """
    if not tasks or setting.jobs < 1:
        raise UsageError("There is nothing to train.", "a recipe, a fold, and one job or more")
    threads = setting.options.threads or (1 if elsewhere() else max(cores() // setting.jobs, 1))
    options = replace(setting.options, threads=threads, plain=setting.jobs > 1 or elsewhere())
    gpu = options.device.startswith("cuda")
    return replace(setting, options=options), How(setting.jobs, threads, in_order=False, gpu=gpu)


def train_several(tasks: Sequence[Task], setting: Setting) -> Iterator[str | Failed]:
    """Train all tasks, and tell each as it is done; one that fails leaves the others to finish.

    Raises:
        UsageError: if there is nothing to do, or less than one job.
    """
    setting, how = how_of(setting, tasks)
    return each(partial(_one, setting), tasks, how)


def train_one(setting: Setting, task: Task) -> Run:
    """Train one task, or go on with it.

    Raises:
        UsageError: if recipe, data, folds and run folder do not belong together.
        FailureError: if a file of the run is damaged or training fails.
    """
    store, folds = open_store(setting.data), read_folds(file_of(setting.data, setting.folds_file))
    options = replace(setting.options, init_from=_start(setting.options.init_from, task.fold))
    return train_fold(task.recipe, store, folds, task.fold, setting.out, options)


def refuse_starts(setting: Setting, tasks: Sequence[Task]) -> None:
    """Refuse tasks whose networks cannot begin as they shall.

    Raises:
        UsageError: if a run that one starts from is not finished or of other networks.
    """
    for task in tasks:
        method_of(task.recipe, task.fold, _start(setting.options.init_from, task.fold))


def line_of(run: Run) -> str:
    """Tell of a finished run which epoch is best."""
    best, epochs, val = (run.facts[name] for name in ("best_epoch", "epochs", "best_val_l1"))
    return f"{run.folder}: epoch {best} of {epochs} is best, validation L1 {val:.5f}"


def _one(setting: Setting, task: Task) -> str:
    return line_of(train_one(setting, task))


def _start(init_from: Path | None, fold: int) -> Path | None:
    return init_from if init_from is None or is_run(found(init_from)) else init_from / name_of(fold)
