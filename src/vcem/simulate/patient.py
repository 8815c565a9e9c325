"""A virtual woman: everything about her that does not depend on the view."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from vcem.core.errors import UsageError
from vcem.core.seeds import rng_for
from vcem.core.terms import Density, Side, View
from vcem.simulate.priors import LOOKS, Lesions, Priors, Shape
from vcem.simulate.uptake import LesionUptake, draw_uptake, looks_of

BACKGROUNDS = ("minimal", "mild", "moderate", "marked")
DIAGONAL = math.sqrt(0.5)
CLEAR_MM = 12.0  # between a lesion's centre and the skin
BENDING = 2.2  # exponent of the superellipse that bounds where lesions can lie


@dataclass(frozen=True)
class Lesion:
    """A lesion in breast coordinates, mm from the nipple: towards the chest wall, towards the arm, upwards."""

    number: int
    side: Side
    kind: str
    look: str
    malignant: bool
    size_mm: float
    depth_mm: float
    lateral_mm: float
    height_mm: float
    uptake: LesionUptake

    def up_mm(self, view: View) -> float:
        """Return how far above the nipple the view shows it. CC: the arm is up; MLO: the beam runs at 45 degrees."""
        return self.lateral_mm if view is View.CC else (self.height_mm + self.lateral_mm) * DIAGONAL


@dataclass(frozen=True)
class Body:
    """The size of one breast under the paddle: reach from the chest wall to the nipple, half the base in CC."""

    reach_mm: float
    girth_mm: float
    paddle_mm: Mapping[View, float]

    def half_mm(self, depth_mm: float) -> float:
        """Return half the width of the breast at a depth from the nipple."""
        from_chest = min(max(1 - depth_mm / self.reach_mm, 0.0), 1.0)
        return self.girth_mm * (1 - from_chest**BENDING) ** (1 / BENDING)


@dataclass(frozen=True)
class Patient:
    """One virtual woman; `volumetric_density` is the share of gland in the breast without skin."""

    id: str
    age: int
    density: Density
    volumetric_density: float
    bpe: str
    bpe_mg_ml: float
    late_phase: bool
    sides: tuple[Side, ...]
    small_field: bool
    bodies: Mapping[Side, Body]
    lesions: tuple[Lesion, ...]
    birads: Mapping[Side, str]
    pathology: Mapping[Side, str]
    findings: Mapping[Side, str]
    priors: Priors

    def lesions_of(self, side: Side) -> tuple[Lesion, ...]:
        """Return the lesions of one breast."""
        return tuple(lesion for lesion in self.lesions if lesion.side is side)


def draw_patient(seed: int, number: int, priors: Priors) -> Patient:
    """Draw the woman of a number; other numbers and the pixel size do not matter.

    Raises:
        UsageError: if the number is not positive.
    """
    if number < 1:
        raise UsageError(f"Patient number {number} is impossible.", "1 or above")
    name = f"S{number:04d}"
    rng = rng_for(seed, "patient", name)
    women, tissue = priors.women, priors.tissue
    index = int(rng.choice(4, p=women.density))
    density = list(Density)[index]
    age = round(_within(rng, women.age_mean, women.age_sd, women.age_range))
    volumetric = rng.uniform(tissue.volumetric_low[index], tissue.volumetric_high[index]) / 100
    bpe, bpe_mg_ml = _background(rng, age, density, priors)
    build = float(rng.normal())
    late, one_sided, only = rng.random(), rng.random(), list(Side)[int(rng.integers(2))]
    bodies = {side: _body(rng, build, index, priors.shape) for side in Side}
    lesions = tuple(x for side in Side for x in _lesions(seed, name, side, density, bodies[side], priors))
    reports = {side: _report(rng_for(seed, "report", name, side), lesions, side) for side in Side}
    return Patient(
        id=name,
        age=age,
        density=density,
        volumetric_density=float(volumetric),
        bpe=bpe,
        bpe_mg_ml=bpe_mg_ml,
        late_phase=bool(late < women.late_phase),
        sides=(only,) if one_sided < women.one_sided else tuple(Side),
        small_field=build < NormalDist().inv_cdf(min(max(women.small_field, 1e-9), 1 - 1e-9)),
        bodies=bodies,
        lesions=lesions,
        birads={side: reports[side][0] for side in Side},
        pathology={side: reports[side][1] for side in Side},
        findings={side: reports[side][2] for side in Side},
        priors=priors,
    )


def _within(rng: np.random.Generator, mean: float, sd: float, bounds: tuple[float, float]) -> float:
    """Draw from a normal distribution, again while outside the bounds; clipped if the bounds are far off."""
    drawn = next((x for x in rng.normal(mean, sd, 64) if bounds[0] <= x <= bounds[1]), mean)
    return float(np.clip(drawn, *bounds))


def _body(rng: np.random.Generator, build: float, density: int, shape: Shape) -> Body:
    r = shape.size_correlation
    rest = math.sqrt(1 - r * r)
    reach = shape.reach_mean_mm + shape.reach_sd_mm * float(np.clip(r * build + rest * rng.normal(), -2.2, 2.2))
    girth = shape.girth_mean_mm + shape.girth_sd_mm * float(np.clip(build + 0.25 * rng.normal(), -2.2, 2.2))
    common = shape.paddle_mean_mm + shape.paddle_shift_mm[density]
    paddle = common + shape.paddle_sd_mm * (r * build + rest * rng.normal())
    cc, mlo = (float(np.clip(paddle + d, *shape.paddle_range_mm)) for d in (-1.0, rng.normal(2, 4)))
    return Body(max(reach, 35.0), max(girth, 45.0), {View.CC: cc, View.MLO: mlo})


def _background(rng: np.random.Generator, age: int, density: Density, priors: Priors) -> tuple[str, float]:
    """Draw the background enhancement; before menopause and in dense breasts it is more often high."""
    uptake = priors.uptake
    share = np.array(uptake.background_share)
    odds = share[2:].sum() / max(share[:2].sum(), 1e-9)
    odds *= uptake.premenopausal_odds if age < uptake.menopause_age else 1.0
    odds *= uptake.dense_odds if density in (Density.C, Density.D) else 1.0
    odds /= _mean_odds_ratio(priors)
    first = 2 if rng.random() < odds / (1 + odds) else 0
    within = share[first : first + 2]
    level = first + int(rng.random() < within[1] / max(within.sum(), 1e-9))
    return BACKGROUNDS[level], float(rng.uniform(uptake.background_low[level], uptake.background_high[level]))


def _mean_odds_ratio(priors: Priors) -> float:
    """Return about how much the odds of high background rise over all women, so that its share stays the prior's."""
    women, uptake = priors.women, priors.uptake
    young = NormalDist(women.age_mean, max(women.age_sd, 1e-6)).cdf(uptake.menopause_age)
    dense = women.density[2] + women.density[3]
    return (1 - young + young * uptake.premenopausal_odds) * (1 - dense + dense * uptake.dense_odds)


