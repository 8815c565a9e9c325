"""A cohort of virtual women: planned, rendered view by view in several processes, resumed where it was stopped."""

from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

from vcem.core.errors import UsageError
from vcem.core.files import MANIFEST, read_json, sha256_text, write_manifest, write_text
from vcem.core.recipe import dump
from vcem.core.terms import Origin, Side, View
from vcem.core.watch import Watch, unwatched
from vcem.engine import How, each, refuse_failed
from vcem.folders.simulation import IMAGES, KIND, RECIPE, write_tables
from vcem.simulate.acquire import COARSEST_MM, FINEST_MM
from vcem.simulate.chart import chart_of
from vcem.simulate.exam import Naming, ViewPlan, make_view, record_of
from vcem.simulate.patient import draw_patient
from vcem.simulate.phantom import scene_of
from vcem.simulate.present import DES_PER_MG_CM2, DES_ZERO
from vcem.simulate.recipe import Recipe
from vcem.simulate.recombine import iodine_slope, weight
from vcem.simulate.render import Camera
from vcem.simulate.uptake import joint_table

REFERENCE_MM = 55.0  # the thickness at which the manifest states the recombination's weight and slope
MOST_PATIENTS = 9999


@dataclass(frozen=True)
class Settings:
    """Everything that the files depend on but the number of women.

    `late` adds a DES minutes later, `raw` both exposures For Processing, `doses` to the truth LE and DES at these
    percents of the dose; all else depends on neither `raw` nor `doses`.
    """

    seed: int
    spacing_mm: float
    late: bool
    recipe: Recipe
    raw: bool = False
    doses: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not FINEST_MM <= self.spacing_mm <= COARSEST_MM:
            raise UsageError(f"A pixel of {self.spacing_mm:g} mm is impossible.", f"{FINEST_MM} to {COARSEST_MM} mm")

    def text(self) -> str:
        """Return all settings as TOML, which `read_recipe` reads."""
        return _head(self) + dump(self.recipe)

    @property
    def naming(self) -> Naming:
        """What UIDs and dates are drawn from."""
        return Naming(self.seed, sha256_text(replace(self, raw=False, doses=()).text())[:16])

    @property
    def camera(self) -> Camera:
        """What turns scenes into images."""
        return Camera(self.recipe.acquisition, self.recipe.look, self.seed, self.doses)


@dataclass(frozen=True)
class Unit:
    """One view to make."""

    patient: int
    side: Side
    view: View


def simulate(
    out: Path, settings: Settings, patients: int, jobs: int = 1, watch: Watch = unwatched
) -> list[dict[str, Any]]:
    """Make a cohort, or go on with one that was stopped; returns the rows of `views.csv`.

    Args:
        out: folder to write.
        settings: what to make.
        patients: how many women; more than before adds the others.
        jobs: worker processes; the result does not depend on it.
        watch: passes the names of finished views through, for progress; told their number.

    Raises:
        UsageError: if `out` holds something else or a number is impossible.
        FailureError: if views could not be made; all others are.
    """
    _refuse(patients, jobs)
    charts = [
        chart_of(draw_patient(settings.seed, number, settings.recipe.priors)) for number in range(1, patients + 1)
    ]
    _begin(out, settings)
    _refuse_fewer(out, {chart.patient for chart in charts})
    (out / MANIFEST).unlink(missing_ok=True)
    units = [Unit(n, side, view) for n, chart in enumerate(charts, 1) for side, view in product(Side, View)
             if side in chart.breasts]  # fmt: skip
    names = [f"{charts[u.patient - 1].patient}_{u.side}_{u.view}" for u in units]
    open_units = [u for u, name in zip(units, names, strict=True) if not (out / record_of(name)).is_file()]
    made = each(partial(_make, out, settings), open_units, How(jobs, in_order=False), _name)
    for _ in watch(refuse_failed(made, "views"), len(open_units)):
        pass
    records = [read_json(out / record_of(name), "a view's record") for name in names]
    lesions = [lesion for record in records for lesion in record["lesions"]]
    write_tables(out, [chart.row() for chart in charts], [record["view"] for record in records], lesions)
    write_manifest(out, KIND, _facts(settings, patients))
    return [record["view"] for record in records]


def _refuse(patients: int, jobs: int) -> None:
    if not 1 <= patients <= MOST_PATIENTS:
        raise UsageError(f"{patients} patients are impossible.", f"1 to {MOST_PATIENTS}", "use --patients 4")
    if jobs < 1:
        raise UsageError(f"{jobs} jobs are impossible.", "1 or more", "leave --jobs out")


def _begin(out: Path, settings: Settings) -> None:
    """Record the settings, or check that the folder was begun with the same ones."""
    text = settings.text()
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is a file.", "a folder to write", "name another output folder")
    if not out.exists() or not any(out.iterdir()):
        write_text(out / RECIPE, text)
        return
    if not (out / RECIPE).is_file():
        raise UsageError(f"{out} already holds other files.", "an empty or new folder, or an older simulation",
                         "name another output folder")  # fmt: skip
    found = (out / RECIPE).read_text("utf-8")
    if found != text:
        raise UsageError(
            f"{out} was begun with other settings: {_difference(found, text)}.",
            "the seed, pixel, phases and priors that it was begun with",
            "give the same options, or name another output folder",
        )


def _refuse_fewer(out: Path, wanted: set[str]) -> None:
    there = {path.name for path in (out / IMAGES).glob("*")}
    if there - wanted:
        raise UsageError(f"{out} holds more women than {len(wanted)}.", f"--patients {len(there)} or more",
                         "ask for as many, or name another output folder")  # fmt: skip


def _head(settings: Settings) -> str:
    fields = {"seed": settings.seed, "spacing_mm": settings.spacing_mm, "late": str(settings.late).lower()}
    fields |= ({"raw": "true"} if settings.raw else {}) | ({"doses": [*settings.doses]} if settings.doses else {})
    return "".join(f"{name} = {value}\n" for name, value in fields.items()) + "\n"


def _difference(found: str, wanted: str) -> str:
    lines = set(wanted.splitlines())
    return next((line for line in found.splitlines() if line not in lines), "a field is new")


def _name(unit: Unit) -> str:
    return f"view {unit.side} {unit.view} of woman {unit.patient}"


def _make(out: Path, settings: Settings, unit: Unit) -> str:
    patient = draw_patient(settings.seed, unit.patient, settings.recipe.priors)
    early, late = (
        partial(scene_of, patient, unit.side, unit.view, settings.seed, settings.spacing_mm, late)
        for late in (False, True)
    )
    plan = ViewPlan(chart_of(patient), early(), late() if settings.late and patient.late_phase else None,
                    settings.raw)  # fmt: skip
    make_view(out, plan, settings.camera, settings.naming)
    return plan.pair


def _facts(settings: Settings, patients: int) -> dict[str, Any]:
    low, high = settings.recipe.acquisition.paths(REFERENCE_MM)
    w = weight(low, high, REFERENCE_MM)
    return {
        "origin": Origin.SIMULATED, "seed": settings.seed, "patients": patients, "spacing_mm": settings.spacing_mm,
        "late": settings.late, **({"raw": True} if settings.raw else {}),
        **({"doses": settings.doses} if settings.doses else {}),
        "recipe": RECIPE, "reference_mm": REFERENCE_MM, "w": round(w, 6),
        "slope": round(iodine_slope(low, high, REFERENCE_MM, w), 8),
        "des_pixel": {"zero": DES_ZERO, "per_mg_cm2": DES_PER_MG_CM2},
        "joint_table": joint_table(settings.recipe.priors),
    }  # fmt: skip
