"""One view of one virtual woman: rendered, written as DICOM with its truth beside it."""

from dataclasses import dataclass, replace
from pathlib import Path

from vcem.core.files import write_json
from vcem.core.seeds import rng_for
from vcem.core.terms import Energy, Side, View
from vcem.dicom.header import Exposure, Image, Study
from vcem.dicom.uids import uid_for
from vcem.dicom.write import write_mammogram
from vcem.simulate.acquire import Acquisition
from vcem.simulate.chart import Chart
from vcem.simulate.field import on_field
from vcem.simulate.present import DES_PER_MG_CM2, DES_WINDOW, DES_ZERO, LE_WINDOW, OPEN_FIELD
from vcem.simulate.render import Camera, Rendered, Stored, render, render_des
from vcem.simulate.scene import Scene
from vcem.simulate.spectrum import Beam
from vcem.simulate.truth import as_record, lesion_rows, write_truth

ORDER = [(Side.RIGHT, View.CC), (Side.LEFT, View.CC), (Side.RIGHT, View.MLO), (Side.LEFT, View.MLO)]
SERIES = {"LE": 1, "HE": 2, "DES": 3, "DES_LATE": 4, "LE_RAW": 5, "HE_RAW": 6}
MINUTE_S = 60
UPTAKE_S, TURN_S, RECOVERY_S, LATE_S = 2 * MINUTE_S, 75, 4, 8 * MINUTE_S  # injection to first view, view to view, ...


@dataclass(frozen=True)
class Naming:
    """What UIDs and dates are drawn from: the seed, and a check sum of everything else that the images depend on."""

    seed: int
    digest: str

    def uid(self, *key: str) -> str:
        """Return the UID of a part of an exam."""
        return uid_for(self.seed, self.digest, *key)


@dataclass(frozen=True)
class ViewPlan:
    """One view to make.

    `late` is its scene minutes later, if it is wanted; `raw` adds both exposures For Processing.
    """

    chart: Chart
    scene: Scene
    late: Scene | None = None
    raw: bool = False

    @property
    def pair(self) -> str:
        """Name of the view's LE/DES pair."""
        return f"{self.chart.patient}_{self.scene.side}_{self.scene.view}"


def make_view(out: Path, plan: ViewPlan, camera: Camera, naming: Naming) -> None:
    """Write one view's DICOM files and truth; its record, written last, says that the view is whole."""
    scene, pair = on_field(plan.scene), plan.pair
    rendered = render(scene, camera, pair)
    files = _write_images(out, plan, rendered, camera.acquisition, naming)
    if plan.late is not None:
        late = on_field(plan.late)
        files["DES_LATE"] = _path(plan, "DES_LATE")
        _write_late(out / files["DES_LATE"], plan, render_des(late, camera, f"{pair} late"), naming)
    truth = f"truth/{pair}.npz"
    write_truth(out / truth, rendered.truth)
    lesions = lesion_rows(pair, scene)
    row = {
        "pair": pair, "patient": plan.chart.patient, "side": scene.side, "view": scene.view,
        "density": plan.chart.density, "paddle_mm": round(scene.paddle_mm, 3),
        "enhancing": any(lesion.enhancing for lesion in lesions), "w": round(rendered.w, 6),
        "slope": round(rendered.slope, 8), "le": files["LE"], "he": files["HE"], "des": files["DES"],
        "des_late": files.get("DES_LATE", ""), "truth": truth,
    }  # fmt: skip
    if plan.raw:
        row |= {"le_raw": files["LE_RAW"], "he_raw": files["HE_RAW"]}
    write_json(out / record_of(pair), {"view": row, "lesions": [as_record(lesion) for lesion in lesions]})


def record_of(pair: str) -> str:
    """Return where a view's record lies in the simulation's folder."""
    return f"truth/{pair}.json"


def study_of(chart: Chart, naming: Naming) -> Study:
    """Return the visit; its date and time are drawn, no clock is read."""
    rng = rng_for(naming.seed, "visit", chart.patient)
    date = f"{rng.integers(2015, 2025)}{rng.integers(1, 13):02d}{rng.integers(1, 29):02d}"
    begun = int(rng.integers(8 * 60, 17 * 60)) * MINUTE_S
    injected = begun + int(rng.integers(3, 9)) * MINUTE_S
    return Study(chart.patient, chart.age_years, naming.uid("study", chart.patient), date, begun, injected)


