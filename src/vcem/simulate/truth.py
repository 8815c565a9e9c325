"""What is true of a simulated view: its maps and its lesions, on the grid of its files."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from vcem.core.files import write_bytes
from vcem.core.terms import Side
from vcem.simulate.scene import LesionInView, Scene

FAST = 1  # deflate level: a tenth larger than the default, three times as fast
STEPS = {"iodine": 2.0**-12, "thickness": 2.0**-8, "glandular": 2.0**-8}  # mg/cm2, mm, mm: finer than any use


@dataclass(frozen=True)
class LesionRow:
    """One row of `lesions.csv`: one lesion in one view; iodine in mg/cm2 is the lesion's own, over its area."""

    pair: str
    lesion: int
    kind: str
    look: str
    pattern: str
    enhancing: bool
    malignant: bool
    size_mm: float
    area_mm2: float
    iodine_mean: float
    iodine_peak: float


def oriented(array: np.ndarray, side: Side) -> np.ndarray:
    """Return a map of a scene as its file shows it: the chest wall of a right breast at the right edge."""
    return np.ascontiguousarray(array[:, ::-1] if side is Side.RIGHT else array)


def maps_of(scene: Scene) -> dict[str, np.ndarray]:
    """Return iodine (mg/cm2), lesion numbers, thickness and gland (mm) of a scene, oriented as its files."""
    lesion = np.zeros(scene.breast.shape, np.uint8)
    for found in scene.lesions:
        lesion[found.area] = found.number
    maps = {"iodine": scene.iodine, "thickness": scene.thickness, "glandular": scene.glandular}
    rounded = {name: _rounded(values, STEPS[name]) for name, values in maps.items()}
    return {name: oriented(values, scene.side) for name, values in {**rounded, "lesion": lesion}.items()}


def lesion_rows(pair: str, scene: Scene) -> list[LesionRow]:
    """Return the rows of a view's lesions."""
    return [_row(pair, found, scene.spacing_mm) for found in scene.lesions]


def write_truth(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays as an NPZ file, whole or not at all; the same arrays give the same bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=FAST) as archive:
        for name in sorted(arrays):
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:  # dated 1980, not now
                np.lib.format.write_array(file, arrays[name], allow_pickle=False)
    write_bytes(path, content.getvalue())


def as_record(row: LesionRow) -> dict[str, str | int | float | bool]:
    """Return a row as plain values."""
    return asdict(row)


def _row(pair: str, found: LesionInView, spacing_mm: float) -> LesionRow:
    inside = found.iodine[found.area]
    return LesionRow(
        pair=pair,
        lesion=found.number,
        kind=found.kind,
        look=found.look,
        pattern=found.pattern,
        enhancing=bool(found.enhancing),
        malignant=bool(found.malignant),
        size_mm=round(float(found.size_mm), 3),
        area_mm2=round(float(found.area.sum()) * spacing_mm**2, 3),
        iodine_mean=round(float(inside.mean()), 5) if inside.size else 0.0,
        iodine_peak=round(float(inside.max()), 5) if inside.size else 0.0,
    )


def _rounded(values: np.ndarray, step: float) -> np.ndarray:
    """Round to a power of two, which leaves long runs of zero bits to the compressor."""
    return (np.rint(values / np.float32(step)) * np.float32(step)).astype(np.float32)
