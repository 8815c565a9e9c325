"""The recipe of a training: everything that decides a run's numbers, data and fold apart."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from vcem.core import recipe as recipes
from vcem.core.errors import UsageError
from vcem.core.recipe import READ_APART, BelowOne, Count, FolderName, Natural, Positive, SizeField, strict
from vcem.core.terms import Protocol
from vcem.data.augment import Augment
from vcem.methods import METHODS, build
from vcem.methods.method import Method, MethodRecipe
from vcem.methods.mirrored import Mirrored
from vcem.train.precision import Precision


@strict
@dataclass(frozen=True)
class Plateau:
    """Multiply the learning rate by `factor` once validation L1 has not fallen for more than `patience` epochs."""

    patience: Natural
    factor: Positive = 0.1

    def __post_init__(self) -> None:
        if not self.factor < 1:
            raise ValueError(f"the factor lies between 0 and 1, not at {self.factor}")


@strict
@dataclass(frozen=True)
class Curve:
    """Change the learning rate at every step: up during the share `rise` of them, then down along a cosine to 0.

    It rises linearly ("cosine") or along a cosine ("one-cycle"; Smith and Topin 2018).
    """

    kind: Literal["cosine", "one-cycle"]
    rise: BelowOne = 0.1


@strict
@dataclass(frozen=True)
class Training:
    """Length and pace. An epoch after `warm_up` may be the best; `patience` epochs without a better one end the run.

    `decay_from`: the first epoch from which the learning rate falls linearly towards 0 at the end. `average`: how
    much of the moving average of the weights stays at each step; validation and prediction use the average.
    `beside`: the share of every batch that comes from other prepared data. `keep_moments`: a fine-tuning goes on with
    the optimisers' moments of the run it starts from.
    """

    epochs: Count
    batch: Count
    patience: Count
    warm_up: Natural = 0
    plateau: Plateau | None = None
    decay_from: Count | None = None
    curve: Curve | None = None
    average: BelowOne | None = None
    clip_norm: Positive | None = None
    beside: BelowOne | None = None
    keep_moments: bool = False
    precision: Precision = "auto"
    compile: bool = False

    def __post_init__(self) -> None:
        if self.decay_from is not None and self.decay_from > self.epochs:
            raise ValueError(f"decay_from lies from 1 to the last epoch, {self.epochs}, not at {self.decay_from}")
        if self.curve and (self.decay_from is not None or self.plateau):
            raise ValueError("curve sets the learning rate of every step: leave decay_from and plateau out")
        if self.beside is not None and not 1 <= self.from_beside < self.batch:
            raise ValueError(f"beside {self.beside} takes {self.from_beside} of {self.batch} pairs a batch, not some")

    @property
    def from_beside(self) -> int:
        """Pairs of each batch that come from other data."""
        return round(self.batch * (self.beside or 0))


@strict
@dataclass(frozen=True)
class TrainRecipe:
    """One method, trained one way, on images of one protocol and size.

    `mirrored`: its prediction is the mean over the image and its mirror image. `le`: train on LE before contrast, which
    only a simulation has.
    """

    name: FolderName
    protocol: Protocol
    size: SizeField
    seed: int
    method: Annotated[MethodRecipe, READ_APART]
    training: Training
    augment: Augment
    mirrored: bool | None = None
    le: Literal["before"] | None = None

    @property
    def before(self) -> bool:
        """Whether it trains on LE before contrast."""
        return self.le == "before"

    @property
    def asked(self) -> tuple[str, ...]:
        """Channels of the prepared data that training takes beside LE, DES and mask."""
        return (*self.method.channels, *(("x_before",) if self.before else ()))

    def build(self) -> Method:
        """Make the method; weights come from torch's global generator.

        Raises:
            UsageError: if its networks cannot take the size.
        """
        method = build(self.method, self.size)
        return Mirrored(method) if self.mirrored else method


def load(path: Path, settings: Sequence[str] = (), package: str = "") -> TrainRecipe:
    """Read a recipe; each setting, `training.batch=4`, replaces one field.

    Args:
        path: the TOML file.
        settings: fields to replace.
        package: from which the method once came, for the error where it is missing.

    Raises:
        UsageError: if the file, a field or a setting is wrong, or there is no such method.
    """
    content = recipes.read(path)
    for setting in settings:
        _replace(content, setting)
    return recipes.parse(content, TrainRecipe, str(path), {"method": _method_class(content, package)})


@dataclass(frozen=True)
class _Kind:
    kind: str


def _method_class(content: dict[str, Any], package: str) -> type:
    """Return the class of the method's recipe, or one that finds fault with a table that names none."""
    table = content.setdefault("method", {})
    kind = table.get("kind") if isinstance(table, dict) else None
    return METHODS.find(kind, package).recipe if isinstance(kind, str) else _Kind


def _replace(content: dict[str, Any], setting: str) -> None:
    path, equals, text = setting.partition("=")
    *tables, field = path.strip().split(".")
    if not equals or not field:
        raise UsageError(f"--set {setting} is not a setting.", "FIELD=VALUE, such as training.batch=4")
    for table in tables:
        content = content.setdefault(table, {})
        if not isinstance(content, dict):
            raise UsageError(f"--set {setting}: {table} is a value, not a table.", "a field of the recipe")
    try:
        content[field] = tomllib.loads(f"v = {text}")["v"]
    except tomllib.TOMLDecodeError:
        content[field] = text.strip()
