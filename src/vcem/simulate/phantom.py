"""One view of a virtual woman: every tissue laid under the paddle, as path lengths along the ray."""

from dataclasses import dataclass, replace

import numpy as np

from vcem.core.errors import UsageError
from vcem.core.seeds import rng_for
from vcem.core.terms import Side, View
from vcem.simulate.axilla import draw_nodes, muscle_path
from vcem.simulate.compression import Slab, compress, crease, nipple_path, skin_path
from vcem.simulate.ducts import draw_ducts
from vcem.simulate.field import LARGE, SMALL, field_shape
from vcem.simulate.gland import glandular_share
from vcem.simulate.grid import BASE_MM, Grid, Map, onto
from vcem.simulate.lesions import Placed, place, speck
from vcem.simulate.outline import Outline, draw_outline, signed_distance
from vcem.simulate.patient import Patient
from vcem.simulate.scene import LesionInView, Scene
from vcem.simulate.texture import power_law
from vcem.simulate.tubes import paint
from vcem.simulate.vessels import draw_vessels

# adipose and glandular equivalents of 1 mm (fits over 14 to 49 keV, largest error of mu .33 %)
SKIN, SOLID, FLUID, MUSCLE = (-0.062, 1.101), (0.0, 1.019), (-0.275, 1.216), (-0.344, 1.325)
AIR_MM = 6.0  # kept right of the nipple


@dataclass(frozen=True)
class Sketch:
    """What a view is built from, on the grid of its image: outline, distances and layers of the slab, in mm."""

    outline: Outline
    grid: Grid
    distance: Map
    slab: Slab
    muscle: Map
    gland: Map
    cloud: Map


def scene_of(patient: Patient, side: Side, view: View, seed: int, spacing_mm: float, late: bool = False) -> Scene:
    """Return one view of a woman; another pixel size or phase shows the same breast.

    Raises:
        UsageError: if the pixel spacing is not positive.
    """
    if not spacing_mm > 0:
        raise UsageError(f"A pixel of {spacing_mm} mm is impossible.", "a spacing above 0")
    sketch = _sketch(patient, side, view, seed, spacing_mm)
    grid = sketch.grid
    vessels, ducts = _tubes(sketch, patient, side, view, seed)
    adipose, glandular = _soft_tissue(sketch, vessels, ducts)
    calcium = _specks(sketch, patient, rng_for(seed, "specks", patient.id, side, view))
    iodine = _background(sketch, patient, vessels, late)
    lesions = []
    for lesion in patient.lesions_of(side):
        rng = rng_for(seed, "lesion look", patient.id, side, view, lesion.number)
        placed = place(lesion, sketch.outline, view, grid, sketch.slab.inner, rng)
        _displace(placed, sketch.slab.whole, adipose, glandular)
        calcium[placed.window] += placed.calcium
        lesions.append(_in_view(placed, grid, lesion.uptake.late_share if late else 1.0))
        iodine += lesions[-1].iodine
    wide = field_shape(SMALL if patient.small_field else LARGE, spacing_mm)[1]
    maps = (_wide(m, wide) for m in (sketch.slab.whole, adipose, glandular, calcium, iodine))
    thickness, adipose, glandular, calcium, iodine = maps
    return Scene(
        side=side,
        view=view,
        spacing_mm=spacing_mm,
        paddle_mm=patient.bodies[side].paddle_mm[view],
        breast=_wide(sketch.distance > 0, wide),
        distance=_wide(np.maximum(sketch.distance, 0), wide),
        thickness=thickness,
        adipose=adipose,
        glandular=glandular,
        calcium=calcium,
        iodine=iodine,
        lesions=tuple(_widened(lesion, wide) for lesion in lesions),
    )


def _sketch(patient: Patient, side: Side, view: View, seed: int, spacing_mm: float) -> Sketch:
    """Lay out the view; all random shapes are drawn here, on the base grid."""
    rng = rng_for(seed, "breast", patient.id, side, view)
    rows, columns = field_shape(SMALL if patient.small_field else LARGE, spacing_mm)
    body, shape = patient.bodies[side], patient.priors.shape
    outline = draw_outline(rng, body, view, rows * spacing_mm)
    needed = int(np.ceil((outline.skin[:, 0].max() + AIR_MM) / spacing_mm))
    grid = Grid(rows, min(columns, needed), spacing_mm)
    base = grid.base()
    paddle = body.paddle_mm[view]
    radius = paddle * float(np.clip(rng.normal(shape.edge_radius, shape.edge_radius_sd), 0.3, 0.9))
    tilt = float(np.clip(rng.normal(0.0, 0.04), -0.08, 0.08))
    signed = signed_distance(outline, base)
    muscle = muscle_path(outline, base, rng, paddle)
    rough = compress(np.maximum(signed, 0), base, paddle, radius, tilt)
    room = np.maximum(rough - 2 * shape.skin_mm - muscle, 0) * (signed > 0)
    gland_rng = rng_for(seed, "gland", patient.id, side, view)
    share = glandular_share(outline, base, signed, room, patient.volumetric_density, gland_rng, patient.priors.tissue)
    fine = onto(signed, grid)
    whole = compress(np.maximum(fine, 0), grid, paddle, radius, tilt)
    if view is View.MLO:
        whole *= crease(rng_for(seed, "crease", patient.id, side), grid, outline.nipple, fine)
    skin = skin_path(whole, np.maximum(fine, 0), paddle, radius, shape.skin_mm)
    nipple = nipple_path(rng_for(seed, "nipple", patient.id, side, view), grid, outline.nipple, fine)
    slab = Slab(whole + nipple, skin, nipple)
    muscle = np.minimum(np.maximum(onto(muscle, grid), 0), slab.inner)
    share = np.clip(onto(share, grid), 0, 1)
    uneven = np.exp(0.5 * power_law(gland_rng, base.shape, 3.6, 40 / BASE_MM))
    return Sketch(outline, grid, fine, slab, muscle, share * (slab.inner - muscle), onto(uneven, grid))


