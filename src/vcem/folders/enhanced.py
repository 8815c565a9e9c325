"""A folder of virtual DES images: settings.json first, images named by their UID, images.csv, skipped.csv, manifest."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from vcem.core.files import write_csv, write_manifest
from vcem.folders.catalogue import IMAGES

KIND = "enhanced"
SETTINGS = "settings.json"


@dataclass(frozen=True)
class EnhancedImage:
    """Which file became which, of which breast, view and origin."""

    file: str
    output: str
    side: str
    view: str
    origin: str


def write_images(folder: Path, images: Iterable[EnhancedImage]) -> None:
    """Write the table of what was enhanced, by the name of the source."""
    names = [f.name for f in fields(EnhancedImage)]
    write_csv(folder / IMAGES, names, map(asdict, sorted(images, key=lambda image: image.file)))


def finish(folder: Path, model: Mapping[str, Any], images: Iterable[EnhancedImage]) -> None:
    """Write the manifest: the model, and where the pixels come from."""
    kept = list(images)
    facts = {"model": model, "origin": sorted({image.origin for image in kept}), "images": len(kept)}
    write_manifest(folder, KIND, facts)
