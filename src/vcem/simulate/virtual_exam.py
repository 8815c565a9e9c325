"""One virtual woman's exam as arrays: what the files of a cohort hold, without a file."""

from dataclasses import dataclass
from itertools import product

import numpy as np

from vcem.core.arrays import Grey, Labels
from vcem.core.terms import Side, View
from vcem.simulate.chart import chart_of
from vcem.simulate.exam import ViewPlan
from vcem.simulate.field import on_field
from vcem.simulate.patient import draw_patient
from vcem.simulate.phantom import scene_of
from vcem.simulate.present import DES_WINDOW, LE_WINDOW
from vcem.simulate.recipe import Recipe
from vcem.simulate.render import Camera, render
from vcem.simulate.truth import LesionRow, lesion_rows


@dataclass(frozen=True)
class VirtualView:
    """One view, oriented as its files: the chest wall of a right breast at the right edge.

    `le`, `le_before` (LE before contrast) and `des` are grey in [0, 1], `iodine` is the true map in mg/cm2, `lesion`
    numbers the lesions of `lesions` from 1. All are `h w` with pixels of `spacing_mm`.
    """

    pair: str
    side: Side
    view: View
    spacing_mm: float
    le: Grey
    le_before: Grey
    des: Grey
    iodine: Grey
    lesion: Labels
    lesions: tuple[LesionRow, ...]


def simulate_exam(seed: int, number: int = 1, pixel_mm: float = 0.8, recipe: Recipe | None = None) -> list[VirtualView]:
    """Return the views of woman `number` of a cohort with this seed, as `vcem simulate` would write them.

    Args:
        seed: of the cohort.
        number: which of its women, from 1.
        pixel_mm: pixel at the detector.
        recipe: priors, machine and look; the defaults if not given.

    Raises:
        UsageError: if a prior or the pixel is impossible.
    """
    recipe = recipe or Recipe()
    camera = Camera(recipe.acquisition, recipe.look, seed)
    patient = draw_patient(seed, number, recipe.priors)
    chart = chart_of(patient)
    scenes = [scene_of(patient, side, view, seed, pixel_mm, False) for side, view in product(Side, View)
              if side in chart.breasts]  # fmt: skip
    return [_view(ViewPlan(chart, scene), camera) for scene in scenes]


def _view(plan: ViewPlan, camera: Camera) -> VirtualView:
    scene = on_field(plan.scene)
    rendered = render(scene, camera, plan.pair)
    truth = rendered.truth
    return VirtualView(
        plan.pair,
        scene.side,
        scene.view,
        scene.spacing_mm,
        _grey(rendered.le, LE_WINDOW),
        _grey(truth["le_before"], LE_WINDOW),
        _grey(rendered.des, DES_WINDOW),
        truth["iodine"],
        truth["lesion"],
        tuple(lesion_rows(plan.pair, scene)),
    )


def _grey(stored: np.ndarray, window: tuple[float, float]) -> Grey:
    """Apply a linear window (PS3.3 C.11.2.1.2.1)."""
    centre, width = window
    return np.clip((stored - (centre - 0.5)) / (width - 1) + 0.5, 0, 1).astype(np.float32)
