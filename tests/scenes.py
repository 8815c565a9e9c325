"""A made-up exam whose DES lies 6 right and 9 below LE."""

from pathlib import Path

import numpy as np
from PIL import Image

from vcem.core.terms import Density, Energy, Side, View
from vcem.folders.catalogue import Outline, Pair, write_catalogue

ROWS, COLUMNS, DX, DY = 160, 100, 6, 9


def scene(rows, columns, x0, y0, side):
    """LE and DES of one breast as an image that starts at (x0, y0); the lesion is centred at (40, 80)."""
    v, u = np.mgrid[y0 : y0 + rows, x0 : x0 + columns]
    wall = u if side is Side.LEFT else 99 - u
    breast = np.hypot((v - 80) / 70, wall / 80) < 1
    lesion = np.hypot(u - 40, v - 80) < 10
    texture = np.sin(u / 9) * np.cos(v / 7)
    le = breast * (110 + 30 * texture)
    des = breast * (60 + 10 * texture + 90 * lesion)
    return [np.round(image).astype(np.uint8) for image in (le, des)]


def write_toy_catalogue(tmp_path: Path) -> Path:
    """Write three pairs as PNG and their catalogue."""
    source = tmp_path / "source"
    source.mkdir()
    pairs, outlines = [], []
    for i, side in enumerate([Side.LEFT, Side.RIGHT, Side.LEFT]):
        name = f"P{i}_{side}_CC"
        le, _ = scene(ROWS, COLUMNS, 0, 0, side)
        _, des = scene(ROWS, COLUMNS, -DX, -DY, side)
        Image.fromarray(le).save(source / f"{name}_le.png")
        Image.fromarray(des).save(source / f"{name}_des.png")
        pairs.append(
            Pair(name, f"P{i}", side, View.CC, f"{name}_le.png", f"{name}_des.png", float(DX), float(DY), 0.9,
                 density=Density.C)
        )  # fmt: skip
        outlines.append(Outline(name, Energy.DES, "circle", ((40 + DX, 80 + DY), (10, 10))))
    folder = tmp_path / "catalogue"
    write_catalogue(folder, pairs, outlines, [], {"source": str(source), "origin": "simulated"})
    return folder
