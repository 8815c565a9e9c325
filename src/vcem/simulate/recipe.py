"""The recipe of a simulation in one TOML file: the priors, the machine, and how it processes LE.

The tables `[acquisition]` and `[look]` may be left out or hold some fields only. All other tables are the priors; they
may also stand below `[priors]`, as in the recipe that a simulation records.
"""

from dataclasses import dataclass, field
from pathlib import Path

from vcem.core.errors import UsageError
from vcem.core.recipe import parse, read, strict
from vcem.simulate.acquire import Acquisition
from vcem.simulate.present import Look
from vcem.simulate.priors import Priors, check_priors
from vcem.simulate.recombine import Correction
from vcem.simulate.scatter import Scatter
from vcem.simulate.spectrum import Beam

for _cls in (Acquisition, Beam, Scatter, Correction, Look):
    strict(_cls)  # a misspelt field is an error
RECORDED = ("seed", "spacing_mm", "late", "raw", "doses")  # also in a recorded recipe; the command line decides


@dataclass(frozen=True)
class Recipe:
    """What a simulation is made of."""

    priors: Priors = field(default_factory=Priors)
    acquisition: Acquisition = field(default_factory=Acquisition)
    look: Look = field(default_factory=Look)


def read_recipe(path: Path | None) -> Recipe:
    """Read a recipe; without a path, the defaults.

    Raises:
        UsageError: if the file is missing, a field is wrong or a value impossible.
    """
    if path is None:
        return Recipe()
    content = read(path)
    machine, look = (content.pop(name, {}) for name in ("acquisition", "look"))
    for name in RECORDED:
        content.pop(name, None)
    priors = content.pop("priors", content)
    if priors is not content and content:
        raise UsageError(
            f"Recipe {path} has tables beside [priors]: {', '.join(content)}.", "all of them below [priors]"
        )
    women = parse(priors, Priors, str(path))
    check_priors(women, str(path))
    return Recipe(
        women,
        parse(machine, Acquisition, f"{path} [acquisition]"),
        parse(look, Look, f"{path} [look]"),
    )
