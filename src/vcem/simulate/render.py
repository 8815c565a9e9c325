"""A scene through the physics: the images of one view, and the same view without contrast and without physics."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt16

from vcem.core.doses import FULL, channels_of
from vcem.simulate.acquire import Acquisition, acquire, with_share
from vcem.simulate.present import Look, present_des, present_le, present_raw, tone_of
from vcem.simulate.scene import Scene
from vcem.simulate.truth import maps_of, oriented

Stored = UInt16[np.ndarray, "h w"]


@dataclass(frozen=True)
class Camera:
    """The machine, how it processes LE, the seed of its noise, and the reduced doses (%) that it images too."""

    acquisition: Acquisition
    look: Look
    seed: int
    doses: tuple[int, ...] = ()


@dataclass(frozen=True)
class Rendered:
    """Stored values of one view, oriented as its files, with its truth and the recombination's weight and slope.

    `raw_le` and `raw_he` are the exposures before any processing.
    """

    le: Stored
    he: Stored
    des: Stored
    raw_le: Stored
    raw_he: Stored
    truth: dict[str, np.ndarray]
    w: float
    slope: float


def render(scene: Scene, camera: Camera, key: str) -> Rendered:
    """Return the images of a view and its counterfactuals, all with the same noise, motion and flaws.

    LE before contrast goes through the very processing of LE: same lift, same black and white.
    """
    after = acquire(scene, camera.acquisition, camera.seed, key)
    before = acquire(with_share(scene, 0), camera.acquisition, camera.seed, key)
    tone = tone_of(after.le, scene, camera.look)
    truth = maps_of(scene) | {
        "le_before": oriented(present_le(before.le, scene, camera.look, tone), scene.side),
        "des_zero": oriented(present_des(before.des, scene.breast), scene.side),
        "des_ideal": oriented(present_des(scene.iodine, scene.breast), scene.side),
    }
    stored = present_le(after.le, scene, camera.look, tone), present_le(after.he, scene, camera.look)
    images = (*stored, present_des(after.des, scene.breast), present_raw(after.le), present_raw(after.he))
    le, he, des, raw_le, raw_he = (oriented(image, scene.side) for image in images)
    for dose in camera.doses:
        truth |= _at_dose(scene, camera, key, dose)
    return Rendered(le, he, des, raw_le, raw_he, truth, after.w, after.slope)


def _at_dose(scene: Scene, camera: Camera, key: str, dose: int) -> dict[str, Stored]:
    """Return LE and DES of the view at a share of the dose; LE is processed by itself, as that exam alone would be."""
    taken = acquire(with_share(scene, dose / FULL), camera.acquisition, camera.seed, key)
    images = present_le(taken.le, scene, camera.look), present_des(taken.des, scene.breast)
    return {name: oriented(image, scene.side) for name, image in zip(channels_of(dose), images, strict=True)}


def render_des(scene: Scene, camera: Camera, key: str) -> Stored:
    """Return the DES of a scene alone, such as of a late phase."""
    return oriented(present_des(acquire(scene, camera.acquisition, camera.seed, key).des, scene.breast), scene.side)
