"""The recipe of a training: everything that decides a run's numbers, data and fold apart."""

import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import inf
from pathlib import Path
from typing import Any

from vcem.core import recipe as recipes
from vcem.core.errors import UsageError
from vcem.core.recipe import strict
from vcem.core.terms import Protocol
from vcem.data.augment import Augment
from vcem.methods import MethodRecipe
from vcem.train.precision import Precision


@strict
@dataclass(frozen=True)
class Plateau:
    """Multiply the learning rate by `factor` once validation L1 has not fallen for more than `patience` epochs."""

    patience: int
    factor: float = 0.1


@strict
@dataclass(frozen=True)
class Training:
    """Length and pace. An epoch after `warm_up` may be the best; `patience` epochs without a better one end the run.

    `decay_from`: the first epoch from which the learning rate falls linearly towards 0 at the end. `keep_moments`: a
    fine-tuning goes on with Adam's moments of the run it starts from.
    """

    epochs: int
    batch: int
    patience: int
    warm_up: int = 0
    plateau: Plateau | None = None
    decay_from: int | None = None
    clip_norm: float | None = None
    keep_moments: bool = False
    precision: Precision = "auto"
    compile: bool = False


@strict
@dataclass(frozen=True)
class TrainRecipe:
    """One method, trained one way, on images of one protocol and size."""

    name: str
    protocol: Protocol
    size: int
    seed: int
    method: MethodRecipe
    training: Training
    augment: Augment


def load(path: Path, settings: Sequence[str] = ()) -> TrainRecipe:
    """Read a recipe; each setting, `training.batch=4`, replaces one field.

    Raises:
        UsageError: if the file, a field or a setting is wrong.
    """
    try:
        content = tomllib.loads(path.read_text())
    except (OSError, ValueError):
        return check(recipes.load(path, TrainRecipe))  # says what is wrong with the file
    for setting in settings:
        _replace(content, setting)
    return check(recipes.parse(content, TrainRecipe, str(path)))


def check(recipe: TrainRecipe) -> TrainRecipe:
    """Return the recipe if its numbers make sense.

    Raises:
        UsageError: otherwise; names every wrong field.
    """
    t, a, adam = recipe.training, recipe.augment, recipe.method.adam
    wrong = {
        "name: letters, digits, - and . only": not recipe.name.replace("-", "").replace(".", "").isalnum(),
        "size: 8 or more": recipe.size < 8,
        "training.epochs: 1 or more": t.epochs < 1,
        "training.batch: 1 or more": t.batch < 1,
        "training.patience: 1 or more": t.patience < 1,
        "training.warm_up: 0 or more": t.warm_up < 0,
        "training.decay_from: from 1 to training.epochs": t.decay_from is not None
        and not 1 <= t.decay_from <= t.epochs,
        "augment.probability: from 0 to 1": not 0 <= a.probability <= 1,
        "augment.shift: from 0 to 1": not 0 <= a.shift <= 1,
        "augment.zoom: from 0 to below 1": not 0 <= a.zoom < 1,
        "augment.rotation_deg: from 0 to 180": not 0 <= a.rotation_deg <= 180,
        "method.adam.lr: above 0": not 0 < adam.lr < inf,
        "method.adam.beta1, beta2: from 0 to below 1": not (0 <= adam.beta1 < 1 and 0 <= adam.beta2 < 1),
        "method.adam.weight_decay: 0 or more": not 0 <= adam.weight_decay < inf,
        "method.generator, method.discriminator: 1 or more each, blocks from 0": not _can_be_built(recipe.method),
        "training.clip_norm: above 0": t.clip_norm is not None and not t.clip_norm > 0,
        "training.plateau: patience 0 or more, factor between 0 and 1": t.plateau is not None
        and not (t.plateau.patience >= 0 and 0 < t.plateau.factor < 1),
    }
    found = [field for field, is_wrong in wrong.items() if is_wrong]
    if found:
        raise UsageError(f"Recipe {recipe.name!r} has {len(found)} impossible field(s).", "; ".join(found))
    return recipe


def _can_be_built(method: MethodRecipe) -> bool:
    nets = [part for name, part in asdict(method).items() if name in ("generator", "discriminator")]
    return all(n >= (0 if "blocks" in name else 1) for net in nets for name, n in net.items())


def _replace(content: dict[str, Any], setting: str) -> None:
    path, equals, text = setting.partition("=")
    *tables, field = path.strip().split(".")
    if not equals or not field:
        raise UsageError(f"--set {setting} is no setting.", "FIELD=VALUE, such as training.batch=4")
    for table in tables:
        content = content.setdefault(table, {})
        if not isinstance(content, dict):
            raise UsageError(f"--set {setting}: {table} is a value, not a table.", "a field of the recipe")
    try:
        content[field] = tomllib.loads(f"v = {text}")["v"]
    except tomllib.TOMLDecodeError:
        content[field] = text.strip()
