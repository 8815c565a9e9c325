"""How uptake depends on what LE shows: the table that couples them, as plain probabilities.

A model that sees LE alone can at best know the look of a lesion and the density of the breast. `joint_table` gives
the distribution of both with the uptake, from which the ceiling of every such model follows.
"""

from dataclasses import dataclass

import numpy as np

from vcem.core.terms import Density
from vcem.simulate.priors import LOOKS, PATTERNS, LesionType, Priors


@dataclass(frozen=True)
class LesionUptake:
    """What a lesion takes up: concentration in mg/ml at the early phase, and the late phase as a share of it."""

    enhancing: bool
    pattern: str
    iodine_mg_ml: float
    late_share: float


def looks_of(kind: LesionType, density: Density, priors: Priors) -> tuple[float, ...]:
    """Return the probabilities of the five looks: density hides (occult), the other looks share what is left."""
    *seen, occult = kind.looks
    hidden = min(occult * priors.lesions.occult_by_density[list(Density).index(density)], 0.95)
    left = sum(seen)
    return (*(s * (1 - hidden) / left if left else 0.0 for s in seen), hidden if left else 1.0)


def mean_p_enhance(priors: Priors) -> float:
    """Return the share of all lesions that enhance; the constant of the decoupled control."""
    return sum(kind.share * kind.p_enhance for _, kind in priors.lesions.types)


def joint_table(priors: Priors) -> list[dict[str, str | float]]:
    """Return a row per kind, look and density: its probability among all lesions, and P(enhancing) given the three."""
    constant = mean_p_enhance(priors)
    return [
        {
            "kind": name,
            "look": look,
            "density": density.value,
            "probability": share * kind.share * p,
            "p_enhance": kind.p_enhance if priors.uptake.coupled else constant,
        }
        for density, share in zip(Density, priors.women.density, strict=True)
        for name, kind in priors.lesions.types
        for look, p in zip(LOOKS, looks_of(kind, density, priors), strict=True)
        if p > 0
    ]


def p_enhance(look: str, density: Density, priors: Priors) -> float:
    """Return P(enhancing | look, density): all that LE before contrast can tell of a lesion's uptake.

    A look that no kind shows at this density has probability 0.
    """
    rows = [r for r in joint_table(priors) if r["look"] == look and r["density"] == density.value]
    weights = [float(r["probability"]) for r in rows]
    hits = [w * float(r["p_enhance"]) for w, r in zip(weights, rows, strict=True)]
    return sum(hits) / sum(weights) if weights else 0.0


def draw_uptake(kind: str, priors: Priors, rng: np.random.Generator) -> LesionUptake:
    """Draw whether and how a lesion of this kind takes up iodine.

    Decoupled, the probability is one constant and strength and pattern come from a lesion of another, random kind.
    """
    table = dict(priors.lesions.types)
    own, chance = table[kind], rng.random()
    donor = own if priors.uptake.coupled else _any_enhancing(table, rng)
    enhancing = chance < (own.p_enhance if priors.uptake.coupled else mean_p_enhance(priors))
    pattern = PATTERNS[rng.choice(len(PATTERNS), p=donor.patterns)]
    iodine = donor.iodine_median * donor.iodine_gsd ** float(np.clip(rng.normal(), -2.5, 2.5))
    late = rng.uniform(*(priors.uptake.late_malignant if donor.malignant else priors.uptake.late_benign))
    return LesionUptake(bool(enhancing), pattern if enhancing else "none", iodine if enhancing else 0.0, float(late))


def _any_enhancing(table: dict[str, LesionType], rng: np.random.Generator) -> LesionType:
    kinds = list(table.values())
    weights = np.array([k.share * k.p_enhance for k in kinds])
    return kinds[rng.choice(len(kinds), p=weights / weights.sum())]
