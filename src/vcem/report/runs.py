"""Find scored runs on disk and read what they say of themselves."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vcem.core.called import FIELD
from vcem.core.errors import UsageError
from vcem.core.files import sha256_text
from vcem.folders import run
from vcem.folders.predictions import are_finished, facts_of, of_run
from vcem.folders.scores import SCORES, Tables, is_reference, is_scored, read_scores
from vcem.folders.truth import TruthTables, read_truth

EXPECTED = "a folder that vcem crossval or vcem score filled"


@dataclass(frozen=True)
class Run:
    """One recipe on one fold, scored; `truth` are the tables of a simulated cohort."""

    folder: Path
    recipe: str
    method: str
    fold: int
    tables: Tables
    recipe_text: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    truth: TruthTables | None = None

    @property
    def recipe_digest(self) -> str:
        """First 12 digits of the check sum of the resolved recipe, as `core.recipe.digest` makes it; "" if unknown."""
        computed = sha256_text(self.recipe_text)[:12] if self.recipe_text else ""
        return str(self.facts.get("recipe_digest", computed))

    @property
    def data(self) -> set[str]:
        """Check sums of the prepared data, as the training and the predictions recorded them."""
        return {str(self.facts[name]) for name in ("data", "prepared") if self.facts.get(name)}

    @property
    def pairs_digest(self) -> str:
        """Check sum of which pairs trained, validated and tested; "" if unknown."""
        return run.Run(self.folder, self.facts).pairs_digest


def of_recipe(name: str) -> str:
    """Return the name of a recipe without the seed that `vcem train --seeds` puts behind it."""
    return re.sub(r"-seed-\d+$", "", name)


@dataclass(frozen=True)
class Unscored:
    """A run folder without scores: begun, failed, or not scored yet."""

    folder: Path
    recipe: str
    fold: int


def find_runs(roots: Sequence[Path]) -> tuple[list[Run], list[Unscored]]:
    """Find every fold folder at or up to two levels below each root.

    Raises:
        UsageError: if a root is not a folder, or none holds scores.
    """
    for root in roots:
        if not root.is_dir():
            raise UsageError(f"{root} is not a folder.", EXPECTED, "run vcem crossval first")
    folders = sorted({f.resolve() for root in roots for f in run.fold_folders(root)})
    scored = [_read(f) for f in folders if is_scored(f)]
    if not scored:
        raise UsageError(
            f"No scored run in {', '.join(map(str, roots))}.",
            f"recipe folders with fold folders that hold {SCORES}",
            "run vcem crossval, or vcem score on the runs",
        )
    unscored = [Unscored(f, f.parent.name, run.number_of(f)) for f in folders if not is_scored(f)]
    return scored, unscored


def _read(folder: Path) -> Run:
    tables = read_scores(folder)
    own = next(row for row in tables.images if not is_reference(row["method"]))
    text, truth = run.recipe_text(folder), read_truth(folder)
    return Run(folder, own["recipe"], own["method"], run.number_of(folder), tables, text, _facts(folder), truth)


def _facts(folder: Path) -> dict[str, Any]:
    """Join what `run.json` and the manifest of the predictions record; neither is required."""
    made = of_run(folder)
    trained = run.open_run(folder).facts if run.is_run(folder) else {}
    predicted = facts_of(made) if are_finished(made) else {}
    commands = [line for facts in (trained, predicted) for line in facts.get(FIELD, ())]
    return trained | predicted | {FIELD: list(dict.fromkeys(commands))}
