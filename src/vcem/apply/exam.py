"""Which images of a folder stand side by side: each LE image with its DES and its virtual DES images."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

from vcem.core.errors import FailureError, UsageError
from vcem.core.files import read_json
from vcem.core.terms import Energy, Origin, Side, View
from vcem.dicom.fitness import VIRTUAL_DES_WIDTH, is_virtual
from vcem.dicom.lineage import Lineage, lineage_of
from vcem.dicom.listing import list_inputs
from vcem.dicom.read import pixel_digest
from vcem.dicom.scan import Header, Unreadable, scan
from vcem.dicom.vendors import Rule
from vcem.folders.catalogue import Skipped
from vcem.ingest.dicom_images import DicomImage, patient_of, take_images
from vcem.ingest.dicom_pairs import match_images
from vcem.ingest.doubles import doubles_by

LE, DES, LATE, VIRTUAL, WIDTH = "LE", "DES", "DES, late phase", "Virtual DES", "Virtual DES, half-width of interval"
HANGING = [(Side.RIGHT, View.CC), (Side.LEFT, View.CC), (Side.RIGHT, View.MLO), (Side.LEFT, View.MLO)]
ORPHAN = "shown alone: its LE image is not among the inputs"
OTHER = "a virtual DES image of a study that is not among the inputs"
DOUBLES = doubles_by(lambda path: pixel_digest(Path(path)))
# what draws its own images needs no rule for which energy they are
ANY = (Rule(Energy.DES, 0, "ImageType", "synthesizing equipment", pattern=".*", position=1),)
_TOLD = re.compile(r"Origin of the low energy image: (simulated|clinical)")  # Image Comments of vcem enhance


@dataclass(frozen=True)
class Shown:
    """One image for the sheet; `spacing_mm` is of rows and of columns, None where the header gives none.

    `time` is when it was taken, hours and minutes, which tells a late phase from the first.
    """

    path: Path
    kind: str
    side: Side
    view: View
    origin: str
    window: str
    rows: int
    columns: int
    spacing_mm: tuple[float, float] | None
    uid: str
    frame: str = ""
    patient: str = ""
    study: str = ""
    time: str = ""
    model: str = ""
    sources: tuple[str, ...] = ()

    @property
    def drawn(self) -> bool:
        """Whether a network drew it."""
        return self.kind in (VIRTUAL, WIDTH)

    @property
    def column(self) -> str:
        """What it stands below."""
        return f"{self.kind}: {self.model}" if self.drawn else self.kind


@dataclass(frozen=True)
class Row:
    """One exposure of one breast: its images by column."""

    patient: str
    study: str
    side: Side
    view: View
    taken: str
    images: dict[str, Shown] = field(default_factory=dict)


@dataclass(frozen=True)
class Exam:
    """Rows in hanging order, columns from left to right, and what is not shown or shown otherwise, with the reason."""

    rows: tuple[Row, ...]
    columns: tuple[str, ...]
    left_out: tuple[Skipped, ...]


def read_exam(inputs: Sequence[Path], rules: Sequence[Rule]) -> Exam:
    """Find the images of a contrast exam among files and folders, and what stands beside what.

    Args:
        inputs: files, and folders at any depth: DICOM, and what vcem enhance writes, as DICOM or as PNG.
        rules: which header says which image.

    Raises:
        UsageError: if an input is not there.
        FailureError: if there is nothing to show.
    """
    left_out: list[Skipped] = []
    names = list_inputs(inputs, "a folder or a file of a contrast mammogram")
    acquired, drawn = _parted(scan(Path(), _with_a_header(names)), left_out)
    images, _, skipped = take_images(acquired, rules, DOUBLES)
    left_out += skipped
    rows = _rows(images, left_out)
    for virtual in chain(_virtual(drawn, left_out), _pictures(names, left_out)):
        _place(virtual, rows, left_out)
    if not rows:
        raise FailureError(f"There is nothing to show: {len(left_out)} files were left out{_telling(left_out)}.",
                           "LE, DES or virtual DES images of a contrast mammogram")  # fmt: skip
    return Exam(tuple(sorted(rows, key=_order)), _columns(rows), tuple(left_out))


def _with_a_header(names: Iterable[str]) -> list[str]:
    """Leave out PNG pictures and their side files, which `_pictures` reads."""
    return [name for name in names if Path(name).suffix not in (".png", ".json")]


def _parted(
    found: Iterable[Header | Unreadable], left_out: list[Skipped]
) -> tuple[list[Header | Unreadable], list[tuple[Header, Lineage]]]:
    """Part what was acquired or simulated from what a network drew."""
    acquired: list[Header | Unreadable] = []
    drawn: list[tuple[Header, Lineage]] = []
    for header in found:
        if isinstance(header, Unreadable) or not _may_be_drawn(header):
            acquired.append(header)
            continue
        try:
            lineage = lineage_of(Path(header.path))
        except FailureError as error:
            left_out.append(Skipped(header.path, error.found))
            continue
        if is_virtual(header.image_type) or lineage.synthesizer:
            drawn.append((header, lineage))
        else:
            acquired.append(header)
    return acquired, drawn


def _may_be_drawn(header: Header) -> bool:
    """Tell whether the lineage is worth reading: others' virtual images need not say Synthetic Data = YES."""
    return header.modality == "MG" and (header.origin is Origin.SIMULATED or header.image_type[:1] != ("ORIGINAL",))


