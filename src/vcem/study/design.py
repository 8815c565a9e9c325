"""DESIGN.toml: what a reader study asks, of whom, about which cases. Bad designs are refused before anything is read.

Three kinds of reading: the most realistic of m images side by side; real or synthetic, one image at a time; several
treatments read by all readers in sessions with a washout between them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from vcem.core.errors import UsageError
from vcem.core.recipe import BY_KIND, load, strict
from vcem.study.assumptions import Assumptions
from vcem.study.windows import Window, check_windows

REAL = "real"
SHORTEST_WASHOUT_DAYS = 28  # four weeks between sessions is what regulators expect (FDA, guidance on CADe, 2022)
Fact = Literal["density", "view", "side", "birads", "pathology", "machine"]
Answers = Literal["locked", "revisable"]


@strict
@dataclass(frozen=True)
class Reader:
    """A radiologist; `years` of experience weigh the majority vote."""

    name: str
    years: float


@strict
@dataclass(frozen=True)
class Cases:
    """Which cases are drawn: one a patient, `positives` of them malignant if given, in proportion to the strata.

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
class Revision:
    """Whether a reader may go back within a session and change answers: all are kept, the last counts."""

    answers: Answers = field(default="locked", kw_only=True)

    @property
    def revisable(self) -> bool:
        """Whether answers may be changed until the reader closes the session."""
        return self.answers == "revisable"


@strict
@dataclass(frozen=True)
class MostRealistic(Revision):
    """Synthetic images of several models for the same LE, side by side; places follow a Latin square."""

    kind: Literal["most-realistic"]
    models: tuple[str, ...]
    show_le: bool = True

    @property
    def sources(self) -> tuple[str, ...]:
        """Whose images are needed."""
        return self.models


@strict
@dataclass(frozen=True)
class RealOrSynthetic(Revision):
    """One image at a time, half real, half by one model: real or synthetic, confidence, BI-RADS.

    A reader sees each case once, real or synthetic. With `counterbalanced`, half the readers see as real what the
    others see as synthetic: BI-RADS on both is then compared on the same cases.
    """

    kind: Literal["real-or-synthetic"]
    model: str
    counterbalanced: bool = True

    @property
    def sources(self) -> tuple[str, ...]:
        """Whose images are needed."""
        return (REAL, self.model)


@strict
@dataclass(frozen=True)
class Treatment:
    """What is shown under a name: LE, and beside it the images of `des` (`real` or a model), or nothing if empty."""

    name: str
    des: str = ""


@strict
@dataclass(frozen=True)
class MultiReader(Revision):
    """Every reader reads every case under every treatment, in as many sessions as there are treatments.

    A washout below four weeks needs a written reason. A mark hits a lesion inside its outline or at most
    `mark_within_mm` from it; `pixel_mm` is the pixel spacing of the given images, for data that do not tell it.
    """

    kind: Literal["multi-reader"]
    treatments: tuple[Treatment, ...]
    washout_days: int = SHORTEST_WASHOUT_DAYS
    short_washout_because: str = ""
    mark_within_mm: float = 0.0
    pixel_mm: float = 0.0

    @property
    def sources(self) -> tuple[str, ...]:
        """Whose images are needed."""
        return tuple(dict.fromkeys(t.des for t in self.treatments if t.des))


Reading = MostRealistic | RealOrSynthetic | MultiReader


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
    reading: Annotated[Reading, BY_KIND]
    margin: float = 0.05
    note: str = ""
    power: Assumptions | None = None
    windows: tuple[Window, ...] = ()


def read_design(path: Path) -> Design:
    """Read DESIGN.toml.

    Raises:
        UsageError: if a field is wrong, or the fields together make a bad design.
    """
    design = load(path, Design)
    check(design)
    return design


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
        design.power.check(design.reading.kind)
    if design.reading.revisable and design.cases.repeats:
        raise UsageError(
            f'cases.repeats = {design.cases.repeats} with answers = "revisable": the first answer could be looked up.',
            'no repeats, or answers = "locked"',
        )
    match design.reading:
        case MostRealistic():
            _refuse_twice(design.reading.models, "reading.models", fewest=2)
            if REAL in design.reading.models:
                raise UsageError("reading.models holds the real image.", "models only; use real-or-synthetic for it")
        case RealOrSynthetic():
            _check_real_or_synthetic(design, design.reading)
        case MultiReader():
            _check_sessions(design, design.reading)


def _check_readers(readers: Sequence[Reader]) -> None:
    _refuse_twice([r.name for r in readers], "readers", fewest=1)
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


def _check_real_or_synthetic(design: Design, reading: RealOrSynthetic) -> None:
    if reading.model == REAL or not reading.model:
        raise UsageError(f"reading.model = {reading.model!r} is no model.", "a model's name")
    for name in ("count", "training", "repeats"):
        if getattr(design.cases, name) % 2:
            raise UsageError(
                f"cases.{name} = {getattr(design.cases, name)} cannot be half real, half synthetic.",
                "an even number: unequal arms let a reader gain by leaning to one answer",
            )
    if reading.counterbalanced and len(design.readers) % 2:
        raise UsageError(
            f"{len(design.readers)} readers cannot be counterbalanced.",
            "an even number of readers, or counterbalanced = false",
        )


def _check_sessions(design: Design, reading: MultiReader) -> None:
    _refuse_twice([t.name for t in reading.treatments], "reading.treatments", fewest=2)
    if len(design.readers) < 2:
        raise UsageError("One reader is no multi-reader study.", "at least two readers")
    positives = design.cases.positives
    if positives is None or positives < 2 or design.cases.count - positives < 2:
        raise UsageError(
            f"cases.positives = {positives} of {design.cases.count}: a ROC area needs both kinds.",
            "at least two positive and two negative cases",
        )
    if reading.washout_days < SHORTEST_WASHOUT_DAYS and not reading.short_washout_because.strip():
        raise UsageError(
            f"reading.washout_days = {reading.washout_days}: readers will remember cases.",
            f"at least {SHORTEST_WASHOUT_DAYS} days",
            "or give the reason in short_washout_because",
        )
    if reading.washout_days < 1:
        raise UsageError(f"reading.washout_days = {reading.washout_days} is no washout.", "at least 1 day")
    if min(reading.mark_within_mm, reading.pixel_mm) < 0:
        raise UsageError("reading.mark_within_mm or reading.pixel_mm is below 0.", "millimetres, 0 or more")


def _refuse_twice(names: Sequence[str], field: str, fewest: int) -> None:
    if len(names) < fewest:
        raise UsageError(f"{field} holds {len(names)}.", f"at least {fewest}")
    wrong = sorted({n for n in names if names.count(n) > 1 or not n.strip()})
    if wrong:
        raise UsageError(f"{field}: {wrong[0]!r} is empty or stands twice.", "different names")
