"""Two exposures of a scene and their recombination, as on a GE Senographe Pristina."""

from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Float32

from vcem.core.errors import UsageError
from vcem.core.seeds import rng_for
from vcem.simulate import motion
from vcem.simulate.detector import add_noise, blur, relative_variance
from vcem.simulate.materials import ADIPOSE, GLANDULAR, Bins, per_mm
from vcem.simulate.recombine import (
    REFERENCE_SHARE,
    Assumed,
    Correction,
    draw_flaws,
    iodine_of,
    mean_gland,
    modelled_thickness,
    weighting,
    without_scatter,
)
from vcem.simulate.scatter import Scatter, scattered
from vcem.simulate.scene import Scene
from vcem.simulate.spectrum import Beam
from vcem.simulate.transmission import BeamPath, log_attenuation

Signal = Float32[np.ndarray, "h w"]
THINNEST_MM, THICKEST_MM = 10.0, 120.0
FINEST_MM, COARSEST_MM = 0.02, 5.0
RH_AG_34, RH_CU_49 = Beam("Rh", 34, "Ag", 0.03), Beam("Rh", 49, "Cu", 0.25)
MO_MO_26 = Beam("Mo", 26, "Mo", 0.03)


@dataclass(frozen=True)
class Acquisition:
    """The machine and how it is used; defaults are a Pristina's.

    `le` serves breasts from `thin_mm` on, `le_thin` thinner ones. Automatic exposure keeps the air kerma of the primary
    beam behind an average breast at `le_kerma_ugy` and `he_kerma_ugy` (112 uGy from a Pristina's dose report at 46 mm).
    `swank` is the scintillator's share of the quanta's information. Motion is in mm, see `motion`.
    """

    le: Beam = RH_AG_34
    le_thin: Beam = MO_MO_26
    thin_mm: float = 30.0
    he: Beam = RH_CU_49
    paddle_pc_mm: float = 2.8
    air_mm: float = 590.0
    csi_mm: float = 0.1
    le_kerma_ugy: float = 112.0
    he_kerma_ugy: float = 94.0
    swank: float = 0.85
    motion_mm: float = 0.08
    restless_mm: float = 0.25
    restless_share: float = 0.1
    scatter: Scatter = field(default_factory=Scatter)
    correction: Correction = field(default_factory=Correction)

    def __post_init__(self) -> None:
        _within("kerma at the detector (uGy)", min(self.le_kerma_ugy, self.he_kerma_ugy), 1e-3, 1e6)
        _within("thickness of the scintillator (mm)", self.csi_mm, 0.01, 5)
        _within("thickness of the paddle (mm)", self.paddle_pc_mm, 0, 20)
        _within("air path (mm)", self.air_mm, 0, 2000)
        _within("Swank factor", self.swank, 0.01, 1)
        _within("motion (mm)", max(self.motion_mm, self.restless_mm), 0, 20)
        _within("motion (mm)", min(self.motion_mm, self.restless_mm), 0, 20)
        _within("share of restless exams", self.restless_share, 0, 1)

    def paths(self, thickness_mm: float) -> tuple[BeamPath, BeamPath]:
        """Return the LE and HE beams for a compressed thickness."""
        le = self.le if thickness_mm >= self.thin_mm else self.le_thin
        low, high = (BeamPath(beam, self.paddle_pc_mm, self.air_mm, self.csi_mm) for beam in (le, self.he))
        return low, high


@dataclass(frozen=True)
class Renders:
    """What one view gives: LE and HE detector signals relative to the open field, DES in mg/cm2 (0 outside the breast).

    `w` is the weight of the recombination and `slope` the DES that 1 mg/cm2 of iodine adds.
    """

    le: Signal
    he: Signal
    des: Signal
    w: float
    slope: float


@dataclass(frozen=True)
class Exposure:
    """One energy of one view: its beam, its scatter and the noise of its exposure."""

    path: BeamPath
    scatter_at_50_mm: float
    variance_mm2: float


