"""Find scored runs on disk and read what they say of themselves."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vcem.core.errors import UsageError
from vcem.core.files import MANIFEST, Row, read_csv, read_json, sha256_text

SCORES, LESIONS, MARKS = "scores.csv", "lesions.csv", "marks.csv"
TRUTH = ("iodine.csv", "iodine_images.csv", "froc.csv")
EXPECTED = "a folder that vcem crossval or vcem score filled"


@dataclass(frozen=True)
class Run:
    """One recipe on one fold, scored; `truth` are the tables of a simulated cohort by their file's name.

    `marks` is None where the run was scored before marks were recorded.
    """

    folder: Path
    recipe: str
    method: str
    fold: int
    scores: tuple[Row, ...]
    lesions: tuple[Row, ...]
    recipe_text: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    truth: dict[str, tuple[Row, ...]] = field(default_factory=dict)
    marks: tuple[Row, ...] | None = None

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
        pairs = self.facts.get("pairs")
        return str(pairs.get("digest", "")) if isinstance(pairs, dict) else ""


@dataclass(frozen=True)
class Unscored:
    """A run folder without scores: begun, failed, or not scored yet."""

    folder: Path
    recipe: str
    fold: int


def find_runs(roots: Sequence[Path]) -> tuple[list[Run], list[Unscored]]:
    """Find every fold folder at or up to two levels below each root.

    Raises:
        UsageError: if a root is no folder, or none holds scores.
    """
    for root in roots:
        if not root.is_dir():
            raise UsageError(f"{root} is not a folder.", EXPECTED, "run vcem crossval first")
    folders = sorted({f.resolve() for root in roots for f in _fold_folders(root)})
    scored = [_read(f) for f in folders if (f / SCORES).is_file()]
    if not scored:
        raise UsageError(
            f"No scored run in {', '.join(map(str, roots))}.",
            f"recipe folders with fold folders that hold {SCORES}",
            "run vcem crossval, or vcem score on the runs",
        )
    unscored = [Unscored(f, f.parent.name, _fold_number(f)) for f in folders if not (f / SCORES).is_file()]
    return scored, unscored


def _fold_folders(root: Path) -> Iterable[Path]:
    levels = [[root], list(root.glob("*")), list(root.glob("*/*"))]
    return [f for level in levels for f in level if f.is_dir() and _fold_number(f.resolve()) >= 0]


def _fold_number(folder: Path) -> int:
    """Return 3 for `fold-03`, -1 for a folder of another name."""
    head, _, number = folder.name.rpartition("-")
    return int(number) if head == "fold" and number.isdigit() else -1


def _read(folder: Path) -> Run:
    scores = tuple(read_csv(folder / SCORES, ["method", "recipe", "fold", "pair", "patient"]))
    own = [row for row in scores if not is_reference(row["method"])]
    if not own:
        raise UsageError(f"{folder / SCORES} holds no row of a method.", "a row a test image", "run vcem score again")
    lesions = tuple(read_csv(folder / LESIONS)) if (folder / LESIONS).is_file() else ()
    marks = tuple(read_csv(folder / MARKS)) if (folder / MARKS).is_file() else None
    recipe = folder / "recipe.toml"
    text = recipe.read_text() if recipe.is_file() else ""
    truth = {name: tuple(read_csv(folder / name)) for name in TRUTH if (folder / name).is_file()}
    recipe_, method = own[0]["recipe"], own[0]["method"]
    return Run(folder, recipe_, method, _fold_number(folder), scores, lesions, text, _facts(folder), truth, marks)


def _facts(folder: Path) -> dict[str, Any]:
    """Join what `run.json` and the manifest of the predictions record; neither is required."""
    facts: dict[str, Any] = {}
    for path in (folder / "run.json", folder / "predictions" / MANIFEST):
        if path.is_file():
            facts |= read_json(path, "the record of a run")
    return facts


def is_reference(method: str) -> bool:
    """Whether the rows of this method are those of a trivial reference."""
    return method.startswith("reference-")
