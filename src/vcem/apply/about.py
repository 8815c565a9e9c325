"""What a run does not know of its model: who stands for it, under which licence, for what, and whose images it saw.

The user says it, in a TOML file or as options; what is not said is not given, and none of it is guessed.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vcem.core.recipe import load, strict


@strict
@dataclass(frozen=True)
class About:
    """What the user says of a model.

    Attributes:
        data_set: name of the data set that it learned from.
        data_licence: licence of those data.
        licence: of the weights, as an SPDX identifier.
        authors: who made the model.
        contact: where to ask.
        intended_use: what it is for.
        population: whose images it learned from.
        vendors: makers and models of the mammography units.
    """

    data_set: str = ""
    data_licence: str = ""
    licence: str = ""
    authors: tuple[str, ...] = ()
    contact: str = ""
    intended_use: str = ""
    population: str = ""
    vendors: tuple[str, ...] = ()

    @property
    def of_the_model(self) -> dict[str, Any]:
        """What is said of the model and not of its data, each text on one line."""
        texts = {name: _line(getattr(self, name)) for name in ("licence", "contact", "intended_use", "population")}
        lists = {name: [_line(one) for one in getattr(self, name)] for name in ("authors", "vendors")}
        return texts | lists


def read_about(path: Path | None, data_set: str = "", data_licence: str = "", licence: str = "") -> About:
    """Return what a TOML file says, and in its place the texts given here that are not empty.

    Raises:
        UsageError: if it cannot be read, or has a field that `About` has not.
    """
    told = About() if path is None else load(path, About)
    return replace(
        told,
        data_set=data_set or told.data_set,
        data_licence=data_licence or told.data_licence,
        licence=licence or told.licence,
    )


def _line(text: str) -> str:
    return " ".join(text.split())