def _lesions(seed: int, name: str, side: Side, density: Density, body: Body, priors: Priors) -> list[Lesion]:
    numbers = priors.lesions
    many = min(int(rng_for(seed, "lesions", name, side).poisson(numbers.per_breast)), numbers.most)
    return [_lesion(rng_for(seed, "lesion", name, side, n), n, side, density, body, priors) for n in range(1, many + 1)]


def _lesion(rng: np.random.Generator, number: int, side: Side, density: Density, body: Body, priors: Priors) -> Lesion:
    kinds = dict(priors.lesions.types)
    names = list(kinds)
    kind = names[int(rng.choice(len(names), p=[k.share for k in kinds.values()]))]
    look = LOOKS[int(rng.choice(len(LOOKS), p=looks_of(kinds[kind], density, priors)))]
    size = _size(rng, body, priors.lesions)
    depth, lateral, height = _place(rng, body, size)
    uptake = draw_uptake(kind, priors, rng)
    return Lesion(number, side, kind, look, kinds[kind].malignant, size, depth, lateral, height, uptake)


def _size(rng: np.random.Generator, body: Body, numbers: Lesions) -> float:
    size = numbers.size_median_mm * numbers.size_gsd ** float(rng.normal())
    return float(min(np.clip(size, *numbers.size_range_mm), 0.45 * body.reach_mm))


def _place(rng: np.random.Generator, body: Body, size: float) -> tuple[float, float, float]:
    """Draw a place inside the breast in both views; most lesions lie in the upper outer quadrant."""
    for _ in range(64):
        depth = float(rng.uniform(0.15, 0.8) * body.reach_mm)
        room = max(body.half_mm(depth) * 0.85 - max(CLEAR_MM, size / 2), 2.0)
        lateral, height = (float(x) for x in rng.normal((0.15, 0.12), 0.35, 2) * body.girth_mm)
        if abs(lateral) < room and -0.75 * room < (lateral + height) * DIAGONAL < room and abs(height) < room:
            return max(depth, CLEAR_MM), lateral, height
    return 0.5 * body.reach_mm, 0.0, 0.0


def _report(rng: np.random.Generator, lesions: tuple[Lesion, ...], side: Side) -> tuple[str, str, str]:
    """Return BI-RADS category, pathology and findings of one breast: those of its most suspicious lesion."""
    own = [(_category(lesion, rng.random()), lesion) for lesion in lesions if lesion.side is side]
    if not own:
        return ("1" if rng.random() < 0.6 else "2"), "Normal", ""
    category = max(c for c, _ in own)
    biopsied = [lesion for c, lesion in own if c >= 4]
    findings = sorted({_NAMES[lesion.look] for _, lesion in own if _NAMES[lesion.look]})
    return str(category), _pathology(biopsied), ", ".join(findings)


_NAMES = {
    "irregular": "Irregular mass", "circumscribed": "Circumscribed mass", "calcifications": "Calcifications",
    "asymmetry": "Asymmetry", "occult": "",
}  # fmt: skip


def _category(lesion: Lesion, chance: float) -> int:
    if lesion.malignant:
        return 5 if chance < (0.65 if lesion.look == "irregular" else 0.3) else 4
    if lesion.kind == "cyst":
        return 2
    suspicious = lesion.uptake.enhancing or lesion.look in ("irregular", "calcifications", "asymmetry")
    return 4 if suspicious and chance < 0.7 else 3


def _pathology(biopsied: list[Lesion]) -> str:
    if any(lesion.malignant for lesion in biopsied):
        return "Malignant"
    if any(lesion.kind == "papilloma" for lesion in biopsied):
        return "Borderline"
    return "Benign" if biopsied else "Normal"
