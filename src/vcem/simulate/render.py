"""A scene through the physics: the images of one view, and the same view without contrast and without physics."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt16

from vcem.simulate.acquire import Acquisition, acquire, without_iodine
from vcem.simulate.present import Look, present_des, present_le, present_raw, tone_of
from vcem.simulate.scene import Scene
from vcem.simulate.truth import maps_of, oriented

Stored = UInt16[np.ndarray, "h w"]


@dataclass(frozen=True)
class Camera:
    """The machine, how it processes LE, and the seed of its noise."""

    acquisition: Acquisition
    look: Look
    seed: int


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
    before = acquire(without_iodine(scene), camera.acquisition, camera.seed, key)
    tone = tone_of(after.le, scene, camera.look)
    truth = maps_of(scene) | {
        "le_before": oriented(present_le(before.le, scene, camera.look, tone), scene.side),
        "des_zero": oriented(present_des(before.des, scene.breast), scene.side),
        "des_ideal": oriented(present_des(scene.iodine, scene.breast), scene.side),
    }
    stored = present_le(after.le, scene, camera.look, tone), present_le(after.he, scene, camera.look)
    images = (*stored, present_des(after.des, scene.breast), present_raw(after.le), present_raw(after.he))
    le, he, des, raw_le, raw_he = (oriented(image, scene.side) for image in images)
    return Rendered(le, he, des, raw_le, raw_he, truth, after.w, after.slope)


def render_des(scene: Scene, camera: Camera, key: str) -> Stored:
    """Return the DES of a scene alone, such as of a late phase."""
    return oriented(present_des(acquire(scene, camera.acquisition, camera.seed, key).des, scene.breast), scene.side)
