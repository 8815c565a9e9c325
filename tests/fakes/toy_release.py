"""Write a small fake CDD-CESM release: phantoms in the public layout, with the public release's traps.

    python tests/fakes/toy_release.py OUT --patients 8 [--reduced]

Every breast is a half ellipse with skin, fat, gland and often a lesion that takes up contrast. LE and DES are cropped
apart by translations that `truth.csv` keeps (nothing but the tests reads it). All is drawn from seeds: same
arguments, same bytes. `reduced` pretends that the images are half-size copies: outlines stand in pixels of the
originals, and `scale.csv` and masks are written.
"""

import argparse
import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile, ZipInfo

import numpy as np
from openpyxl import Workbook
from PIL import Image, ImageDraw
from scipy import ndimage

from vcem.core.seeds import rng_for

LE_FOLDER, DES_FOLDER = "Low energy images of CDD-CESM", "Subtracted images of CDD-CESM"
WORKBOOK, OUTLINES = "Radiology-manual-annotations.xlsx", "Radiology_hand_drawn_segmentations_v2.csv"
HEADER = ("Image_name", "Patient_ID", "Side", "Type", "Age", "Breast density (ACR)", "BIRADS", "Findings", "View",
          "Tags", "Machine", "Pathology Classification/ Follow up")  # fmt: skip
ROWS, COLUMNS, MARGIN = 280, 180, 24
GLAND = {"A": 0.05, "B": 0.18, "C": 0.32, "D": 0.45}


@dataclass(frozen=True)
class Lesion:
    x: float
    y: float
    radius: float
    uptake: float


@dataclass(frozen=True)
class Scene:
    """One projection before cropping: grey in [0, 1], chest wall at the left for L and at the right for R."""

    pair: str
    density: str
    le: np.ndarray
    des: np.ndarray
    lesion: Lesion | None


@dataclass(frozen=True)
class Crop:
    top: int
    left: int
    bottom: int
    right: int

    def cut(self, grey: np.ndarray) -> np.ndarray:
        return grey[self.top : ROWS - self.bottom, self.left : COLUMNS - self.right]


def write_release(out: Path, patients: int = 8, seed: int = 0, reduced: bool = False) -> Path:
    """Write the release and return its folder."""
    for folder in (LE_FOLDER, DES_FOLDER, *(["masks"] if reduced else [])):
        (out / folder).mkdir(parents=True, exist_ok=True)
    writer = Writer(out, seed, 2 if reduced else 1)
    for number in range(1, patients + 1):
        for scene in scenes(number, seed):
            writer.add(scene)
    writer.add_traps(patients)
    writer.finish()
    return out


def scenes(number: int, seed: int) -> Iterator[Scene]:
    """The four projections of one patient; patient 2 has a late repeat with the release's odd name."""
    density = "BCDA"[number % 4]
    for side in "LR":
        rng = rng_for(seed, "breast", number, side)
        ill = rng.random() < 0.7
        for view in ["CC", "MLO"]:
            yield scene(f"P{number}_{side}_{view}", density, ill, seed)
    if number == 2:
        yield scene(f"P{number}_L_MLO_2", density, True, seed)


def scene(pair: str, density: str, ill: bool, seed: int) -> Scene:
    """Draw one projection."""
    rng = rng_for(seed, "scene", pair)
    v, u = np.mgrid[:ROWS, :COLUMNS].astype(float)
    depth, half, middle = rng.uniform(105, 135), rng.uniform(95, 115), ROWS / 2 + rng.uniform(-6, 6)
    reach = np.hypot(u / depth, (v - middle) / half)
    if "MLO" in pair:  # the breast hangs below the armpit
        arm = u < 62 - 0.12 * v
        reach = ndimage.gaussian_filter(
            np.where((v < middle) & arm, np.minimum(reach, u / 62), reach), 5, mode="nearest"
        )
    inside = ndimage.gaussian_filter((reach < 1).astype(float), 1.2)
    gland = _gland(rng, reach, density)
    lesion = _lesion(rng, depth, half, middle) if ill else None
    spot = np.zeros_like(u) if lesion is None else _spot(lesion, u, v)
    rim = np.exp(-(((reach - 0.97) / 0.02) ** 2))
    muscle = 0.25 * ((u + 0.55 * v < 60) & ("MLO" in pair))
    le = 0.2 + 0.5 * gland + 0.12 * rim + ndimage.gaussian_filter(muscle, 2) + 0.12 * spot
    residue = le - ndimage.gaussian_filter(
        le, 2
    )  # the two shots are not equally sharp, so tissue does not quite cancel
    uptake = 0.0 if lesion is None else lesion.uptake
    des = 0.22 + 0.05 * ndimage.gaussian_filter(gland, 8) - 0.1 * rim - 0.35 * residue + uptake * spot
    le, des = (g + rng.normal(0, s, g.shape) for g, s in ((le, 0.008), (des, 0.02)))
    le, des = (np.where(inside > 0.4, np.clip(g * inside, 0.06, 1), 0) for g in (le, des))
    return _turned(Scene(pair, density, le, des, lesion))


