"""The lesion outlines of the pairs that were taken, in pixels of the given images."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from vcem.core.errors import FailureError, UsageError
from vcem.folders.catalogue import Outline, Skipped
from vcem.ingest.layout import Release
from vcem.ingest.masks import read_mask
from vcem.ingest.outlines import Region, read_regions
from vcem.ingest.pairing import Image
from vcem.ingest.reading import Size

_BEYOND = 1.05  # radiologists' lines leave an image by up to 2 % of its side


class OutlineSource(StrEnum):
    """Where outlines are read from."""

    CSV = "csv"
    MASKS = "masks"
    NONE = "none"


@dataclass(frozen=True)
class Drawings:
    """The outlines a release offers: regions by image name, or a folder of masks, or neither."""

    regions: Mapping[str, list[Region]]
    masks: Path | None
    table: str
    unread: tuple[str, ...] = ()


@dataclass(frozen=True)
class Canvas:
    """An image that can bear outlines; `factor` is its scale, None where no table tells it."""

    image: Image
    size: Size
    factor: float | None


def open_drawings(release: Release, source: OutlineSource) -> Drawings:
    """Find the outlines of the kind asked for.

    Raises:
        UsageError: if the release has none of that kind, or the table cannot be read.
    """
    if source is OutlineSource.NONE:
        return Drawings({}, None, "")
    if source is OutlineSource.MASKS:
        return Drawings({}, _there(release.masks, "folder of masks", release), "")
    table = _there(release.outlines, "table of outlines (.csv)", release)
    regions, unread = read_regions(table)
    return Drawings(regions, None, table.name, tuple(unread))


def outlines_of(drawings: Drawings, canvases: Iterable[Canvas]) -> tuple[list[Outline], list[Skipped]]:
    """Return the outlines of these images, and what was left out."""
    outlines: list[Outline] = []
    skipped = [Skipped(drawings.table, why) for why in drawings.unread]
    names = set()
    for canvas in canvases:
        names.add(canvas.image.name)
        found = _of_image(drawings, canvas)
        if isinstance(found, str):
            skipped.append(Skipped(f"outlines of {canvas.image.name}", found))
        else:
            outlines += [Outline(canvas.image.pair, canvas.image.energy, r.shape, r.points, r.theta) for r in found]
    return outlines, skipped + _absent(drawings, names)


def _there(path: Path | None, what: str, release: Release) -> Path:
    if path is None:
        raise UsageError(
            f"{release.low_energy.parent} has no {what}.",
            f"a {what} beside the two image folders",
            f"choose another: --outlines {' or '.join(OutlineSource)}",
        )
    return path


def _of_image(drawings: Drawings, canvas: Canvas) -> list[Region] | str:
    if drawings.masks is not None:
        return _from_mask(drawings.masks / f"{canvas.image.name}.png", canvas.size)
    regions = drawings.regions.get(canvas.image.name, [])
    if canvas.factor is None and any(_leaves(region, canvas.size) for region in regions):
        return "drawn on a larger image than this, and no scale.csv gives its scale"
    return [region.scaled(canvas.factor or 1.0) for region in regions]


def _from_mask(path: Path, size: Size) -> list[Region] | str:
    if not path.is_file():
        return f"no mask {path.name}"
    try:
        return read_mask(path, size.width, size.height)
    except FailureError as error:
        return error.found


def _leaves(region: Region, size: Size) -> bool:
    x, y = region.reaches()
    return x > _BEYOND * size.width or y > _BEYOND * size.height


def _absent(drawings: Drawings, names: set[str]) -> list[Skipped]:
    absent = [regions for name, regions in drawings.regions.items() if name not in names]
    if not absent:
        return []
    why = f"{sum(map(len, absent))} outlines of {len(absent)} images that are not here or were not taken"
    return [Skipped(drawings.table, why)]
