"""The sizes of images in the release and the scale of a reduced copy."""

from dataclasses import dataclass
from pathlib import Path

from vcem.core.errors import UsageError
from vcem.core.files import Row, read_csv

COLUMNS = ("image", "original_width", "original_height", "scale")


@dataclass(frozen=True)
class Scale:
    """Pixels of the given image a pixel of the original, and the original's size."""

    factor: float
    width: int
    height: int


def read_scales(path: Path) -> dict[str, Scale]:
    """Read `scale.csv`: the scale of every image of a reduced copy, by image name.

    Raises:
        UsageError: if the table cannot be read or a scale is not above 0.
    """
    return {row["image"].strip().upper(): _scale(row, path) for row in read_csv(path, COLUMNS)}


def _scale(row: Row, path: Path) -> Scale:
    try:
        scale = Scale(float(row["scale"]), int(row["original_width"]), int(row["original_height"]))
    except ValueError as error:
        raise UsageError(f"{path}, image {row['image']}: {error}.", "numbers") from error
    if not 0 < scale.factor < float("inf"):
        raise UsageError(f"{path}, image {row['image']}: scale {scale.factor}.", "a scale above 0")
    return scale