def _gland(rng: np.random.Generator, reach: np.ndarray, density: str) -> np.ndarray:
    noise = sum(ndimage.gaussian_filter(rng.normal(size=reach.shape), s) * s for s in (1.2, 3, 7, 14))
    threads = np.clip(noise / noise.std() * 0.35 + GLAND[density] + 0.1, 0, 1)
    return threads * np.clip((0.93 - reach) / 0.15, 0, 1)


def _lesion(rng: np.random.Generator, depth: float, half: float, middle: float) -> Lesion:
    x, y = rng.uniform(0.25, 0.6) * depth, middle + rng.uniform(-0.35, 0.35) * half
    return Lesion(x, y, rng.uniform(7, 14), rng.choice([0.45, 0.3, 0.08]))


def _spot(lesion: Lesion, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    angle = np.arctan2(v - lesion.y, u - lesion.x)
    edge = lesion.radius * (1 + 0.12 * np.sin(5 * angle))
    return 1 / (1 + np.exp((np.hypot(u - lesion.x, v - lesion.y) - edge) / 0.8))


def _turned(drawn: Scene) -> Scene:
    if "_L_" in drawn.pair:
        return drawn
    old = drawn.lesion
    lesion = old and Lesion(COLUMNS - 1 - old.x, old.y, old.radius, old.uptake)
    return Scene(drawn.pair, drawn.density, drawn.le[:, ::-1], drawn.des[:, ::-1], lesion)


class Writer:
    """Collects the tables while the images are written."""

    def __init__(self, out: Path, seed: int, per_px: int) -> None:
        self.out, self.seed, self.per_px = out, seed, per_px
        self.rows: list[tuple] = []
        self.outlines: list[tuple[str, dict]] = []
        self.scales: list[tuple] = []
        self.truth: list[tuple] = []

    def add(self, drawn: Scene) -> None:
        rng = rng_for(self.seed, "crop", drawn.pair)
        crops = [Crop(*(int(i) for i in rng.integers(0, MARGIN, 4))) for _ in range(2)]
        self.truth.append((drawn.pair, crops[0].left - crops[1].left, crops[0].top - crops[1].top))
        for crop, kind in zip(crops, ("DM", "CM"), strict=True):
            self._image(drawn, crop, kind)

    def _image(self, drawn: Scene, crop: Crop, kind: str) -> None:
        name = named(drawn.pair, kind)
        grey = crop.cut(drawn.le if kind == "DM" else drawn.des)
        folder = LE_FOLDER if kind == "DM" else DES_FOLDER
        picture = Image.fromarray((np.clip(grey, 0, 1) * 255).round().astype(np.uint8))
        picture.save(self.out / folder / f"{name}.jpg", quality=90)
        shapes = [] if drawn.lesion is None else list(self._shapes(drawn, crop))
        self.outlines += [(name, self._original(shape)) for shape in shapes]
        self.scales.append((name, grey.shape[1] * self.per_px, grey.shape[0] * self.per_px, 1 / self.per_px))
        self._row(drawn, name, kind)
        if self.per_px > 1:
            _mask(picture.size, shapes).save(self.out / "masks" / f"{name}.png")

    def _shapes(self, drawn: Scene, crop: Crop) -> Iterator[dict]:
        lesion, rng = drawn.lesion, rng_for(self.seed, "outline", drawn.pair)
        x, y, r = lesion.x - crop.left, lesion.y - crop.top, lesion.radius + 1
        turn = np.linspace(0, 2 * np.pi, int(rng.integers(12, 24)), endpoint=False)
        wobble = r * (1 + rng.normal(0, 0.04, turn.shape))
        yield {"name": "polygon", "all_points_x": [int(i) for i in np.rint(x + wobble * np.cos(turn))],
               "all_points_y": [int(i) for i in np.rint(y + wobble * np.sin(turn))]}  # fmt: skip
        if drawn.pair.startswith("P1_"):
            yield {"name": "ellipse", "cx": round(x), "cy": round(y), "rx": round(r), "ry": round(0.7 * r)}
            yield {"name": "circle", "cx": round(x), "cy": round(y), "r": 4}
            yield {"name": "point", "cx": round(x), "cy": round(y)}

    def _original(self, shape: dict) -> dict:
        def grow(value: object) -> object:
            return [v * self.per_px for v in value] if isinstance(value, list) else value * self.per_px

        return {key: value if key == "name" else grow(value) for key, value in shape.items()}

    def _row(self, drawn: Scene, name: str, kind: str) -> None:
        patient, side, view = drawn.pair.split("_")[:3]
        number, ill = int(patient[1:]), drawn.lesion is not None
        density = drawn.density if kind == "DM" and drawn.pair != "P3_R_CC" else "_"
        birads = "4$2" if drawn.pair == "P1_L_CC" else (5 if ill else 1)
        finding = {"DM": "High density mass ", "CM": "Heterogenously enhancing mass"}[kind] if ill else "Normal"
        written = f"{name} " if name == "P1_R_CM_CC" else name
        self.rows.append((written, number, side, "DM" if kind == "DM" else "CESM", 35 + 7 * number % 45, density,
                          birads, finding, view, "mass" if ill else "normal", 1 + (number % 4 == 0),
                          "Malignant" if ill else "Normal"))  # fmt: skip

    def add_traps(self, patients: int) -> None:
        """An LE without DES, a DES cut short, a file that is not an image, a second name of one image, absent ones."""
        alone, broken = f"P{patients + 1}_L_CC", f"P{patients + 2}_L_CC"
        for pair in (alone, broken):
            self.add(scene(pair, "B", False, self.seed))
        self.truth = self.truth[:-2]
        (self.out / DES_FOLDER / f"{named(alone, 'CM')}.jpg").unlink()
        cut = self.out / DES_FOLDER / f"{named(broken, 'CM')}.jpg"
        cut.write_bytes(cut.read_bytes()[:900])
        (self.out / LE_FOLDER / "Thumbs.db").write_bytes(b"no image")
        self.outlines.append(("P900_L_DM_CC", {"name": "circle", "cx": 9, "cy": 9, "r": 3}))
        self.rows.append(("P900_L_DM_CC", 900, "L", "DM", 50, "B", 2, "Normal", "CC", "normal", 1, "Normal"))

    def finish(self) -> None:
        """Write the tables."""
        book = Workbook()
        book.active.title = "all"
        for row in (HEADER, *self.rows):
            book.active.append(row)
        _save(book, self.out / WORKBOOK)
        via = [(f"{name}.jpg", 0, "{}", 1, 0, json.dumps(shape), "{}") for name, shape in self.outlines]
        header = ("#filename", "file_size", "file_attributes", "region_count", "region_id", "region_shape_attributes",
                  "region_attributes")  # fmt: skip
        _table(self.out / OUTLINES, header, via)
        _table(self.out / "truth.csv", ("pair", "dx_px", "dy_px"), self.truth)
        if self.per_px > 1:
            _table(self.out / "scale.csv", ("image", "original_width", "original_height", "scale"), self.scales)


def named(pair: str, kind: str) -> str:
    """P3_L_CC of kind DM is P3_L_DM_CC."""
    patient, side, *view = pair.split("_")
    return "_".join([patient, side, kind, *view])


def _save(book: Workbook, path: Path) -> None:
    """Save without the clock times that openpyxl writes, so that the bytes repeat."""
    book.save(path)
    with ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["docProps/core.xml"] = re.sub(
        rb"\d{4}-\d\d-\d\dT[\d:]+Z", b"2020-01-01T00:00:00Z", parts["docProps/core.xml"]
    )
    with ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(ZipInfo(name), content)


def _mask(size: tuple[int, int], shapes: list[dict]) -> Image.Image:
    mask = Image.new("L", size)
    for shape in shapes:
        if shape["name"] == "polygon":
            points = list(zip(shape["all_points_x"], shape["all_points_y"], strict=True))
            ImageDraw.Draw(mask).polygon(points, fill=255)
    return mask


def _table(path: Path, header: tuple, rows: list[tuple]) -> None:
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--patients", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--reduced", action="store_true")
    asked = parser.parse_args()
    write_release(asked.out, asked.patients, asked.seed, asked.reduced)
