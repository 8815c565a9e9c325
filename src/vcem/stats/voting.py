"""One answer of several readers: majority voting weighted by years of experience, as in the paper's section 3.5.

The paper does not say what happens when two answers have the same weight. The rule is chosen here and reported.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isclose

from vcem.core.errors import UsageError


class TieRule(StrEnum):
    """What decides between answers of equal weight.

    `senior`: the answer of the most experienced reader among those who gave one of them; undecided if two readers of
    equal experience differ. `undecided`: no answer.
    """

    SENIOR = "senior"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Verdict:
    """The consensus on one image, None where undecided; `share` is the winner's part of all weight."""

    answer: str | None
    share: float
    tied: bool


def weighted_majority(
    answers: Mapping[str, str], years: Mapping[str, float], rule: TieRule = TieRule.SENIOR
) -> Verdict:
    """Return the answer with the greatest sum of years over the readers who gave it.

    Args:
        answers: answer of each reader.
        years: years of experience of each reader; all equal gives plain majority.
        rule: what decides a tie.

    Raises:
        UsageError: if there is no answer, or a reader's years are unknown or not above 0.
    """
    _check(answers, years)
    weight: dict[str, float] = {}
    for reader in sorted(answers):
        weight[answers[reader]] = weight.get(answers[reader], 0.0) + years[reader]
    top = max(weight.values())
    leaders = sorted(a for a, w in weight.items() if isclose(w, top, rel_tol=1e-9))
    share = top / sum(weight.values())
    if len(leaders) == 1:
        return Verdict(leaders[0], share, False)
    return Verdict(_senior(answers, years, leaders) if rule is TieRule.SENIOR else None, share, True)


def _check(answers: Mapping[str, str], years: Mapping[str, float]) -> None:
    unknown = sorted(r for r in answers if not years.get(r, 0) > 0)
    if not answers or unknown:
        raise UsageError(
            f"No years of experience for reader {unknown[0]}." if unknown else "There are no answers to weigh.",
            "an answer, and years above 0, of each reader",
        )


def _senior(answers: Mapping[str, str], years: Mapping[str, float], leaders: Sequence[str]) -> str | None:
    most = max(years[r] for r, a in answers.items() if a in leaders)
    said = {a for r, a in answers.items() if a in leaders and years[r] == most}
    return said.pop() if len(said) == 1 else None
