"""Real or synthetic? One image at a time, half real, half by one model, with confidence and BI-RADS."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from vcem.core.errors import UsageError
from vcem.core.recipe import strict
from vcem.study.cases import arms
from vcem.study.design import Design, Kind, Layers, register
from vcem.study.items import Candidate, Item, Panel, Sitting
from vcem.study.lesions import Lesion
from vcem.study.planning import equivalence_power, first_enough, precision, said_power
from vcem.study.questions import BIRADS, Choice, Question, Scale
from vcem.study.readings import Reading
from vcem.study.result_tables import Table
from vcem.study.secret import Secret
from vcem.study.sources import DES, REAL, Sources
from vcem.study.turing import turing_tables

WORDS = ("real", "synthetic")


@register("real-or-synthetic")
@strict
@dataclass(frozen=True)
class RealOrSynthetic(Kind):
    """A reader sees each case once, real or synthetic.

    With `counterbalanced`, half the readers see as real what the others see as synthetic: BI-RADS on both is then
    compared on the same cases.
    """

    model: str
    counterbalanced: bool = True
    assumed: ClassVar[frozenset[str]] = frozenset({"share", "discordant"})

    @property
    def sources(self) -> tuple[str, ...]:
        """Whose images are needed."""
        return (REAL, self.model)

    def check(self, design: Design) -> None:
        """Refuse arms that cannot be equal."""
        if self.model == REAL or not self.model:
            raise UsageError(f"reading.model = {self.model!r} is not a model.", "a model's name")
        for name in ("count", "training", "repeats"):
            if getattr(design.cases, name) % 2:
                raise UsageError(
                    f"cases.{name} = {getattr(design.cases, name)} cannot be half real, half synthetic.",
                    "an even number: unequal arms let a reader gain by leaning to one answer",
                )
        if self.counterbalanced and len(design.readers) % 2:
            raise UsageError(
                f"{len(design.readers)} readers cannot be counterbalanced.",
                "an even number of readers, or counterbalanced = false",
            )

    def questions(self) -> tuple[Question, ...]:
        """Ask what it is, how sure the reader is, and BI-RADS."""
        return (
            Choice("real", "Is this DES image real or synthetic?", WORDS, WORDS, ("r", "s")),
            Scale("confidence", "How sure are you?", "guessing", "certain"),
            BIRADS,
        )

    def shown(
        self, design: Design, secret: Secret, cases: Sequence[Candidate], part: str, sitting: Sitting
    ) -> dict[str, tuple[str, ...]]:
        """Return half of the cases as real, half as synthetic."""
        turned = sitting.turn if self.counterbalanced else 0
        dealt = arms(design, secret, cases, part, 2)
        return {case: ((REAL, self.model)[(block + turned) % 2],) for case, block in dealt.items()}

    def panels(self, item: Item, sources: Sources, layer: Layers) -> tuple[Panel, ...]:
        """Hang the image alone."""
        return (Panel(DES, 0, 0, "", 1.0, (layer(DES, item.case, item.shown[0], 0),)),)

    def plan(self, design: Design) -> list[str]:
        """Return the precision of a share told rightly, and the power to show equivalence of BI-RADS."""
        count, assumed = design.cases.count, design.power
        share = assumed.share if assumed and assumed.share is not None else 0.5
        lines = [precision("share of real, or of synthetic, called rightly", share, count // 2)]
        if assumed and assumed.discordant is not None and self.counterbalanced:
            discordant = assumed.discordant

            def reached(cases: int) -> float:
                return equivalence_power(cases, discordant, design.margin)

            what = f"BI-RADS as good on synthetic, margin {design.margin:g}, {discordant:g} right on one kind only"
            enough = first_enough(reached, assumed.target)
            lines.append(said_power(what, reached(count), count, assumed.target, enough))
        elif assumed:
            lines.append("power of the equivalence of BI-RADS: none, without counterbalance no case is read as both")
        return lines

    def report(
        self, design: Design, readings: Sequence[Reading], lesions: Sequence[Lesion], out: Path
    ) -> tuple[list[Table], list[str]]:
        """Return rates, BI-RADS accuracy, equivalence and agreement."""
        return turing_tables(design, readings), []
