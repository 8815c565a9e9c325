"""Lesion outlines that radiologists drew with the VGG Image Annotator (VIA 2), out of its CSV.

Coordinates there are pixels of the original image. A reduced copy tells its scale in `scale.csv`; the centre of the
original pixel X lies at (X + 1/2) scale - 1/2 of the reduced image.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vcem.core.files import Row, read_csv
from vcem.folders.catalogue import Shape

COLUMNS = ("#filename", "region_shape_attributes")
Point = tuple[float, float]


@dataclass(frozen=True)
class Region:
    """One outline in pixels of the original image, in the form of `vcem.folders.catalogue.Outline`."""

    shape: Shape
    points: tuple[Point, ...]
    theta: float = 0.0

    def scaled(self, factor: float) -> "Region":
        """Return the outline in pixels of an image reduced by this factor."""
        if factor == 1:
            return self
        moved = tuple(((x + 0.5) * factor - 0.5, (y + 0.5) * factor - 0.5) for x, y in self.points)
        if self.shape in ("ellipse", "circle"):
            (a, b) = self.points[1]
            moved = (moved[0], (a * factor, b * factor))
        return Region(self.shape, moved, self.theta)

    def reaches(self) -> Point:
        """Return the greatest x and y of the outline's own points (of the centre for ellipse and circle)."""
        points = self.points[:1] if self.shape in ("ellipse", "circle") else self.points
        return max(x for x, _ in points), max(y for _, y in points)


def read_regions(path: Path) -> tuple[dict[str, list[Region]], list[str]]:
    """Read every outline, by image name, and the reasons of the rows that could not be read.

    Raises:
        UsageError: if the table is missing or lacks VIA's columns.
    """
    regions: dict[str, list[Region]] = {}
    unread = []
    for line, row in enumerate(read_csv(path, COLUMNS), 2):
        name = Path(row["#filename"].strip()).stem.strip().upper()
        found = _region(row)
        if isinstance(found, str):
            unread.append(f"outline of {name or 'no image'}, line {line}: {found}")
        else:
            regions.setdefault(name, []).append(found)
    return regions, unread


def _region(row: Row) -> Region | str:
    try:
        shape = json.loads(row["region_shape_attributes"])
        return READERS[shape["name"]](shape)
    except KeyError as error:
        return f"{error} is missing or no shape that is known ({', '.join(READERS)})"
    except (TypeError, ValueError) as error:
        return f"not readable: {error}"


def _polygon(shape: Mapping[str, Any]) -> Region:
    xs, ys = shape["all_points_x"], shape["all_points_y"]
    if len(xs) != len(ys) or not xs:
        raise ValueError(f"{len(xs)} x and {len(ys)} y")
    return Region(shape["name"], tuple((float(x), float(y)) for x, y in zip(xs, ys, strict=True)))


def _ellipse(shape: Mapping[str, Any]) -> Region:
    radii = float(shape["rx"]), float(shape["ry"])
    return Region("ellipse", (_centre(shape), radii), float(shape.get("theta", 0.0)))


def _circle(shape: Mapping[str, Any]) -> Region:
    return Region("circle", (_centre(shape), (float(shape["r"]), float(shape["r"]))))


def _point(shape: Mapping[str, Any]) -> Region:
    return Region("point", (_centre(shape),))


def _centre(shape: Mapping[str, Any]) -> Point:
    return float(shape["cx"]), float(shape["cy"])


READERS = {"polygon": _polygon, "polyline": _polygon, "ellipse": _ellipse, "circle": _circle, "point": _point}
