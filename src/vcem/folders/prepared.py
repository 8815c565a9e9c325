"""The prepared folder: every pair decoded once, mapped into memory, so that an epoch touches no JPEG or DICOM.

`x.npy` (LE) and `y.npy` (DES) are float32 `n h w` in [0, 1]; `mask.npy` is the breast, bool; `lesion.npy` numbers the
lesions from 1, uint8. Row i of each belongs to row i of `pairs.csv`. A simulation's pairs also have their truth there
(`data.truth`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from vcem.core.arrays import MaskStack, Stack
from vcem.core.errors import FailureError, UsageError
from vcem.core.files import MANIFEST, read_array, read_csv, read_manifest, sha256, write_csv
from vcem.core.terms import Origin, Protocol

KIND = "prepared"
MADE_BY = "vcem prepare"


@dataclass(frozen=True)
class PreparedPair:
    """What is known of one row; all text, as in the catalogue. `chain` is JSON: how to go back to the native grid."""

    pair: str
    patient: str
    side: str
    view: str
    density: str
    birads: str
    pathology: str
    machine: str
    origin: str
    le: str
    chain: str


COLUMNS = [f.name for f in fields(PreparedPair)]


@dataclass(frozen=True)
class Store:
    """An opened prepared folder. Arrays are read-only maps of the files."""

    folder: Path
    pairs: tuple[PreparedPair, ...]
    x: Stack
    y: Stack
    mask: MaskStack
    lesion: np.ndarray
    manifest: dict[str, Any]
    iodine: Stack | None = None
    x_before: Stack | None = None

    @property
    def has_truth(self) -> bool:
        """Whether it is known where iodine really was: `iodine` in mg/cm2 and `x_before`, LE before contrast."""
        return self.iodine is not None

    @property
    def protocol(self) -> Protocol:
        """How the folder was prepared."""
        return Protocol(self.manifest["protocol"])

    @property
    def size(self) -> int:
        """Rows and columns of every image."""
        return int(self.manifest["size"])

    @property
    def origin(self) -> Origin:
        """Where the pixels come from."""
        return Origin(self.manifest["origin"])

    @cached_property
    def digest(self) -> str:
        """Check sum of the manifest, which holds the check sums of all files: names these exact data."""
        return sha256(self.folder / MANIFEST)

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {p.pair: i for i, p in enumerate(self.pairs)}

    def rows(self, pairs: Sequence[str]) -> list[int]:
        """Return the row numbers of these pair ids.

        Raises:
            UsageError: if one is not in the folder.
        """
        unknown = [p for p in pairs if p not in self._rows]
        if unknown:
            raise UsageError(
                f"{len(unknown)} pair(s) are not in {self.folder}, the first is {unknown[0]}.",
                "a folds file made from these data",
                f"vcem split {self.folder}",
            )
        return [self._rows[p] for p in pairs]


def open_store(folder: Path) -> Store:
    """Open a prepared folder.

    Raises:
        UsageError: if it is not a finished prepared folder.
        FailureError: if an array is damaged or of another length than the table.
    """
    manifest = read_manifest(folder, KIND, MADE_BY)
    pairs = tuple(PreparedPair(**{c: row[c] for c in COLUMNS}) for row in read_csv(folder / "pairs.csv", COLUMNS))
    names = ("x", "y", "mask", "lesion", *(("iodine", "x_before") if "truth" in manifest else ()))
    arrays = {name: read_array(folder / f"{name}.npy") for name in names}
    expected = (len(pairs), manifest["size"], manifest["size"])
    for name, array in arrays.items():
        if array.shape != expected:
            raise FailureError(f"{folder / name}.npy has shape {array.shape}.", f"shape {expected}", "run vcem prepare")
    return Store(folder, pairs, **arrays, manifest=manifest)


def write_table(folder: Path, pairs: Iterable[PreparedPair]) -> None:
    """Write the table of a prepared folder."""
    write_csv(folder / "pairs.csv", COLUMNS, map(asdict, pairs))
