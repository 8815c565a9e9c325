"""The table `[power]` of a design: what the study shall be able to show, and what is assumed to plan it."""

from dataclasses import dataclass

from vcem.core.errors import UsageError
from vcem.core.recipe import strict
from vcem.stats.obuchowski_rockette import Components
from vcem.stats.power import MOST_CASES, Pilot


@strict
@dataclass(frozen=True)
class PilotStudy:
    """Variance components of a multi-reader study of `cases` cases, as `vcem study mrmc` gives them."""

    cases: int
    treatment_reader: float
    error: float
    cov1: float
    cov2: float
    cov3: float

    def known(self) -> Pilot:
        """Return the same for planning; the readers' own variance plays no part in it."""
        c = Components(0.0, self.treatment_reader, self.error, self.cov1, self.cov2, self.cov3)
        return Pilot(c, self.cases)


@strict
@dataclass(frozen=True)
class Assumptions:
    """What is assumed. `target` is the power asked for.

    Multi-reader: `effect` is the difference of two areas, `pilot` its components. Most realistic: `share` of votes
    for the best model. Real or synthetic: `share` of images told rightly, and `discordant`, the share of cases whose
    BI-RADS category is right on one kind of image only.
    """

    target: float = 0.8
    effect: float | None = None
    pilot: PilotStudy | None = None
    share: float | None = None
    discordant: float | None = None

    def check(self, kind: str, needed: frozenset[str]) -> None:
        """Refuse assumptions that are not the `needed` ones of this kind of reading, or are impossible.

        Raises:
            UsageError: naming the field.
        """
        given = {name for name in ("effect", "pilot", "share", "discordant") if getattr(self, name) is not None}
        if given != needed:
            raise UsageError(
                f"[power] of a {kind} study holds {', '.join(sorted(given)) or 'no assumption'}.",
                f"{', '.join(sorted(needed))}, and nothing else but target",
            )
        shares = {"target": self.target, "share": self.share, "discordant": self.discordant}
        wrong = [name for name, value in shares.items() if value is not None and not 0 < value < 1]
        if wrong:
            raise UsageError(f"power.{wrong[0]} is not between 0 and 1.", "a share, such as 0.8")
        if self.effect is not None and not 0 < abs(self.effect) <= 1:
            raise UsageError(f"power.effect = {self.effect} is not a difference of two areas.", "as 0.05; at most 1")
        if self.pilot is not None and not (2 <= self.pilot.cases <= MOST_CASES and self.pilot.error > 0):
            raise UsageError("power.pilot is of no study.", f"2 to {MOST_CASES} cases, and an error variance above 0")
