"""Every assumption about women, breasts, lesions and uptake, as one tree of numbers that a recipe can replace.

`recipes/simulate/default.toml` holds the same numbers with their sources; a test keeps the two equal.
"""

import dataclasses
import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from vcem.core.errors import UsageError
from vcem.core.recipe import strict

PerDensity = tuple[float, float, float, float]  # a, b, c, d
Range = tuple[float, float]
LOOKS = ("irregular", "circumscribed", "calcifications", "asymmetry", "occult")
PATTERNS = ("homogeneous", "heterogeneous", "rim", "nonmass")


@strict
@dataclass(frozen=True)
class Women:
    """Who comes to the examination; ages in years."""

    density: PerDensity = (0.119, 0.329, 0.378, 0.174)
    age_mean: float = 57.4
    age_sd: float = 11.5
    age_range: Range = (31.0, 90.0)
    small_field: float = 0.135
    late_phase: float = 0.82
    one_sided: float = 0.067


@strict
@dataclass(frozen=True)
class Shape:
    """The compressed breast; lengths in mm, `reach` from the chest wall to the nipple, `girth` half the base in CC."""

    paddle_mean_mm: float = 59.0
    paddle_sd_mm: float = 16.0
    paddle_range_mm: Range = (25.0, 95.0)
    paddle_shift_mm: PerDensity = (6.0, 2.0, -2.0, -7.0)
    reach_mean_mm: float = 98.0
    reach_sd_mm: float = 17.0
    girth_mean_mm: float = 98.0
    girth_sd_mm: float = 12.0
    size_correlation: float = 0.6
    edge_radius: float = 0.5
    edge_radius_sd: float = 0.05
    skin_mm: float = 1.5


@strict
@dataclass(frozen=True)
class Tissue:
    """What fills the breast: volumetric density in per cent without skin, compartments, vessels and calcifications."""

    volumetric_low: PerDensity = (3.0, 7.0, 13.0, 24.0)
    volumetric_high: PerDensity = (6.0, 12.0, 22.0, 42.0)
    layers: int = 8
    compartment_mm: Range = (5.0, 17.0)
    elongation: Range = (1.1, 3.2)
    subcutaneous_mm: Range = (5.0, 12.0)
    vessels: Range = (4.0, 9.0)
    vessel_mm: Range = (0.7, 1.9)
    ducts: Range = (6.0, 11.0)
    nodes: Range = (0.0, 3.0)
    benign_calcifications: float = 2.0


@strict
@dataclass(frozen=True)
class LesionType:
    """One kind of lesion: its share, how often LE shows which look, and how it takes up iodine (mg/ml, peak phase).

    Looks and patterns are probabilities that sum to 1, in the order of `LOOKS` and `PATTERNS`.
    """

    share: float
    malignant: bool
    looks: tuple[float, float, float, float, float]
    p_enhance: float
    iodine_median: float
    iodine_gsd: float
    patterns: tuple[float, float, float, float]


@strict
@dataclass(frozen=True)
class LesionTypes:
    """The kinds of lesions."""

    idc: LesionType = LesionType(0.34, True, (0.62, 0.04, 0.0, 0.14, 0.20), 0.98, 1.0, 1.6, (0.15, 0.55, 0.25, 0.05))
    ilc: LesionType = LesionType(0.05, True, (0.35, 0.0, 0.0, 0.40, 0.25), 0.92, 0.8, 1.6, (0.10, 0.45, 0.05, 0.40))
    dcis: LesionType = LesionType(0.09, True, (0.0, 0.0, 0.80, 0.08, 0.12), 0.84, 0.7, 1.6, (0.0, 0.0, 0.0, 1.0))
    fibroadenoma: LesionType = LesionType(
        0.16, False, (0.02, 0.73, 0.05, 0.0, 0.20), 0.50, 0.35, 1.7, (0.8, 0.2, 0.0, 0.0)
    )
    cyst: LesionType = LesionType(0.18, False, (0.0, 0.80, 0.0, 0.0, 0.20), 0.03, 0.35, 1.7, (0.0, 0.0, 1.0, 0.0))
    papilloma: LesionType = LesionType(
        0.05, False, (0.10, 0.35, 0.05, 0.15, 0.35), 0.80, 0.6, 1.7, (0.6, 0.4, 0.0, 0.0)
    )
    scar: LesionType = LesionType(0.13, False, (0.05, 0.05, 0.10, 0.70, 0.10), 0.25, 0.35, 1.7, (0.0, 0.1, 0.0, 0.9))

    def __iter__(self) -> Iterator[tuple[str, LesionType]]:
        """Yield name and numbers of every kind."""
        for f in dataclasses.fields(self):
            yield f.name, getattr(self, f.name)


@strict
@dataclass(frozen=True)
class Lesions:
    """How many lesions, how large (mm), and how density hides them."""

    per_breast: float = 0.73
    most: int = 4
    size_median_mm: float = 14.0
    size_gsd: float = 1.55
    size_range_mm: Range = (4.0, 50.0)
    occult_by_density: PerDensity = (0.5, 0.8, 1.3, 1.8)
    types: LesionTypes = field(default_factory=LesionTypes)


