"""DESIGN.toml: what a reader study asks, of whom, about which cases. Bad designs are refused before anything is read.

The table `[reading]` is of one kind, and that kind's object holds all that differs between kinds: the modules of
`kinds` are found by themselves, each is one kind.
"""

import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeVar

import numpy as np

from vcem.core.errors import UsageError
from vcem.core.recipe import READ_APART, parse, read, strict
from vcem.core.terms import Side
from vcem.folders.prepared import Store
from vcem.study.assumptions import Assumptions
from vcem.study.items import Candidate, Item, Layer, Panel, Sitting
from vcem.study.lesions import Lesion
from vcem.study.questions import Question
from vcem.study.readings import Reading
from vcem.study.result_tables import Table
from vcem.study.secret import Secret
from vcem.study.sources import Sources
from vcem.study.windows import Window, check_windows

Fact = Literal["density", "view", "side", "birads", "pathology", "machine"]
Answers = Literal["locked", "revisable"]
Layers = Callable[[str, str, str, int], Layer]  # name, pair, source and place give the picture of a panel


@strict
@dataclass(frozen=True)
class Reader:
    """A radiologist; `years` of experience weigh the majority vote."""

    name: str
    years: float


@strict
@dataclass(frozen=True)
class Cases:
    """Which cases are drawn: one per patient, `positives` of them malignant if given, in proportion to the strata.

    `training` cases are read first and never analysed. `repeats` cases are shown twice to the same reader, the second
    time at least `repeat_gap` readings later. Where truth is needed, cases of unknown pathology are refused, or left
    out if `unknown_left_out_because` gives the reason. `unseen_because` says why a network whose folds are not known
    has not seen the cases.
    """

    count: int
    positives: int | None = None
    strata: tuple[Fact, ...] = ()
    training: int = 0
    repeats: int = 0
    repeat_gap: int = 10
    unknown_left_out_because: str = ""
    unseen_because: str = ""


@strict
@dataclass(frozen=True)
class Kind(ABC):
    """One kind of reading: the fields of its table `[reading]`, and all that depends on the kind.

    `answers` says whether a reader may go back within a session and change them: all are kept, the last counts.
    `assumed` are the fields of `[power]`. Where `judges_breasts`, a case is a breast of known truth with all its views;
    otherwise it is one exposure.
    """

    kind: str
    answers: Answers = field(default="locked", kw_only=True)
    assumed: ClassVar[frozenset[str]] = frozenset()
    judges_breasts: ClassVar[bool] = False

    @property
    def revisable(self) -> bool:
        """Whether answers may be changed until the reader closes the session."""
        return self.answers == "revisable"

    @property
    @abstractmethod
    def sources(self) -> tuple[str, ...]:
        """Whose images are needed, `real` among them."""

    @property
    def sessions(self) -> int:
        """How many sessions each reader has."""
        return 1

    @property
    def days_between_sessions(self) -> int:
        """How many days must pass between two sessions of a reader."""
        return 0

    @abstractmethod
    def check(self, design: "Design") -> None:
        """Refuse a design of this kind that cannot give an honest answer, by UsageError."""

    def check_data(self, store: Store) -> None:
        """Refuse data that do not serve, by UsageError."""
        return

    @abstractmethod
    def questions(self) -> tuple[Question, ...]:
        """Return what is asked about each case."""

    @abstractmethod
    def shown(
        self, design: "Design", secret: Secret, cases: Sequence[Candidate], part: str, sitting: Sitting
    ) -> dict[str, tuple[str, ...]]:
        """Return what a reader sees of each case in a session, from left to right; `part` names these cases."""

    def shown_again(self, shown: tuple[str, ...], rng: np.random.Generator) -> tuple[str, ...]:
        """Return how a case is shown when it is repeated."""
        return shown

    def arm(self, shown: tuple[str, ...]) -> str:
        """Return what sets apart what is shown, such as the treatment; empty if all cases are alike in it."""
        return shown[0]

    @abstractmethod
    def panels(self, item: Item, sources: Sources, layer: Layers) -> tuple[Panel, ...]:
        """Return what hangs where for one reading."""

    def about(self, side: Side) -> str:
        """Return what the reader is told to judge, empty if there is no choice."""
        return ""

    def lesions(self, sources: Sources, cases: Sequence[Candidate], columns: int) -> tuple[Lesion, ...]:
        """Return the true lesions on the pictures, for marks to be judged by."""
        return ()

    def plan(self, design: "Design") -> list[str]:
        """Return what the design can show, as lines."""
        return []

    def complete(
        self, design: "Design", readings: tuple[Reading, ...], lost: Sequence[Item]
    ) -> tuple["Design", tuple[Reading, ...], list[str]]:
        """Return what can be analysed together where some answers are `lost`, and lines that say what is left out."""
        return design, readings, []

    @abstractmethod
    def report(
        self, design: "Design", readings: Sequence[Reading], lesions: Sequence[Lesion], out: Path
    ) -> tuple[list[Table], list[str]]:
        """Return tables and lines of the results; files of this kind alone are written into `out`."""


