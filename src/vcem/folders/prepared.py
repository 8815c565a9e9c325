"""The prepared folder: every pair decoded once, mapped into memory, so that an epoch touches no JPEG or DICOM.

`x.npy` (LE) and `y.npy` (DES) are float32 `n h w` in [0, 1]; `mask.npy` is the breast, bool; `lesion.npy` numbers the
lesions from 1, uint8. Row i of each belongs to row i of `pairs.csv`. A simulation's pairs also have their truth there
(`folders.truth`). The manifest's `extra` names further channels, NAME.npy of the same shape, that a method may ask for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from vcem.core.arrays import MaskStack, Stack
from vcem.core.errors import FailureError, UsageError
from vcem.core.files import (
    MANIFEST,
    read_array,
    read_csv,
    read_manifest,
    refuse_changed,
    sha256,
    write_array,
    write_csv,
    write_manifest,
)
from vcem.core.grid import Framing, Size, framing_of
from vcem.core.terms import Frame, Origin, Protocol, Side
from vcem.folders.folds import FOLDS, LEAKS
from vcem.folders.truth import chances

KIND = "prepared"
PAIRS = "pairs.csv"
MADE_BY = "vcem prepare"
UNKNOWN = 255
"""In the channel `lesion`: nobody outlined the lesions of this pair."""
CHANCE = "chance"
NORMAL = "normal"
"""How the pathology of a pair without a lesion begins."""


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
    extra: Mapping[str, np.ndarray] = field(default_factory=dict)

    def channel(self, name: str) -> np.ndarray:
        """Return a channel beside LE, DES and mask.

        `lesion` numbers the lesions from 1; it is UNKNOWN all over a pair of which nobody says where its lesions are or
        that it has none. `chance` is by how many percent a lesion of each one's look enhances (`folders.truth`), of
        simulated pairs; training alone may have it.

        Raises:
            UsageError: if the folder has none of that name.
        """
        if name == CHANCE and self.has_truth:
            return self._chances
        known = {"lesion": self._lesions, "iodine": self.iodine, "x_before": self.x_before, **self.extra}
        array = known.get(name)
        if array is None:
            raise UsageError(
                f"{self.folder} has no channel {name!r}, which the method asks for.",
                f"one of {', '.join(sorted(n for n, a in known.items() if a is not None))}",
                "add it with vcem.folders.prepared.add_channel, or train another method",
            )
        return array

    @cached_property
    def _lesions(self) -> np.ndarray:
        """The lesions' numbers; UNKNOWN where none is outlined though the pair is not said to be normal."""
        if self.has_truth:
            return self.lesion
        normal = np.array([p.pathology.lower().startswith(NORMAL) for p in self.pairs], bool)
        unknown = ~normal & ~np.array([lesion.any() for lesion in self.lesion], bool)
        return np.where(unknown[:, None, None], np.uint8(UNKNOWN), self.lesion) if unknown.any() else self.lesion

    @cached_property
    def _chances(self) -> np.ndarray:
        return chances(self.folder, [pair.pair for pair in self.pairs], self.lesion)

    @property
    def has_truth(self) -> bool:
        """Whether it is known where iodine really was: `iodine` in mg/cm2 and `x_before`, LE before contrast."""
        return self.iodine is not None

    @property
    def protocol(self) -> Protocol:
        """How the folder was prepared."""
        return Protocol(self.manifest["protocol"])

    @cached_property
    def framing(self) -> Framing:
        """Which grid, and what of the given images it shows."""
        return framing_of(self.manifest)

    @property
    def size(self) -> Size:
        """Rows and columns of every image."""
        return self.framing.size

    def side(self, row: int) -> Side:
        """Return the side of a breast as its prepared image shows it: in the breast frame all look like left ones."""
        return Side.LEFT if self.framing.frame is Frame.BREAST else Side(self.pairs[row].side)

    def hung(self, row: int, image: np.ndarray) -> np.ndarray:
        """Return an image of this row as it hangs before a reader: the chest wall of a right breast at the right."""
        return image if self.side(row) == self.pairs[row].side else image[:, ::-1]

    @property
    def patients(self) -> dict[str, str]:
        """The patient of each pair."""
        return {pair.pair: pair.patient for pair in self.pairs}

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


def open_store(folder: Path, whole: bool = False) -> Store:
    """Open a prepared folder; `whole` holds every byte of it against its check sums.

    Raises:
        UsageError: if it is not a finished prepared folder.
        FailureError: if an array is damaged or of another length than the table, or a file was changed.
    """
    manifest = read_manifest(folder, KIND, MADE_BY)
    if whole:
        refuse_changed(folder, manifest, MADE_BY, but=(FOLDS, LEAKS))
    pairs = read_table(folder)
    extra = [str(name) for name in manifest.get("extra", [])]
    names = ("x", "y", "mask", "lesion", *(("iodine", "x_before") if "truth" in manifest else ()), *extra)
    arrays = {name: read_array(folder / f"{name}.npy") for name in names}
    expected = (len(pairs), *framing_of(manifest).size)
    for name, array in arrays.items():
        if array.shape != expected:
            raise FailureError(f"{folder / name}.npy has shape {array.shape}.", f"shape {expected}", "run vcem prepare")
    return Store(folder, pairs, manifest=manifest, extra={n: arrays.pop(n) for n in extra}, **arrays)


def add_channel(folder: Path, name: str, channel: np.ndarray) -> Store:
    """Add a channel that methods may ask for by name; row i belongs to row i of `pairs.csv`.

    Args:
        folder: a prepared folder that no run was trained on yet: its check sum changes.
        name: of the channel, and of its file.
        channel: `n h w`; booleans and integers are augmented as masks are, floats as images.

    Raises:
        UsageError: if the name is taken or none, or the shape is not that of the images.
    """
    store = open_store(folder)
    taken = name in ("x", "y", "mask", "lesion", "iodine", "x_before", CHANCE, *store.extra)
    if taken or not name.isidentifier() or channel.shape != store.x.shape:
        raise UsageError(
            f"{name!r} of shape {channel.shape} cannot be a channel of {folder}.",
            f"a new name of letters, digits and _, and the shape {store.x.shape}",
        )
    facts = {k: v for k, v in store.manifest.items() if k not in ("kind", "vcem", "files")}
    (folder / MANIFEST).unlink()  # while a file comes in the folder is not a finished one
    write_array(folder / f"{name}.npy", channel)
    write_manifest(folder, KIND, facts | {"extra": [*store.extra, name]})
    return open_store(folder)


def has_images(folder: Path) -> bool:
    """Return whether a prepared folder has its arrays: tables alone suffice for a report without pictures."""
    return (folder / "y.npy").is_file()


def write_table(folder: Path, pairs: Iterable[PreparedPair]) -> None:
    """Write the table of a prepared folder."""
    write_csv(folder / PAIRS, COLUMNS, map(asdict, pairs))


def read_table(folder: Path) -> tuple[PreparedPair, ...]:
    """Read the table of a prepared folder.

    Raises:
        UsageError: if it is missing, or lacks a column.
    """
    return tuple(PreparedPair(**{c: row[c] for c in COLUMNS}) for row in read_csv(folder / PAIRS, COLUMNS))