@strict
@dataclass(frozen=True)
class Uptake:
    """Iodine outside and inside lesions; `coupled` false draws every uptake independent of what LE shows."""

    coupled: bool = True
    background_share: PerDensity = (0.475, 0.32, 0.125, 0.08)
    background_low: PerDensity = (0.03, 0.08, 0.18, 0.35)
    background_high: PerDensity = (0.08, 0.18, 0.35, 0.60)
    premenopausal_odds: float = 6.1
    dense_odds: float = 2.4
    menopause_age: float = 50.0
    blood: float = 2.2
    late_blood: float = 0.6
    late_background: float = 1.25
    late_malignant: Range = (0.65, 1.05)
    late_benign: Range = (0.95, 1.35)


@strict
@dataclass(frozen=True)
class Priors:
    """All assumptions of the simulated cohort."""

    women: Women = field(default_factory=Women)
    shape: Shape = field(default_factory=Shape)
    tissue: Tissue = field(default_factory=Tissue)
    lesions: Lesions = field(default_factory=Lesions)
    uptake: Uptake = field(default_factory=Uptake)


def check_priors(priors: Priors, name: str) -> None:
    """Refuse numbers that describe no woman.

    Raises:
        UsageError: with every impossible number.
    """
    wrong = [*_not_shares(priors), *_not_ranges(priors), *_outside(priors)]
    if wrong:
        raise UsageError(
            "\n".join([f"Recipe {name} has {len(wrong)} impossible number(s):", *(f"    {w}" for w in wrong)]),
            "the ranges of docs/reference/recipes.md",
        )


def _not_shares(priors: Priors) -> Iterator[str]:
    groups = {
        "women.density": priors.women.density,
        "uptake.background_share": priors.uptake.background_share,
        "lesions.types.*.share": tuple(t.share for _, t in priors.lesions.types),
    }
    for name, kind in priors.lesions.types:
        groups |= {f"lesions.types.{name}.looks": kind.looks, f"lesions.types.{name}.patterns": kind.patterns}
    for name, shares in groups.items():
        if any(s < 0 for s in shares) or not math.isclose(sum(shares), 1.0, abs_tol=1e-6):
            yield f"{name}: {shares} are no shares of a whole"


def _not_ranges(priors: Priors) -> Iterator[str]:
    pairs = {
        f"{part}.{f.name}": getattr(getattr(priors, part), f.name)
        for part in ("women", "shape", "tissue", "lesions", "uptake")
        for f in dataclasses.fields(getattr(priors, part))
        if f.type == Range
    }
    for name, (low, high) in pairs.items():
        if not 0 <= low <= high < math.inf:
            yield f"{name}: {low} to {high} is not a range"


def _outside(priors: Priors) -> Iterator[str]:
    bounds = {name: _bounds(name) for name in _leaves(priors)}
    for name, value in _leaves(priors).items():
        low, high = bounds[name]
        if not low <= value <= high:
            yield f"{name}: {value} is not within {low} to {high}"


_BOUNDS: dict[str, Range] = {
    "shape.paddle_mean_mm": (20.0, 120.0),
    "shape.paddle_range_mm.0": (15.0, 120.0),
    "shape.paddle_range_mm.1": (15.0, 120.0),
    "shape.reach_mean_mm": (40.0, 150.0),
    "shape.girth_mean_mm": (50.0, 130.0),
    "shape.size_correlation": (-1.0, 1.0),
    "shape.edge_radius": (0.2, 1.0),
    "shape.skin_mm": (0.5, 5.0),
    "tissue.layers": (3, 24),
    "tissue.compartment_mm.0": (3.0, 60.0),
    "lesions.most": (0, 12),
    "lesions.size_range_mm.0": (1.0, 80.0),
    "lesions.size_range_mm.1": (1.0, 80.0),
    "women.age_range.0": (18.0, 110.0),
    "women.age_range.1": (18.0, 110.0),
    "women.age_mean": (18.0, 110.0),
}


def _bounds(name: str) -> Range:
    if name in _BOUNDS:
        return _BOUNDS[name]
    if name.endswith(("p_enhance", "small_field", "late_phase", "one_sided")):
        return 0.0, 1.0
    if name.endswith("gsd"):
        return 1.0, 5.0
    if name.startswith("shape.paddle_shift_mm"):
        return -30.0, 30.0
    return 0.0, 100.0


def _leaves(value: object, path: str = "") -> dict[str, float]:
    if dataclasses.is_dataclass(value):
        items = [(f.name, getattr(value, f.name)) for f in dataclasses.fields(value)]
    elif isinstance(value, tuple):
        items = [(str(i), v) for i, v in enumerate(value)]
    else:
        return {path: value} if isinstance(value, int | float) and not isinstance(value, bool) else {}
    return {k: v for name, part in items for k, v in _leaves(part, f"{path}.{name}".strip(".")).items()}