KINDS: dict[str, type[Kind]] = {}


K = TypeVar("K", bound=Kind)


def register(name: str) -> Callable[[type[K]], type[K]]:
    """Make a class the kind of this name: the decorator of a module of `kinds`, or of a notebook."""

    def keep(cls: type[K]) -> type[K]:
        KINDS[name] = cls
        return cls

    return keep


def kind_named(name: object) -> type[Kind]:
    """Return the kind of a name.

    Raises:
        UsageError: if there is none.
    """
    from vcem.study import kinds  # not before, for each kind needs this module

    for module in pkgutil.iter_modules(kinds.__path__):
        import_module(f"{kinds.__name__}.{module.name}")
    if not isinstance(name, str) or name not in KINDS:
        raise UsageError(f"reading.kind = {name!r} is unknown.", f"one of {', '.join(sorted(KINDS))}")
    return KINDS[name]


@strict
@dataclass(frozen=True)
class Design:
    """A whole study. `margin` is the greatest difference of shares that does not matter, for equivalence.

    `note` stands at the top of the results, such as what the readers were. `windows` are offered to readers by key.
    """

    name: str
    seed: int
    readers: tuple[Reader, ...]
    cases: Cases
    reading: Annotated[Kind, READ_APART]
    margin: float = 0.05
    note: str = ""
    power: Assumptions | None = None
    windows: tuple[Window, ...] = ()


def read_design(path: Path) -> Design:
    """Read DESIGN.toml.

    Raises:
        UsageError: if a field is wrong, or the fields together make a bad design.
    """
    design = parse_design(read(path), str(path))
    check(design)
    return design


def parse_design(content: Mapping[str, Any], name: str) -> Design:
    """Return a design from its plain content; `name` stands in errors.

    Raises:
        UsageError: if a field is wrong.
    """
    table = content.get("reading")
    if not isinstance(table, Mapping):
        raise UsageError(f"{name} has no table [reading].", "a table with the kind of reading")
    return parse(content, Design, name, {"reading": kind_named(table.get("kind"))})


def check(design: Design) -> None:
    """Refuse a design that cannot give an honest answer.

    Raises:
        UsageError: naming the first thing wrong.
    """
    _check_readers(design.readers)
    _check_cases(design.cases)
    check_windows(design.windows)
    if not 0 < design.margin < 1:
        raise UsageError(f"margin = {design.margin} is no margin.", "a share between 0 and 1, such as 0.05")
    if design.power is not None:
        design.power.check(design.reading.kind, design.reading.assumed)
    if design.reading.revisable and design.cases.repeats:
        raise UsageError(
            f'cases.repeats = {design.cases.repeats} with answers = "revisable": the first answer could be looked up.',
            'no repeats, or answers = "locked"',
        )
    design.reading.check(design)


def _check_readers(readers: Sequence[Reader]) -> None:
    refuse_twice([r.name for r in readers], "readers", fewest=1)
    wrong = [r.name for r in readers if not r.years > 0]
    if wrong:
        raise UsageError(f"Reader {wrong[0]} has no years of experience above 0.", "years = 8, for the weighted vote")


def _check_cases(cases: Cases) -> None:
    if cases.count < 1:
        raise UsageError(f"cases.count = {cases.count}: there are no cases.", "at least 1")
    if cases.positives is not None and not 0 <= cases.positives <= cases.count:
        raise UsageError(f"cases.positives = {cases.positives} of {cases.count}.", "between 0 and cases.count")
    if min(cases.training, cases.repeats, cases.repeat_gap) < 0 or cases.repeats > cases.count:
        raise UsageError(
            f"cases.training = {cases.training}, repeats = {cases.repeats}, repeat_gap = {cases.repeat_gap} of "
            f"{cases.count} cases are impossible.",
            "none below 0, no more repeats than cases",
        )
    # the last of the repeated cases is read for the first time no later than this many readings before the end
    if cases.repeats and cases.count < cases.repeats + cases.repeat_gap:
        raise UsageError(
            f"{cases.repeats} repeats at least {cases.repeat_gap} readings apart do not fit into {cases.count} cases.",
            f"at least {cases.repeats + cases.repeat_gap} cases, fewer repeats or a smaller gap",
        )


def refuse_twice(names: Sequence[str], field: str, fewest: int) -> None:
    """Refuse names that are empty, stand twice or are too few, by UsageError."""
    if len(names) < fewest:
        raise UsageError(f"{field} holds {len(names)}.", f"at least {fewest}")
    wrong = sorted({n for n in names if names.count(n) > 1 or not n.strip()})
    if wrong:
        raise UsageError(f"{field}: {wrong[0]!r} is empty or appears twice.", "different names")
