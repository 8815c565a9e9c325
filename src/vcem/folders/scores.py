"""The tables of a scored run: a row per image, lesion, mark or region, of the method and of the trivial references.

`scores.csv` is written last: a folder with it is scored. Cells of a reference have no recipe. docs/reference/metrics.md
says what each column is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vcem.core.errors import UsageError
from vcem.core.files import Row, read_csv, write_csv

SCORES, LESIONS, MARKS, TEXTURES = "scores.csv", "lesions.csv", "marks.csv", "textures.csv"
MADE_BY = "vcem score"
METRICS = ("mse", "psnr", "ssim", "vif")
BREAST = tuple(f"{metric}_breast" for metric in METRICS)
LATER = ("ms_ssim", "ms_ssim_breast")
"""Metrics that tables of an older scoring lack."""
WHO = ("method", "recipe", "fold", "pair", "patient")
ALIKE = ("origin", "protocol", "size")  # the same in every row that can stand in one table
FACTS = (*WHO, "side", "view", "density", "machine", *ALIKE)
FOUND = ("lesions", "enhancing", "missed", "hallucinated", "contrast_error")
IMAGE_COLUMNS = (*FACTS, *METRICS, *BREAST, *FOUND)
LESION_COLUMNS = (
    *WHO, "lesion", "area_px", "contrast_truth", "contrast_pred", "cnr_truth", "cnr_pred", "enhancing", "missed",
)  # fmt: skip
MARK_COLUMNS = (*WHO, "rating", "lesion")
TEXTURE_COLUMNS = (
    *WHO, "lesion", "mean", "sd", "skewness", "kurtosis", "p10", "p90", "entropy", "glcm_contrast", "glcm_homogeneity",
    "glcm_energy", "glcm_correlation", "glcm_entropy",
)  # fmt: skip
TRUE_DES = "reference-true-des"
"""The true DES image in the table of textures, to which all others are compared."""


@dataclass(frozen=True)
class Tables:
    """Cells as text; `marks` and `textures` are None where a run was scored before they were recorded."""

    images: tuple[Row, ...]
    lesions: tuple[Row, ...]
    marks: tuple[Row, ...] | None
    textures: tuple[Row, ...] | None = None


def is_scored(folder: Path) -> bool:
    """Return whether a run has its scores."""
    return (folder / SCORES).is_file()


def is_reference(method: str) -> bool:
    """Return whether the rows of this method are those of a trivial reference."""
    return method.startswith("reference-")


def write_scores(
    folder: Path, images: Iterable[Mapping[str, Any]], lesions: Iterable[Mapping[str, Any]],
    marks: Iterable[Mapping[str, Any]], metrics: Sequence[str] = (*METRICS, *BREAST),
    textures: Iterable[Mapping[str, Any]] | None = None,
) -> None:  # fmt: skip
    """Write all tables; `metrics` are the columns of image metrics, METRICS and BREAST among them."""
    if textures is not None:
        write_csv(folder / TEXTURES, TEXTURE_COLUMNS, textures)
    write_csv(folder / LESIONS, LESION_COLUMNS, lesions)
    write_csv(folder / MARKS, MARK_COLUMNS, marks)
    write_csv(folder / SCORES, (*FACTS, *metrics, *FOUND), images)


def read_scores(folder: Path) -> Tables:
    """Read the tables of a scored run, this program's or another's in its form.

    Raises:
        UsageError: if one is missing, lacks a column, or holds no row of a method.
    """
    images = read_csv(folder / SCORES, IMAGE_COLUMNS)
    if all(is_reference(row["method"]) for row in images):
        raise UsageError(f"{folder / SCORES} holds no row of a method.", "a row per test image", f"run {MADE_BY} again")
    lesions = read_csv(folder / LESIONS, LESION_COLUMNS) if (folder / LESIONS).is_file() else []
    marks = tuple(read_csv(folder / MARKS, MARK_COLUMNS)) if (folder / MARKS).is_file() else None
    textures = tuple(read_csv(folder / TEXTURES, TEXTURE_COLUMNS)) if (folder / TEXTURES).is_file() else None
    return Tables(tuple(images), tuple(lesions), marks, textures)
