"""What does the virtual image add? A detector of lesions trained on LE, on real DES and on virtual DES, fold by fold.

All by one recipe, from the same first weights, on the same pairs in the same order. The virtual DES that a detector is
trained on are not those of a network that knows them by heart: each was drawn by the network of the fold that tests it.
The detector of real DES judges virtual DES too.

One thread of influence remains, as in any stacking of cross-fitted models (Wolpert 1992): the networks that drew the
training images of fold k learned from other folds' training pairs, among them the test patients of fold k. No detector
is shown an image or an outline of those.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch

from vcem.core import recipe as recipes
from vcem.core.arrays import Stack
from vcem.core.errors import UsageError
from vcem.core.lock import locked
from vcem.core.recipe import FolderName, digest, strict
from vcem.core.seeds import seed_for
from vcem.core.threads import cores
from vcem.data.augment import Augment
from vcem.data.batches import Part, Plan, load_part
from vcem.engine import Failed, How, each
from vcem.folders import detection
from vcem.folders.detection import DES, LE
from vcem.folders.folds import Fold, Folds, file_of, read_folds
from vcem.folders.prepared import UNKNOWN, Store, open_store
from vcem.folders.run import folder_of
from vcem.methods.detector import SOUGHT, Detector, DetectorRecipe
from vcem.methods.method import Method
from vcem.score.detected import judged
from vcem.score.held_out import digest_of, held_out, refuse_leaks, runs_by_recipe
from vcem.score.sought import Find, Sought, sought_of
from vcem.train.device import device_of
from vcem.train.display import shown
from vcem.train.loop import Job, train
from vcem.train.recipe import Training
from vcem.train.rundir import Predict, Run, load_weights, predict_of

DEFAULT = Path("detect/small")


@strict
@dataclass(frozen=True)
class DetectRecipe:
    """A detector and how it is trained, whatever it looks at."""

    name: FolderName
    seed: int
    method: DetectorRecipe
    training: Training
    augment: Augment


@dataclass(frozen=True)
class Setting:
    """Whose virtual DES, on which data, which lesions to find, and how. `folds_file`: the data's if not given."""

    runs: tuple[Path, ...]
    data: Path
    out: Path
    find: Find = Find.OUTLINED
    recipe: Path = DEFAULT
    folds_file: Path | None = None
    jobs: int = 1
    threads: int | None = None
    device: str = "auto"


@dataclass(frozen=True)
class Task:
    """The detector of one kind of images on one fold."""

    images: str
    fold: int

    def __str__(self) -> str:
        return f"{self.images} fold {self.fold}"


@dataclass(frozen=True)
class Material:
    """What all detectors share: images, folds, what is to be found, and the runs that draw virtual DES."""

    recipe: DetectRecipe
    store: Store
    folds: Folds
    sought: Sought
    runs: dict[str, list[Run]]

    def images(self, kind: str) -> Stack:
        """Return the images of one kind, by rows of the store."""
        if kind in (LE, DES):
            return self.store.x if kind == LE else self.store.y
        return held_out(self.runs[kind], self.store, self.folds)


def detect(setting: Setting) -> Iterator[str | Failed]:
    """Train and judge all detectors, and tell of each as it is done; what is done is skipped.

    Raises:
        UsageError: if runs, data and folds do not belong together, a patient trains and tests, or there is nothing to
            be found.
    """
    if setting.jobs < 1:
        raise UsageError(f"{setting.jobs} jobs are not possible.", "--jobs 1 or more")
    device_of(setting.device)
    made = _material(setting, whole=True)
    Detector(made.recipe.method, made.store.size)
    for kind in made.runs:
        made.images(kind)
    threads = setting.threads or max(cores() // setting.jobs, 1)
    tasks = [Task(kind, k) for k in range(len(made.folds.folds)) for kind in (LE, DES, *made.runs)]
    return each(partial(do_task, replace(setting, threads=threads)), tasks, How(setting.jobs, threads, in_order=False))


def _material(setting: Setting, whole: bool = False) -> Material:
    recipe, store = recipes.load(setting.recipe, DetectRecipe), open_store(setting.data, whole)
    folds = read_folds(file_of(setting.data, setting.folds_file))
    refuse_leaks(store, folds)
    runs = runs_by_recipe(setting.runs) if setting.runs else {}
    if taken := {LE, DES} & set(runs):
        raise UsageError(f"A recipe is called {taken.pop()}.", "recipes of other names than le and des")
    return Material(recipe, store, folds, sought_of(store, setting.find), runs)


def do_task(setting: Setting, task: Task) -> str:
    """Train one detector, have it judge the test images of its fold, and tell what was done."""
    made = _material(setting)
    fold, folder = made.folds.folds[task.fold], folder_of(setting.out, task.images, task.fold)
    facts = _facts(setting, made, task, fold)
    others = {name: digest_of(runs) for name, runs in made.runs.items()} if task.images == DES else {}
    if detection.is_judged(folder, facts | {"judges": others}):
        return f"{folder}: done before"
    with locked(folder, "training"):
        detection.begin(folder, facts)
        predict = _trained(setting, made, task, fold, folder)
        tables: dict[str, list[dict[str, Any]]] = {name: [] for name in detection.TABLES}
        for kind in (task.images, *others):
            who = {"detector": task.images, "images": kind, "fold": task.fold}
            for name, rows in judged(predict, made.images(kind), made.store, fold.test, made.sought, who).items():
                tables[name] += rows
        detection.write_found(folder, facts | {"judges": others}, tables)
    return f"{folder}: trained, {len(fold.test)} test images judged"


def _facts(setting: Setting, made: Material, task: Task, fold: Fold) -> dict[str, Any]:
    runs = made.runs.get(task.images)
    return {
        "detector": task.images,
        "find": str(setting.find),
        "recipe": made.recipe.name,
        "recipe_digest": digest(made.recipe),
        "fold": task.fold,
        "folds": len(made.folds.folds),
        "data": made.store.digest,
        "pairs": digest(fold),
        "virtual": digest_of(runs) if runs else None,
    }


def _trained(setting: Setting, made: Material, task: Task, fold: Fold, folder: Path) -> Predict:
    """Train, or go on from the checkpoint, and return the function from images and masks to maps."""
    recipe, device = made.recipe, device_of(setting.device)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed_for(recipe.seed, "init", task.fold))  # the same for every kind of images
        detector = cast(Method, Detector(recipe.method, made.store.size))
    torch.set_num_threads(setting.threads or 1)
    plan = Plan(recipe.seed, task.fold, recipe.training.batch, recipe.augment)
    own, val = (_part(made, task.images, pairs) for pairs in (fold.train, fold.val))
    if not any((own.extra[SOUGHT][row] == 1).any() for row in own.rows):
        raise UsageError(f"Fold {task.fold} has no {setting.find} lesion to learn from.", "one in its training pairs")
    with shown(f"detector of {task}", plain=setting.jobs > 1) as display:
        train(Job(folder, recipe.training, plan, own, val, device), detector, display)
    load_weights(folder / detection.WEIGHTS, detector.nets, f"remove {folder} and run {detection.MADE_BY} again")
    detector.nets.eval()
    return predict_of(detector, setting.device)


def _part(made: Material, kind: str, pairs: Sequence[str]) -> Part:
    """Return pairs of an image and what is to be found in it; what cannot be judged is not sought."""
    labels = made.sought.labels
    wanted = np.where(labels == UNKNOWN, 0, labels).astype(np.float32)
    return load_part(replace(made.store, x=made.images(kind), y=wanted, extra={SOUGHT: labels}), pairs, (SOUGHT,))
