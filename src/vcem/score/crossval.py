"""Cross-validation: every fold of every recipe trained, predicted and scored, several side by side."""

from collections.abc import Iterator, Sequence
from functools import partial

from vcem.core.errors import UsageError
from vcem.core.files import MANIFEST, sha256
from vcem.core.lock import locked
from vcem.engine import Failed, each
from vcem.folders.folds import file_of, read_folds
from vcem.folders.predictions import of_run
from vcem.folders.prepared import open_store
from vcem.folders.scores import is_scored
from vcem.score.predict import predict_fold
from vcem.score.score import score_fold
from vcem.train.recipe import TrainRecipe
from vcem.train.several import Setting, Task, how_of, tasks_of, train_one


def cross_validate(recipes: Sequence[TrainRecipe], setting: Setting) -> Iterator[str | Failed]:
    """Do all folds of all recipes, and tell each as it is done; what is done is skipped, what was stopped goes on.

    Every recipe is checked against the data before anything is trained. A fold that fails leaves the others to finish.

    Raises:
        UsageError: if recipes, data and folds do not belong together.
    """
    if not recipes or setting.jobs < 1:
        raise UsageError(
            "crossval needs a recipe, and one job or more.", "vcem crossval RECIPE... --data DIR --out DIR"
        )
    tasks = tasks_of(recipes, setting)
    setting, how = how_of(setting, tasks)
    return each(partial(do_fold, setting), tasks, how)


def do_fold(setting: Setting, task: Task) -> str:
    """Train, predict and score one fold, and tell what was done."""
    folder = train_one(setting, task).folder
    store, folds = open_store(setting.data), read_folds(file_of(setting.data, setting.folds_file))
    manifest = of_run(folder) / MANIFEST
    device = setting.options.device
    with locked(folder, "scoring"):
        before = sha256(manifest) if manifest.is_file() else ""
        predict_fold(folder, store, folds, device)
        if is_scored(folder) and sha256(manifest) == before:
            return f"{folder}: done before"
        score_fold(folder, store, folds, device)
    return f"{folder}: trained, predicted and scored"