def _within(what: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise UsageError(f"A {what} of {value} is impossible.", f"{low} to {high}")


def check(scene: Scene) -> None:
    """Refuse a scene that no breast under a paddle can be.

    Raises:
        UsageError: if thickness, pixel spacing or the maps are impossible.
    """
    _within("compressed thickness (mm)", scene.paddle_mm, THINNEST_MM, THICKEST_MM)
    _within("pixel spacing (mm)", scene.spacing_mm, FINEST_MM, COARSEST_MM)
    maps = (scene.distance, scene.thickness, scene.adipose, scene.glandular, scene.calcium, scene.iodine)
    if not all(np.isfinite(m).all() for m in maps):
        raise UsageError("The scene holds values that are not finite.", "finite path lengths")
    if min(float(m.min()) for m in (scene.thickness, scene.calcium, scene.iodine)) < 0:
        raise UsageError("Thickness, calcium or iodine is negative somewhere.", "0 or above")


def exposures(acquisition: Acquisition, thickness_mm: float) -> tuple[Exposure, Exposure]:
    """Return the LE and HE exposures of a breast of a thickness."""
    le, he = acquisition.paths(thickness_mm)
    scatter = acquisition.scatter
    kermas = (acquisition.le_kerma_ugy, acquisition.he_kerma_ugy)
    variances = [
        relative_variance((p.photons(), behind(p, thickness_mm)), p.csi_mm, k) / acquisition.swank
        for p, k in zip((le, he), kermas, strict=True)
    ]
    return Exposure(le, scatter.le_at_50_mm, variances[0]), Exposure(he, scatter.he_at_50_mm, variances[1])


def behind(path: BeamPath, thickness_mm: float) -> Bins:
    """Return photons/mm2/mAs per bin behind the average breast."""
    mu = (1 - REFERENCE_SHARE) * per_mm(ADIPOSE) + REFERENCE_SHARE * per_mm(GLANDULAR)
    return path.photons() * np.exp(-mu * thickness_mm)


def expose(scene: Scene, exposure: Exposure, scatter: Scatter, moved: motion.Displacement | None) -> Signal:
    """Return one exposure without noise, relative to the open field."""
    attenuation = log_attenuation(exposure.path, scene)
    if moved is not None:
        attenuation = motion.warp(attenuation, moved, scene.spacing_mm)
    primary = np.exp(-attenuation)
    primary += scattered(primary, scene.thickness, scene.spacing_mm, scatter, exposure.scatter_at_50_mm)
    return blur(primary, scene.spacing_mm)


def acquire(scene: Scene, acquisition: Acquisition, seed: int, key: str) -> Renders:
    """Return both exposures of a scene and their recombination.

    The same seed and key give the same noise, motion and flaws whatever the scene holds, so that counterfactual scenes
    differ by what was changed alone.

    Raises:
        UsageError: if the scene is impossible.
    """
    check(scene)
    low, high = exposures(acquisition, scene.paddle_mm)
    rng = rng_for(seed, "motion", key)
    amplitude = motion.amplitude_mm(rng, acquisition.motion_mm, acquisition.restless_mm, acquisition.restless_share)
    moved = motion.displacement_mm(scene.breast.shape, scene.spacing_mm, amplitude, rng) if amplitude > 0 else None
    le = expose(scene, low, acquisition.scatter, None)
    le = add_noise(le, low.variance_mm2, scene.spacing_mm, rng_for(seed, "noise", key, "LE"))
    he = expose(scene, high, acquisition.scatter, moved)
    he = add_noise(he, high.variance_mm2, scene.spacing_mm, rng_for(seed, "noise", key, "HE"))
    return recombine(scene, acquisition, le, he, rng_for(seed, "correction", key))


def recombine(scene: Scene, acquisition: Acquisition, le: Signal, he: Signal, rng: np.random.Generator) -> Renders:
    """Return the exposures and their DES in mg/cm2, corrected as imperfectly as drawn."""
    paths = acquisition.paths(scene.paddle_mm)
    by = weighting(paths, scene.paddle_mm)
    scatter, correction = acquisition.scatter, acquisition.correction
    flaws = draw_flaws(correction, rng)
    model = modelled_thickness(scene, flaws.radius)
    assumed = Assumed(scene.breast, model, mean_gland(scene), scene.spacing_mm, paths)
    amplitudes = (scatter.le_at_50_mm * (1 + flaws.le_scatter), scatter.he_at_50_mm * (1 + flaws.he_scatter))
    primaries = without_scatter((le, he), assumed, scatter, amplitudes)
    return Renders(le, he, iodine_of(primaries, assumed, by, correction, flaws.residue), by.w, by.slope)


def with_share(scene: Scene, share: float) -> Scene:
    """Return the scene with this share of all its iodine; with 0 as it was before contrast."""
    part = np.float32(share)
    lesions = tuple(replace(lesion, iodine=lesion.iodine * part) for lesion in scene.lesions)
    return replace(scene, iodine=scene.iodine * part, lesions=lesions)
