"""The folder of virtual women that `vcem simulate` writes: images in `dicom/`, truth in `truth/`, and three tables."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vcem.core.files import MANIFEST, read_json, write_csv

KIND = "simulation"
MADE_BY = "vcem simulate"
RECIPE, IMAGES, TRUTH = "recipe.toml", "dicom", "truth"
PATIENTS, VIEWS, LESIONS = "patients.csv", "views.csv", "lesions.csv"
LESION_COLUMNS = ("pair", "lesion", "kind", "look", "pattern", "enhancing", "malignant", "size_mm", "area_mm2",
                  "iodine_mean", "iodine_peak")  # fmt: skip


def is_simulation(folder: Path) -> bool:
    """Return whether a folder is a finished simulation."""
    manifest = folder / MANIFEST
    return manifest.is_file() and read_json(manifest, "a manifest").get("kind") == KIND


def write_tables(
    folder: Path,
    patients: Sequence[Mapping[str, Any]],
    views: Sequence[Mapping[str, Any]],
    lesions: Sequence[Mapping[str, Any]],
) -> None:
    """Write the three tables; there is a patient and a view at least."""
    write_csv(folder / PATIENTS, list(patients[0]), patients)
    write_csv(folder / VIEWS, list(views[0]), views)
    write_csv(folder / LESIONS, LESION_COLUMNS, lesions)
