"""`vcem crossval`: every fold of every recipe, trained, predicted and scored."""

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from tyro.conf import Positional

from vcem.cli.words import parse, say
from vcem.core.errors import FailureError, UsageError, VcemError


@dataclass(frozen=True)
class Crossval:
    """Train, predict and score all folds of all recipes; what is done is skipped, what was stopped goes on."""

    recipes: Positional[tuple[Path, ...]]
    """TOML recipes."""
    data: Path
    """Folder made by vcem prepare."""
    out: Path
    """Folder of runs: OUT/RECIPE/fold-00 and so on."""
    folds_file: Path | None = None
    """Folds; the data folder's folds.json if not given."""
    init_from: Path | None = None
    """Run whose best networks every fold starts from, or OUT/RECIPE of a pre-training: fold K then from its fold K."""
    jobs: int = 1
    """Folds trained at a time, each in a process of its own."""
    threads: int | None = None
    """CPU threads of each job; the cores shared out evenly if not given."""
    device: str = "auto"
    """auto, cpu or cuda."""


@dataclass(frozen=True)
class Task:
    """One recipe on one fold."""

    recipe: Path
    fold: int
    args: Crossval


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Crossval, words, "crossval")
    if not args.recipes or args.jobs < 1:
        raise UsageError(
            "crossval needs a recipe, and one job or more.", "vcem crossval RECIPE... --data DIR --out DIR"
        )
    tasks = _tasks(args)
    failed = [_told(error) for error in _outcomes(tasks, args.jobs) if error]
    if failed:
        raise FailureError(
            f"{len(failed)} of {len(tasks)} folds failed; what they say stands above.",
            "",
            "mend that and run the same command again: the others are done and are skipped",
        )
    say(f"{args.out}: {len(tasks)} folds of {len(args.recipes)} recipe(s) are trained, predicted and scored")
    return 0


def _tasks(args: Crossval) -> list[Task]:
    """Return the tasks, fold by fold; every recipe is checked against the data before anything is trained."""
    import torch

    from vcem.folders.folds import read_folds
    from vcem.folders.prepared import open_store
    from vcem.methods import build
    from vcem.train.fold import fold_of
    from vcem.train.recipe import load

    store, folds = open_store(args.data), read_folds(args.folds_file or args.data / "folds.json")
    recipes = [load(path) for path in args.recipes]
    names = [recipe.name for recipe in recipes]
    if len(set(names)) < len(names):
        raise UsageError(f"Two recipes have one name: {', '.join(names)}.", "a name each", "change one recipe's name")
    for recipe in recipes:
        with torch.device("meta"):
            build(recipe.method, recipe.size)
        for index in range(len(folds.folds)):
            fold_of(recipe, store, folds, index)
    return [Task(path, index, args) for index in range(len(folds.folds)) for path in args.recipes]


def _outcomes(tasks: list[Task], jobs: int) -> Iterator[VcemError | None]:
    if jobs == 1:
        yield from map(_attempt, tasks)
        return
    with ProcessPoolExecutor(jobs, get_context("spawn"), _end_with, (os.getpid(),)) as pool:
        for future in as_completed([pool.submit(_attempt, task) for task in tasks]):
            yield future.result()


def _attempt(task: Task) -> VcemError | None:
    try:
        say(_do(task))
    except VcemError as error:
        return error
    return None


def _do(task: Task) -> str:
    from vcem.core.files import MANIFEST, sha256
    from vcem.folders.folds import read_folds
    from vcem.folders.prepared import open_store
    from vcem.score.predict import predict_fold
    from vcem.score.score import score_fold
    from vcem.train.fold import Options, train_fold
    from vcem.train.recipe import load

    args = task.args
    store, folds = open_store(args.data), read_folds(args.folds_file or args.data / "folds.json")
    threads = args.threads or max((os.cpu_count() or 1) // args.jobs, 1)
    options = Options(threads, args.device, _start(args.init_from, task.fold), plain=args.jobs > 1)
    folder = train_fold(load(task.recipe), store, folds, task.fold, args.out, options).folder
    manifest = folder / "predictions" / MANIFEST
    before = sha256(manifest) if manifest.is_file() else ""
    predict_fold(folder, store, folds)
    done = (folder / "scores.csv").is_file() and (folder / "lesions.csv").is_file()
    if done and sha256(manifest) == before:
        return f"{folder}: done before"
    score_fold(folder, store, folds)
    return f"{folder}: trained, predicted and scored"


def _start(init_from: Path | None, fold: int) -> Path | None:
    if init_from is None or (init_from / "run.json").is_file():
        return init_from
    return init_from / f"fold-{fold:02d}"


def _told(error: VcemError) -> VcemError:
    say(f"failed: {error}")
    return error


def _end_with(parent: int) -> None:
    """End this process when its parent is gone, so that a killed command leaves nobody training."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