def _rows(images: Sequence[DicomImage], left_out: list[Skipped]) -> list[Row]:
    """Make a row of each LE image, with its DES and late phases, and of each DES without LE."""
    left_out += [Skipped(i.header.path, "HE image: it is for processing, not for the eye")
                 for i in images if i.energy is Energy.HE]  # fmt: skip
    pairs, _ = match_images(images, late=True)
    rows = {i.header.uid: _row(i, LE) for i in images if i.energy is Energy.LE}
    for pair in pairs:
        _add(rows[pair.le.header.uid].images, _shown(pair.des, LATE if pair.late else DES))
    paired = {pair.des.header.uid for pair in pairs}
    alone = [_row(i, DES) for i in images if i.energy is Energy.DES and i.header.uid not in paired]
    return [*rows.values(), *alone]


def _row(image: DicomImage, kind: str) -> Row:
    shown = _shown(image, kind)
    return Row(shown.patient, shown.study, image.side, image.view, image.header.taken, {kind: shown})


def _shown(image: DicomImage, kind: str) -> Shown:
    h = image.header
    window = h.window or ("sigmoid" if h.voi_function == "SIGMOID" else "table, or none")
    return Shown(Path(h.path), kind, image.side, image.view, h.origin.value, window, h.rows, h.columns,
                 _spacing(h.spacing), h.uid, h.frame, patient_of(h), h.study,
                 f"{image.taken:%H:%M}" if image.taken and image.within_s < 60 else "")  # fmt: skip


def _spacing(text: str) -> tuple[float, float] | None:
    try:
        row, column = (float(part) for part in text.split("\\"))
    except ValueError:
        return None
    return (row, column) if row > 0 and column > 0 else None


def _add(images: dict[str, Shown], shown: Shown) -> None:
    """Add an image; a second one of the same column gets a column of its own."""
    column, number = shown.column, 1
    while column in images:
        number += 1
        column = f"{shown.column} ({number})"
    images[column] = shown


def _virtual(drawn: Sequence[tuple[Header, Lineage]], left_out: list[Skipped]) -> list[Shown]:
    lineages = {header.path: lineage for header, lineage in drawn}
    images, _, skipped = take_images([header for header, _ in drawn], ANY, DOUBLES)
    left_out += skipped
    shown = []
    for image in images:
        lineage = lineages[image.header.path]
        told = _TOLD.search(image.header.comment)
        origin = told[1] if told else "not given"
        name = lineage.synthesizer or image.header.model or "unnamed"
        kind = WIDTH if VIRTUAL_DES_WIDTH in image.header.image_type else VIRTUAL
        shown.append(replace(_shown(image, kind), origin=origin, model=name, sources=lineage.sources))
    return shown


def _pictures(names: Iterable[str], left_out: list[Skipped]) -> list[Shown]:
    """Read what `vcem enhance --format png` wrote: a picture and its side file."""
    shown = []
    for path in (Path(name) for name in names if name.endswith(".png")):
        side_file = path.with_name(path.name.removesuffix(".png") + ".json")
        try:
            shown.append(_picture(path, read_json(side_file, "the side file of a virtual DES image")))
        except (UsageError, KeyError, ValueError, TypeError, AttributeError):
            left_out.append(Skipped(str(path), "a picture without the side file of a virtual DES image"))
    return shown


def _picture(path: Path, facts: dict[str, object]) -> Shown:
    model, spacing = facts["model"], float(str(facts["spacing_mm"]))
    name = str(model["name"]) if isinstance(model, dict) else "unnamed"
    kind = WIDTH if isinstance(model, dict) and "width" in model else VIRTUAL
    return Shown(
        path, kind, Side(str(facts["side"])), View(str(facts["view"])), str(facts["origin"]), "none",
        int(str(facts["rows"])), int(str(facts["columns"])), (spacing, spacing), str(facts["uid"]),
        model=name, sources=(str(facts["source_uid"]),),
    )  # fmt: skip


def _place(virtual: Shown, rows: list[Row], left_out: list[Skipped]) -> None:
    """Put a virtual DES beside the image that it was drawn from, or else beside one of its Frame of Reference."""
    if any(virtual.uid == shown.uid for row in rows for shown in row.images.values()):
        left_out.append(Skipped(str(virtual.path), "the same image as another"))
        return
    sources = [r for r in rows if LE in r.images and r.images[LE].uid in virtual.sources]
    frames = [r for r in rows if virtual.frame and virtual.frame in {s.frame for s in r.images.values()}]
    for row in (sources or frames)[:1]:
        origin = row.images[LE].origin if LE in row.images else virtual.origin
        _add(row.images, replace(virtual, origin=origin))
        return
    acquired = {r.study for r in rows if LE in r.images or DES in r.images}
    if acquired and virtual.study not in acquired:
        left_out.append(Skipped(str(virtual.path), OTHER))
        return
    left_out.append(Skipped(str(virtual.path), ORPHAN))
    rows.append(Row(virtual.patient, virtual.study, virtual.side, virtual.view, "", {virtual.column: virtual}))


def _columns(rows: Sequence[Row]) -> tuple[str, ...]:
    """Return LE, DES, late phases, then models by name, then their half-widths."""
    found = {column for row in rows for column in row.images}
    return tuple(
        sorted(found, key=lambda c: (c.startswith(VIRTUAL), c.startswith(WIDTH), c.startswith(LATE), c != LE, c))
    )


def _order(row: Row) -> tuple[object, ...]:
    return row.patient, row.study, HANGING.index((row.side, row.view)), row.taken


def _telling(left_out: Sequence[Skipped]) -> str:
    ranked = sorted(left_out, key=lambda s: (s.why == "no DICOM file", s.why.startswith("modality")))
    return f", such as {ranked[0].what}: {ranked[0].why}" if ranked else ""
