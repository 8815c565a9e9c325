"""What a simulation knows, beside catalogue and prepared images, and the tables of a run that was scored against it.

`truth_lesions.csv` tells of every lesion of every pair; `truth.json` of how grey becomes mg/cm2, and of the priors.
`iodine.csv`, `iodine_images.csv` and `froc.csv` hold a row per lesion, an image, a point of a curve.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from vcem.core.errors import UsageError
from vcem.core.files import Row, read_csv, read_json, write_csv
from vcem.core.terms import OCCULT
from vcem.folders.scores import WHO

KNOWN, FACTS = "truth_lesions.csv", "truth.json"
KNOWN_COLUMNS = (
    "pair", "lesion", "kind", "look", "pattern", "enhancing", "malignant", "size_mm", "iodine_mean", "iodine_peak",
)  # fmt: skip
ACQUIRED = "reference-acquired-des"
"""The true DES image taken as a prediction: what the second exposure shows, with its artefacts, noise and window."""
LESION_COLUMNS = (
    *WHO, "density", "lesion", "kind", "look", "pattern", "malignant", "took_up", "area_px", "iodine_truth",
    "iodine_pred", "iodine_before", "iodine_error", "enhancing", "missed", "hallucinated",
)  # fmt: skip
IMAGE_COLUMNS = (
    *WHO, "density", "enhancing", "missed", "not_enhancing", "hallucinated", "false_places", "iodine_error",
)  # fmt: skip
CURVE_COLUMNS = ("method", "recipe", "fold", "threshold", "found", "lesions", "false_places", "images")
FILES = {"lesions": ("iodine.csv", LESION_COLUMNS), "images": ("iodine_images.csv", IMAGE_COLUMNS),
         "curve": ("froc.csv", CURVE_COLUMNS)}  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """What `truth.json` holds: the line from grey to iodine, the pixel spacing of the given LE, and the priors.

    `seed` and `patients` are those of the simulation, so that a report can say how to repeat it.
    """

    iodine_at_grey_0: float
    mg_cm2_per_grey: float
    spacing_mm: float
    seed: int
    patients: int
    joint_table: tuple[dict[str, Any], ...]

    def iodine(self, grey: np.ndarray) -> np.ndarray:
        """Return the iodine that grey stands for, in mg/cm2."""
        return self.iodine_at_grey_0 + self.mg_cm2_per_grey * grey

    @property
    def chance_of_look(self) -> dict[str, float]:
        """How often a lesion of each look enhances, all kinds and densities together."""
        of: dict[str, Counter[str]] = {}
        for row in self.joint_table:
            of.setdefault(row["look"], Counter()).update(
                all=row["probability"], enhancing=row["probability"] * row["p_enhance"]
            )
        return {look: shares["enhancing"] / shares["all"] for look, shares in of.items()}


@dataclass(frozen=True)
class TruthTables:
    """Cells as text."""

    lesions: tuple[Row, ...]
    images: tuple[Row, ...]
    curve: tuple[Row, ...]


def write_truth(folder: Path, **tables: Iterable[Mapping[str, Any]]) -> None:
    """Write the tables `lesions`, `images` and `curve`; without any, take away those of an older scoring."""
    for name, (file, columns) in FILES.items():
        if tables:
            write_csv(folder / file, columns, tables[name])
        else:
            (folder / file).unlink(missing_ok=True)


def read_truth(folder: Path) -> TruthTables | None:
    """Read the tables of a run, None where it was scored without truth.

    Raises:
        UsageError: if one of them is missing, or lacks a column.
    """
    if not any((folder / file).is_file() for file, _ in FILES.values()):
        return None
    names = [f.name for f in fields(TruthTables)]
    return TruthTables(*(tuple(read_csv(folder / FILES[name][0], FILES[name][1])) for name in names))


def read_known(folder: Path) -> list[Row]:
    """Read what a catalogue or prepared folder knows of every lesion.

    Raises:
        UsageError: if the table is missing, or lacks a column.
    """
    return read_csv(folder / KNOWN, KNOWN_COLUMNS)


def chances(folder: Path, pairs: Sequence[str], lesions: np.ndarray) -> np.ndarray:
    """Return in each lesion by how many percent one of its look enhances, as the simulation draws it.

    It is 0 where no lesion is, and in lesions of which LE shows nothing: nobody can judge them.

    Args:
        folder: with `truth.json` and `truth_lesions.csv`.
        pairs: names of the pairs.
        lesions: numbers of the lesions, `n h w`, row i of pair i.
    """
    of_look = read_facts(folder).chance_of_look
    known: dict[str, np.ndarray] = {pair: np.zeros(256, np.uint8) for pair in pairs}
    for row in read_known(folder):
        if row["pair"] in known and row["look"] != OCCULT:
            known[row["pair"]][int(row["lesion"])] = max(round(100 * of_look[row["look"]]), 1)
    return np.stack([known[pair][image] for pair, image in zip(pairs, lesions, strict=True)])


def has_facts(folder: Path) -> bool:
    """Return whether a prepared folder keeps what its simulation knows."""
    return (folder / FACTS).is_file()


def read_facts(folder: Path) -> Facts:
    """Read `truth.json` of a prepared folder.

    Raises:
        UsageError: if it is not of that form.
    """
    content = read_json(folder / FACTS, "the truth that vcem prepare writes")
    try:
        return Facts(**{**content, "joint_table": tuple(content["joint_table"])})
    except (KeyError, TypeError) as error:
        raise UsageError(f"{folder / FACTS} is not whole: {error}.", "the truth that vcem prepare writes") from error
