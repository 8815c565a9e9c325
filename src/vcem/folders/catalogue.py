"""The catalogue: every LE/DES pair of an archive, and the outlines of its lesions.

A folder with `pairs.csv`, `lesions.jsonl`, `skipped.csv` and `manifest.json`. Pixels stay where they are: paths are
relative to the manifest's `source`.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

from vcem.core.errors import UsageError
from vcem.core.files import read_csv, read_manifest, write_csv, write_manifest, write_text
from vcem.core.terms import Density, Energy, Origin, Side, View

KIND = "catalogue"
PAIRS, OUTLINES, SKIPPED = "pairs.csv", "lesions.jsonl", "skipped.csv"
CHECKS, IMAGES = "registration.csv", "images.csv"
TABLE = ("table-2.1.csv", "table-2.1.md")
DESCRIPTION = "description"
DESCRIBED = tuple(f"{DESCRIPTION}/{name}" for name in TABLE)
ORDER = "order.csv"  # only of an archive whose authors list its pairs: their order, which makes their folds
MADE_BY = "vcem import"
TEXT = (
    "pair", "patient", "le", "des", "birads", "pathology", "findings", "age", "machine", "le_window", "des_window",
    "tags", "birads_des", "pathology_des", "findings_des", "tags_des",
)  # fmt: skip
Shape = Literal["polygon", "ellipse", "circle", "polyline", "point"]


@dataclass(frozen=True)
class Pair:
    """One LE image and the DES image of the same exposure pair.

    `dx_px, dy_px` are in pixels of the given LE image: DES(x + dx, y + dy) lies over LE(x, y). They are None where the
    pair could not be registered; `registration` is then the quality that fell short. `des_per_le` is the isotropic
    scale, pixels of the given DES image a pixel of the given LE image (1 when both were reduced alike).
    `le_window, des_window` are `center/width` of the DICOM window in stored values, empty where there is none.
    Facts that the archive states of each image are those of LE, and the columns that end in `_des` those of DES;
    several codes in one cell stand with `$` between them.
    """

    pair: str
    patient: str
    side: Side
    view: View
    le: str
    des: str
    dx_px: float | None = None
    dy_px: float | None = None
    registration: float | None = None
    des_per_le: float = 1.0
    density: Density | None = None
    birads: str = ""
    pathology: str = ""
    findings: str = ""
    age: str = ""
    machine: str = ""
    origin: Origin = Origin.CLINICAL
    le_window: str = ""
    des_window: str = ""
    tags: str = ""
    birads_des: str = ""
    pathology_des: str = ""
    findings_des: str = ""
    tags_des: str = ""

    @property
    def registered(self) -> bool:
        """Whether the translation between LE and DES is known."""
        return self.dx_px is not None and self.dy_px is not None


@dataclass(frozen=True)
class Outline:
    """One lesion outline in pixels of the given LE or DES image; (x, y) with (0, 0) the centre of the first pixel.

    Ellipse and circle: `points` is [centre, (semi-axis x, semi-axis y)], `theta` the ellipse's rotation in radians.
    """

    pair: str
    energy: Energy
    shape: Shape
    points: tuple[tuple[float, float], ...]
    theta: float = 0.0


@dataclass(frozen=True)
class Skipped:
    """A file or pair that was not taken, and why."""

    what: str
    why: str


@dataclass(frozen=True)
class Catalogue:
    """An opened catalogue folder."""

    folder: Path
    source: Path
    origin: Origin
    pairs: tuple[Pair, ...]
    outlines: tuple[Outline, ...]
    manifest: dict[str, Any]


def write_catalogue(
    folder: Path,
    pairs: Iterable[Pair],
    outlines: Iterable[Outline],
    skipped: Iterable[Skipped],
    facts: dict[str, Any],
    order: Iterable[str] | None = None,
) -> None:
    """Write a catalogue; `facts` goes into the manifest and must hold `source` and `origin`.

    `order` is that in which an archive's authors list its pairs, also of those that are not here.
    """
    names = [f.name for f in fields(Pair)]
    write_csv(folder / PAIRS, names, (asdict(p) for p in pairs))
    write_text(folder / OUTLINES, "".join(json.dumps(asdict(o)) + "\n" for o in outlines))
    write_skipped(folder, skipped)
    write_order(folder, order)
    write_manifest(folder, KIND, facts)


def write_skipped(folder: Path, skipped: Iterable[Skipped]) -> None:
    """Write what was left out, and why; other folders have this table, too."""
    write_csv(folder / SKIPPED, ["what", "why"], map(asdict, skipped))


def write_order(folder: Path, order: Iterable[str] | None) -> None:
    """Write the authors' order of the pairs, or take an older one away."""
    if order is None:
        (folder / ORDER).unlink(missing_ok=True)
    else:
        write_csv(folder / ORDER, ["pair"], ({"pair": pair} for pair in order))


def read_order(folder: Path) -> tuple[str, ...] | None:
    """Return the authors' order of the pairs of a catalogue or prepared folder, None where there is none."""
    path = folder / ORDER
    return tuple(row["pair"] for row in read_csv(path, ["pair"])) if path.is_file() else None


def read_catalogue(folder: Path) -> Catalogue:
    """Open a catalogue folder.

    Raises:
        UsageError: if it is not a finished catalogue or a cell cannot be read.
    """
    manifest = read_manifest(folder, KIND, MADE_BY)
    rows = read_csv(folder / PAIRS, [f.name for f in fields(Pair)])
    pairs = tuple(_pair(row, folder) for row in rows)
    outlines = tuple(map(_outline, (folder / OUTLINES).read_text("utf-8").splitlines()))
    return Catalogue(folder, Path(manifest["source"]), Origin(manifest["origin"]), pairs, outlines, manifest)


def _pair(row: dict[str, str], folder: Path) -> Pair:
    try:
        return Pair(
            **{name: row[name] for name in TEXT},
            side=Side(row["side"]),
            view=View(row["view"]),
            origin=Origin(row["origin"]),
            density=Density(row["density"]) if row["density"] else None,
            dx_px=_number(row["dx_px"]),
            dy_px=_number(row["dy_px"]),
            registration=_number(row["registration"]),
            des_per_le=float(row["des_per_le"]),
        )
    except ValueError as error:
        raise UsageError(
            f"{folder / 'pairs.csv'}, pair {row['pair']}: {error}.", "the cells that vcem import writes"
        ) from error


def _number(cell: str) -> float | None:
    return float(cell) if cell else None


def _outline(line: str) -> Outline:
    plain = json.loads(line)
    points = tuple((float(x), float(y)) for x, y in plain.pop("points"))
    return Outline(energy=Energy(plain.pop("energy")), points=points, **plain)