def taken_s(study: Study, side: Side, view: View, late: bool) -> int:
    """Return when the low energy exposure of a view is made, in seconds after midnight."""
    turn = ORDER.index((side, view)) * TURN_S
    return study.injected_s + UPTAKE_S + turn + (LATE_S if late else 0)


def _write_images(
    out: Path, plan: ViewPlan, rendered: Rendered, acquisition: Acquisition, naming: Naming
) -> dict[str, str]:
    """Write LE, HE and DES, and the raw exposures where they are wanted; returns their paths."""
    study, files = study_of(plan.chart, naming), {}
    thin = plan.scene.paddle_mm < acquisition.thin_mm
    beams = {Energy.LE: acquisition.le_thin if thin else acquisition.le, Energy.HE: acquisition.he}
    shown = ((Energy.LE, rendered.le, None), (Energy.HE, rendered.he, None), (Energy.DES, rendered.des, None))
    raw = ((Energy.LE, rendered.raw_le, OPEN_FIELD), (Energy.HE, rendered.raw_he, OPEN_FIELD))
    images = (*shown, *raw) if plan.raw else shown
    for energy, stored, open_field in images:
        name = str(energy) if open_field is None else f"{energy}_RAW"
        image = _image(plan, naming, energy, _exposure(beams.get(energy)), taken_s(study, *_placed(plan), False))
        files[name] = _path(plan, name)
        write_mammogram(out / files[name], stored, study, _as_raw(image, plan, naming, open_field))
    return files


def _as_raw(image: Image, plan: ViewPlan, naming: Naming, open_field: float | None) -> Image:
    """Return the header of the same exposure For Processing: another image in another series; as it is if not raw."""
    if open_field is None:
        return image
    name = f"{image.energy}_RAW"
    series_uid = naming.uid("series", plan.chart.patient, name)
    uid = naming.uid("image", plan.pair, name)
    return replace(image, uid=uid, series_uid=series_uid, series=SERIES[name], open_field=open_field)


def _write_late(path: Path, plan: ViewPlan, stored: Stored, naming: Naming) -> None:
    study = study_of(plan.chart, naming)
    image = _image(plan, naming, Energy.DES, None, taken_s(study, *_placed(plan), True), late=True)
    write_mammogram(path, stored, study, image)


def _image(
    plan: ViewPlan, naming: Naming, energy: Energy, exposure: Exposure | None, taken: int, late: bool = False
) -> Image:
    """Return the header of one image. A late phase is compressed anew: it has a Frame of Reference of its own."""
    name = f"{energy}_LATE" if late else str(energy)
    kind = SERIES[name]
    des = energy is Energy.DES
    after = {Energy.LE: 0, Energy.HE: RECOVERY_S // 2, Energy.DES: RECOVERY_S}[energy]
    sources = tuple(naming.uid("image", plan.pair, e) for e in ("LE", "HE")) if des and not late else ()
    return Image(
        uid=naming.uid("image", plan.pair, name),
        series_uid=naming.uid("series", plan.chart.patient, name),
        frame_uid=naming.uid("frame", plan.pair, "late" if late else "early"),
        series=kind,
        number=1 + ORDER.index(_placed(plan)),
        energy=energy,
        side=plan.scene.side,
        view=plan.scene.view,
        late=late,
        spacing_mm=plan.scene.spacing_mm,
        paddle_mm=plan.scene.paddle_mm,
        taken_s=taken + after,
        window=DES_WINDOW if des else LE_WINDOW,
        comment=plan.chart.comment(plan.scene.side),
        exposure=exposure,
        sources=sources,
        mg_per_cm2=(1 / DES_PER_MG_CM2, -DES_ZERO / DES_PER_MG_CM2) if des else None,
    )


def _exposure(beam: Beam | None) -> Exposure | None:
    return Exposure(beam.kvp, beam.anode, beam.filter, beam.filter_mm) if beam else None


def _placed(plan: ViewPlan) -> tuple[Side, View]:
    return plan.scene.side, plan.scene.view


def _path(plan: ViewPlan, name: str) -> str:
    return f"dicom/{plan.chart.patient}/{plan.pair}_{name}.dcm"