def _tubes(sketch: Sketch, patient: Patient, side: Side, view: View, seed: int) -> tuple[Map, Map]:
    """Return mm of blood and of ducts."""
    tissue, maps = patient.priors.tissue, []
    for name, draw in (("vessels", draw_vessels), ("ducts", draw_ducts)):
        canvas = sketch.grid.zeros()
        for tube in draw(rng_for(seed, name, patient.id, side, view), sketch.outline, tissue):
            paint(canvas, sketch.grid, tube)
        maps.append(np.minimum(canvas, 0.5 * sketch.slab.inner))
    if view is View.MLO:
        rng = rng_for(seed, "nodes", patient.id, side)
        sketch.gland[...] += draw_nodes(rng, sketch.outline, sketch.grid, tissue, sketch.slab.inner)
    return maps[0], maps[1]


def _soft_tissue(sketch: Sketch, vessels: Map, ducts: Map) -> tuple[Map, Map]:
    """Return adipose and glandular equivalents; what is not skin, muscle, gland, vessel or duct is fat."""
    slab = sketch.slab
    gland = np.minimum(sketch.gland + ducts + vessels, slab.inner - sketch.muscle)
    fat = slab.inner - sketch.muscle - gland
    skin = slab.skin + slab.nipple
    adipose = fat + SKIN[0] * skin + MUSCLE[0] * sketch.muscle
    glandular = gland + SKIN[1] * skin + MUSCLE[1] * sketch.muscle
    return adipose.astype(np.float32), glandular.astype(np.float32)


def _specks(sketch: Sketch, patient: Patient, rng: np.random.Generator) -> Map:
    """Return benign calcifications that lie about, a few of them coarse."""
    calcium, grid = sketch.grid.zeros(), sketch.grid
    for _ in range(int(rng.poisson(patient.priors.tissue.benign_calcifications))):
        at = (rng.uniform(0.05, 0.9) * sketch.outline.nipple[0], rng.uniform(0.2, 0.8) * grid.rows * grid.spacing_mm)
        speck(calcium, grid, at, float(np.clip(rng.lognormal(np.log(0.4), 0.6), 0.15, 2.5)), rng)
    return np.where(sketch.distance > 4, calcium, 0).astype(np.float32)


def _background(sketch: Sketch, patient: Patient, vessels: Map, late: bool) -> Map:
    """Return mg/cm2 of blood and of background enhancement, patchy within the gland."""
    uptake = patient.priors.uptake
    gland = patient.bpe_mg_ml * (uptake.late_background if late else 1.0)
    blood = uptake.blood * (uptake.late_blood if late else 1.0)
    return ((gland * sketch.gland * sketch.cloud + blood * vessels) / 10).astype(np.float32)


def _displace(placed: Placed, thickness: Map, adipose: Map, glandular: Map) -> None:
    """Put a lesion's tissue in the place of the mixture that was there."""
    rows, columns = placed.window
    lost = (placed.solid + placed.fluid) / np.maximum(thickness[rows, columns], 1e-3)
    for index, tissue in enumerate((adipose, glandular)):
        own = SOLID[index] * placed.solid + FLUID[index] * placed.fluid
        tissue[rows, columns] = tissue[rows, columns] * (1 - np.minimum(lost, 1)) + own


def _in_view(placed: Placed, grid: Grid, phase: float) -> LesionInView:
    area, iodine = np.zeros(grid.shape, bool), grid.zeros()
    area[placed.window], iodine[placed.window] = placed.area, placed.uptake * np.float32(phase)
    lesion = placed.lesion
    return LesionInView(
        number=lesion.number, kind=lesion.kind, look=lesion.look, pattern=lesion.uptake.pattern,
        enhancing=lesion.uptake.enhancing, malignant=lesion.malignant, size_mm=lesion.size_mm, area=area, iodine=iodine,
    )  # fmt: skip


def _widened(lesion: LesionInView, columns: int) -> LesionInView:
    return replace(lesion, area=_wide(lesion.area, columns), iodine=_wide(lesion.iodine, columns))


def _wide(image: np.ndarray, columns: int) -> np.ndarray:
    """Return an image with columns of air added on its right, up to the detector's border."""
    return np.pad(image, ((0, 0), (0, columns - image.shape[1])))
