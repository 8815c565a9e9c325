"""The folder of `vcem detect`: what detectors trained on each kind of image find in the test images of their fold.

OUT/KIND/fold-00 and so on, KIND being `le`, `des` or the recipe whose virtual DES it is: `detector.json` and training's
files, and once the test images are judged three tables and a manifest. In the tables `detector` names the images that a
detector was trained on and `images` those that it judges, which differ for the detector of real DES on virtual DES.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vcem.core.errors import FailureError, UsageError
from vcem.core.files import (
    MANIFEST,
    Row,
    read_csv,
    read_json,
    read_manifest,
    refuse_changed,
    write_csv,
    write_json,
    write_manifest,
)
from vcem.folders.run import fold_folders

KIND = "detection"
MADE_BY = "vcem detect"
DETECTOR, WEIGHTS = "detector.json", "best.safetensors"
LE, DES = "le", "des"
"""The kinds of images that every folder of prepared data has."""
WHO = ("detector", "images", "fold", "pair", "patient")
IMAGE_COLUMNS = (*WHO, "lesions", "dice")
LESION_COLUMNS = (*WHO, "lesion", "sought", "rating")
MARK_COLUMNS = (*WHO, "rating", "lesion")
TABLES = {"images": IMAGE_COLUMNS, "lesions": LESION_COLUMNS, "marks": MARK_COLUMNS}


@dataclass(frozen=True)
class Found:
    """Cells of the three tables of one detector, and what its manifest says."""

    facts: Mapping[str, Any]
    images: tuple[Row, ...]
    lesions: tuple[Row, ...]
    marks: tuple[Row, ...]


def begin(folder: Path, facts: Mapping[str, Any]) -> None:
    """Begin the folder of a detector, or accept it if it is of this very one.

    Raises:
        UsageError: if it holds another one.
    """
    path = folder / DETECTOR
    if not path.is_file():
        write_json(path, facts)
        return
    old = read_json(path, f"the {DETECTOR} of a detector")
    if other := [name for name in facts if old.get(name) != facts[name]]:
        raise UsageError(
            f"{folder} holds another detector: its {' and '.join(other)} differ(s).",
            "a detector of the same recipe, data, folds, images and lesions",
            "name another --out, or remove that folder",
        )


def is_judged(folder: Path, facts: Mapping[str, Any]) -> bool:
    """Return whether the tables are there, made from all this and not changed since."""
    if not (folder / MANIFEST).is_file():
        return False
    manifest = read_manifest(folder, KIND, MADE_BY)
    if any(manifest.get(name) != value for name, value in facts.items()):
        return False
    try:
        refuse_changed(folder, manifest, MADE_BY)
    except FailureError:
        return False
    return True


def write_found(folder: Path, facts: Mapping[str, Any], tables: Mapping[str, Iterable[Mapping[str, Any]]]) -> None:
    """Write the tables of one detector and finish its folder."""
    (folder / MANIFEST).unlink(missing_ok=True)
    for name, columns in TABLES.items():
        write_csv(folder / f"{name}.csv", columns, tables[name])
    write_manifest(folder, KIND, facts)


def read_detection(folder: Path) -> list[Found]:
    """Read what all detectors in a folder found.

    Raises:
        UsageError: if it holds none, one is not finished, or a table lacks a column.
        FailureError: if a file was changed.
    """
    folders = [f for f in sorted(fold_folders(folder)) if (f / DETECTOR).is_file()]
    if not folders:
        raise UsageError(f"{folder} holds no detector.", f"a folder made by `{MADE_BY}`", f"run {MADE_BY}")
    return [_read(f) for f in folders]


def _read(folder: Path) -> Found:
    manifest = read_manifest(folder, KIND, MADE_BY)
    refuse_changed(folder, manifest, MADE_BY)
    return Found(manifest, **{name: tuple(read_csv(folder / f"{name}.csv", own)) for name, own in TABLES.items()})
