"""What is asked about each case, and which answers are accepted."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from vcem.core.errors import UsageError

Answers = Mapping[str, Any]
MOST_MARKS = 20


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


def check_answers(asked: tuple[Question, ...], given: Any) -> dict[str, Any]:  # noqa: ANN401 (came over the wire)
    """Return the answers in the order of the questions.

    Raises:
        UsageError: if one is missing, unknown or not among what was asked for.
    """
    if not isinstance(given, dict) or set(given) != {q.name for q in asked}:
        raise UsageError("The answers do not match the questions.", f"{', '.join(q.name for q in asked)}")
    wrong = [q.name for q in asked if not _fits(q, given[q.name])]
    if wrong:
        raise UsageError(f"The answer to {wrong[0]} is not possible.", "an answer as asked for")
    return {q.name: given[q.name] for q in asked}


def _fits(question: Question, value: Any) -> bool:  # noqa: ANN401
    match question:
        case Choice():
            return isinstance(value, str) and value in question.options
        case Scale():
            return _whole(value) and 0 <= value <= 100
        case Marks():
            return isinstance(value, list) and len(value) <= MOST_MARKS and all(map(_is_mark, value))


def _is_mark(value: Any) -> bool:  # noqa: ANN401
    known = isinstance(value, dict) and set(value) == {"panel", "x", "y"}
    return known and isinstance(value["panel"], str) and _whole(value["x"]) and _whole(value["y"])


def _whole(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, int) and not isinstance(value, bool)


def plain_questions(asked: tuple[Question, ...]) -> list[dict[str, Any]]:
    """Return the questions as the browser gets them."""
    return [asdict(q) for q in asked]
