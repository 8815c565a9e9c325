"""Small contrast mammograms as DICOM, with any attribute changed or taken away."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy import ndimage

from vcem.core.seeds import rng_for
from vcem.core.terms import Energy, Side, View
from vcem.dicom.header import Exposure, Image, Study
from vcem.dicom.uids import uid_for
from vcem.dicom.write import dataset_of

STUDY = Study("S0001", 58, uid_for(1, "study"), "20240305", 36000, 36300)
RHODIUM = Exposure(34, "Rh", "Ag", 0.03)


def image_of(energy=Energy.LE, side=Side.LEFT, view=View.CC, **changes) -> Image:
    """The header of one image; all images of one side and view share a Frame of Reference."""
    des = energy is Energy.DES
    image = Image(
        uid=uid_for(1, "image", energy, side, view), series_uid=uid_for(1, "series", energy),
        frame_uid=uid_for(1, "frame", side, view), series=1, number=1, energy=energy, side=side, view=view, late=False,
        spacing_mm=1.6, paddle_mm=55.0, taken_s=36420, window=(2036.0, 144.0) if des else (2048.0, 4096.0),
        comment="vcem simulation; density=c; birads=5; pathology=Malignant", exposure=None if des else RHODIUM,
        sources=(uid_for(1, "a"), uid_for(1, "b")) if des else (), mg_per_cm2=(1 / 36, -2000 / 36) if des else None,
    )  # fmt: skip
    return replace(image, **changes)


def pixels_of(energy=Energy.LE, side=Side.LEFT, rows=120, columns=80) -> np.ndarray:
    """A half disc of tissue that LE and DES share."""
    v, u = np.mgrid[:rows, :columns]
    wall = u if side is Side.LEFT else columns - 1 - u
    breast = np.hypot(wall / 65, (v - rows / 2) / 55) < 1
    pattern = ndimage.gaussian_filter(rng_for(0, "tissue", side).normal(size=breast.shape), 2.5) * 8
    level, gain, air = (2000, 20, 1970) if energy is Energy.DES else (1800, 500, 0)
    return np.where(breast, level + gain * pattern, air).astype(np.uint16)


def write(path: Path, energy=Energy.LE, side=Side.LEFT, view=View.CC, study=STUDY, tags=None, **changes) -> Path:
    """Write one image; `changes` to its header, then `tags` by keyword, None takes an attribute away."""
    dataset = dataset_of(pixels_of(energy, side), study, image_of(energy, side, view, **changes))
    for name, value in (tags or {}).items():
        if value is None:
            delattr(dataset, name)
        else:
            setattr(dataset, name, value)
    content = io.BytesIO()
    dataset.save_as(content, enforce_file_format=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.getvalue())
    return path
