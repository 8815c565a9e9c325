"""Which of m images is the most realistic? Several models' images of one exposure side by side, in a Latin square."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from vcem.core.errors import UsageError
from vcem.core.recipe import strict
from vcem.study.design import Design, Kind, Layers, refuse_twice, register
from vcem.study.items import Candidate, Item, Panel, Sitting
from vcem.study.lesions import Lesion
from vcem.study.planning import ALPHA, binomial_power, fewest, precision, said_power
from vcem.study.questions import Choice, Question, letters
from vcem.study.readings import Reading
from vcem.study.realism import choice_tables
from vcem.study.result_tables import Table
from vcem.study.secret import Secret
from vcem.study.sources import LE, REAL, Sources

MOST = 9  # a key of one digit for each, and what can be told apart on one screen
IN_A_ROW = 5


@register("most-realistic")
@strict
@dataclass(frozen=True)
class MostRealistic(Kind):
    """Synthetic images of several models for the same LE, which hangs first unless `show_le` is false."""

    models: tuple[str, ...]
    show_le: bool = True
    assumed: ClassVar[frozenset[str]] = frozenset({"share"})

    @property
    def sources(self) -> tuple[str, ...]:
        """Whose images are needed."""
        return self.models

    def check(self, design: Design) -> None:
        """Refuse models that cannot be chosen from."""
        refuse_twice(self.models, "reading.models", fewest=2)
        if REAL in self.models:
            raise UsageError("reading.models holds the real image.", "models only; use real-or-synthetic for it")
        if len(self.models) > MOST:
            raise UsageError(
                f"reading.models holds {len(self.models)}: they cannot be judged side by side on one screen.",
                f"at most {MOST}, each chosen by a key of one digit",
                "leave some out, or make several studies",
            )

    def questions(self) -> tuple[Question, ...]:
        """Ask for a place."""
        places = letters(len(self.models))
        keys = tuple(str(n + 1) for n in range(len(places)))
        return (Choice("place", "Which image looks most like a real DES image?", places, places, keys),)

    def shown(
        self, design: Design, secret: Secret, cases: Sequence[Candidate], part: str, sitting: Sitting
    ) -> dict[str, tuple[str, ...]]:
        """Return the models from left to right: Latin squares, so that each stands equally often in each place."""
        m, rng = len(self.models), secret.rng("places", part, sitting.reader)
        shuffled = [cases[i] for i in rng.permutation(len(cases))]
        places: dict[str, tuple[str, ...]] = {}
        for start in range(0, len(shuffled), m):
            first, turns = rng.permutation(m), rng.permutation(m)
            for by, case in zip(turns, shuffled[start : start + m], strict=False):
                places[case.case] = tuple(self.models[i] for i in np.roll(first, by))
        return places

    def shown_again(self, shown: tuple[str, ...], rng: np.random.Generator) -> tuple[str, ...]:
        """Return the same models, each elsewhere: who likes a place, not an image, disagrees with the first time."""
        by = 1 + int(rng.integers(len(shown) - 1))
        return shown[by:] + shown[:by]

    def arm(self, shown: tuple[str, ...]) -> str:
        """Every case shows all models."""
        return ""

    def panels(self, item: Item, sources: Sources, layer: Layers) -> tuple[Panel, ...]:
        """Hang the images under letters, in two rows where they are many."""
        named = [(LE, LE)] if self.show_le else []
        named += zip(letters(len(item.shown)), item.shown, strict=True)
        row = len(named) if len(named) <= IN_A_ROW else -(-len(named) // 2)
        return tuple(
            Panel(name, n // row, n % row, "", 1.0, (layer(name, item.case, source, n),))
            for n, (name, source) in enumerate(named)
        )

    def plan(self, design: Design) -> list[str]:
        """Return the precision of a share of votes, and the power to tell a model from chance."""
        count, assumed, models = design.cases.count, design.power, len(self.models)
        share = assumed.share if assumed and assumed.share is not None else 1 / models
        lines = [precision("share of votes", share, count)]
        if assumed:
            level = ALPHA / models  # the first step of Holm

            def reached(cases: int) -> float:
                return binomial_power(cases, 1 / models, share, level)

            what = f"a model with {share:g} of the votes against 1/{models}"
            lines.append(said_power(what, reached(count), count, assumed.target, fewest(reached, assumed.target)))
        return lines

    def report(
        self, design: Design, readings: Sequence[Reading], lesions: Sequence[Lesion], out: Path
    ) -> tuple[list[Table], list[str]]:
        """Return votes, majority, ranking, readers and places."""
        return choice_tables(design, self.models, readings), []
