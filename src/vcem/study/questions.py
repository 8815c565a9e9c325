"""What is asked about each case, and which answers are accepted."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from vcem.core.errors import UsageError

Answers = Mapping[str, Any]
MOST_MARKS = 20
TIMES = ("paint_ms", "input_ms", "submit_ms", "hidden_ms")


@dataclass(frozen=True)
class Choice:
    """One of several; `keys` choose by keyboard."""

    name: str
    text: str
    options: tuple[str, ...]
    labels: tuple[str, ...]
    keys: tuple[str, ...]
    kind: str = "choice"


@dataclass(frozen=True)
class Scale:
    """A whole number from 0 to 100, with no value until the reader gives one: a preset would be an anchor."""

    name: str
    text: str
    low: str
    high: str
    kind: str = "scale"


@dataclass(frozen=True)
class Marks:
    """Places on the pictures, none or several."""

    name: str
    text: str
    kind: str = "marks"


Question = Choice | Scale | Marks
BIRADS = Choice(
    "birads",
    "BI-RADS",
    ("1", "2", "3", "4", "5"),
    ("1 negative", "2 benign", "3 probably benign", "4 suspicious", "5 highly suspicious"),
    ("1", "2", "3", "4", "5"),
)


def letters(count: int) -> tuple[str, ...]:
    """Return the names of places side by side, from A."""
    return tuple(chr(ord("A") + n) for n in range(count))


@dataclass(frozen=True)
class Canvas:
    """Where marks can be: on the panels of these titles, whose pictures have so many rows and columns."""

    panels: frozenset[str]
    rows: int
    columns: int


def check_body(asked: tuple[Question, ...], canvas: Canvas, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return answers, times and windows as they are stored, if all of them are possible for this case.

    Raises:
        UsageError: naming the first that is not.
    """
    return {
        "answers": check_answers(asked, canvas, given.get("answers")),
        "times": _times(given.get("times")),
        "window": _window(given.get("window", {})),
    }


def _times(given: Any) -> dict[str, int]:  # noqa: ANN401 (came over the wire)
    if not isinstance(given, dict) or set(given) != set(TIMES) or not all(map(_milliseconds, given.values())):
        raise UsageError("The times are malformed.", ", ".join(TIMES))
    return {name: int(given[name]) for name in TIMES}


def _milliseconds(value: Any) -> bool:  # noqa: ANN401
    return _whole(value) and 0 <= value < 10**10


def _window(given: Any) -> dict[str, list[int]]:  # noqa: ANN401
    known = (
        isinstance(given, dict) and len(given) <= 2 and all(isinstance(v, list) and len(v) == 2 for v in given.values())
    )
    if not known or not all(_whole(n) and abs(n) < 10**6 for v in given.values() for n in v):
        raise UsageError("The windows are malformed.", "name: [centre, width]")
    return {str(name)[:8]: [int(c), int(w)] for name, (c, w) in given.items()}


def check_answers(asked: tuple[Question, ...], canvas: Canvas, given: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return the answers in the order of the questions.

    Raises:
        UsageError: if one is missing, unknown or not among what was asked for.
    """
    if not isinstance(given, dict) or set(given) != {q.name for q in asked}:
        raise UsageError("The answers do not match the questions.", f"{', '.join(q.name for q in asked)}")
    wrong = [q.name for q in asked if not _fits(q, canvas, given[q.name])]
    if wrong:
        raise UsageError(f"The answer to {wrong[0]} is not possible.", "an answer as asked for")
    return {q.name: given[q.name] for q in asked}


def _fits(question: Question, canvas: Canvas, value: Any) -> bool:  # noqa: ANN401
    match question:
        case Choice():
            return isinstance(value, str) and value in question.options
        case Scale():
            return _whole(value) and 0 <= value <= 100
        case Marks():
            return isinstance(value, list) and len(value) <= MOST_MARKS and all(_is_mark(v, canvas) for v in value)


def _is_mark(value: Any, canvas: Canvas) -> bool:  # noqa: ANN401
    if not isinstance(value, dict) or set(value) != {"panel", "x", "y"} or not isinstance(value["panel"], str):
        return False
    limits = (value["x"], canvas.columns), (value["y"], canvas.rows)
    return value["panel"] in canvas.panels and all(_whole(v) and 0 <= v < limit for v, limit in limits)


def _whole(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, int) and not isinstance(value, bool)


def plain_questions(asked: tuple[Question, ...]) -> list[dict[str, Any]]:
    """Return the questions as the browser gets them."""
    return [asdict(q) for q in asked]
