"""Where a copy of the CDD-CESM release keeps its images and tables.

The public release (Khaled et al. 2022, doi:10.1038/s41597-022-01238-0) has two folders of images, a workbook and a
table of outlines. Copies differ in an outer folder, trailing blanks and the case of letters.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from vcem.core.errors import UsageError
from vcem.core.files import existing_folder

LAYOUT = (
    "a copy of the CDD-CESM release: the folders 'Low energy images of CDD-CESM' and 'Subtracted images of CDD-CESM', "
    "a workbook (.xlsx) and a table of outlines (.csv)"
)
_LOW_ENERGY = re.compile(r"low[ _-]?energy\b.*", re.IGNORECASE)
_SUBTRACTED = re.compile(r"subtracted\b.*", re.IGNORECASE)
_WORKBOOK = re.compile(r"[^~.].*\.xlsx\s*", re.IGNORECASE)
_OUTLINES = re.compile(r"[^~.].*segmentation.*\.csv\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Release:
    """The parts of one copy. Paths of images are given relative to `source`."""

    source: Path
    low_energy: Path
    subtracted: Path
    workbook: Path
    outlines: Path | None
    masks: Path | None
    scales: Path | None


def find_release(source: Path) -> Release:
    """Find the parts of a release in a folder or in one folder inside it.

    Raises:
        UsageError: if the folder is empty, holds no release, more than one, or one without its workbook.
    """
    existing_folder(source, LAYOUT)
    root = _root(source)
    workbook = _only(root, _WORKBOOK, Path.is_file, "workbook (.xlsx)")
    if workbook is None:
        raise UsageError(f"{root} has no workbook (.xlsx).", LAYOUT, "put Radiology-manual-annotations.xlsx there")
    return Release(
        source=source,
        low_energy=_image_folder(root, _LOW_ENERGY),
        subtracted=_image_folder(root, _SUBTRACTED),
        workbook=workbook,
        outlines=_only(root, _OUTLINES, Path.is_file, "table of outlines (.csv)"),
        masks=_if(root / "masks", Path.is_dir),
        scales=_if(root / "scale.csv", Path.is_file),
    )


def list_files(folder: Path) -> list[Path]:
    """List everything in an image folder in the order of names, whatever the file system's own order."""
    return sorted(folder.iterdir(), key=lambda path: path.name)


def _root(source: Path) -> Path:
    inner = [path for path in list_files(source) if path.is_dir()]
    found = [folder for folder in [source, *inner] if _has_images(folder)]
    if not found:
        raise UsageError(f"{source} holds no CDD-CESM release.", LAYOUT, "name the folder that holds the two folders")
    if len(found) > 1:
        raise UsageError(f"{source} holds {len(found)} releases: {_names(found)}.", "one release", "name one of them")
    return found[0]


def _has_images(folder: Path) -> bool:
    return all(_matching(folder, form, Path.is_dir) for form in (_LOW_ENERGY, _SUBTRACTED))


def _image_folder(root: Path, form: re.Pattern[str]) -> Path:
    folder = _only(root, form, Path.is_dir, "image folder of one kind")
    if folder is None:  # _root has seen it, so it has just been taken away
        raise UsageError(f"{root} holds no CDD-CESM release.", LAYOUT)
    return folder


def _only(root: Path, form: re.Pattern[str], kind: Callable[[Path], bool], what: str) -> Path | None:
    found = _matching(root, form, kind)
    if len(found) > 1:
        raise UsageError(f"{root} holds more than one {what}: {_names(found)}.", "one", "move the others away")
    return found[0] if found else None


def _matching(folder: Path, form: re.Pattern[str], kind: Callable[[Path], bool]) -> list[Path]:
    return [path for path in list_files(folder) if form.fullmatch(path.name) and kind(path)]


def _if(path: Path, kind: Callable[[Path], bool]) -> Path | None:
    return path if kind(path) else None


def _names(paths: Iterable[Path]) -> str:
    return ", ".join(repr(path.name) for path in paths)
