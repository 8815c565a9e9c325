"""Plain breasts and slabs for the simulator's tests: shapes that one can reckon by hand."""

from dataclasses import replace

import numpy as np

from vcem.core.terms import Side, View
from vcem.simulate.scene import Scene


def slab(thickness_mm=50.0, share=0.2, shape=(96, 80), spacing_mm=0.8, iodine=0.0):
    """A uniform slab that fills the field; its skin line is far away."""
    full = np.full(shape, thickness_mm, np.float32)
    zero = np.zeros(shape, np.float32)
    return Scene(
        Side.LEFT, View.CC, spacing_mm, thickness_mm, np.ones(shape, bool), np.full(shape, 90, np.float32), full,
        full * np.float32(1 - share), full * np.float32(share), zero, zero + np.float32(iodine), (),
    )  # fmt: skip


def half_ellipse(thickness_mm=50.0, share=0.2, shape=(598, 478), spacing_mm=0.4):
    """Half an ellipse at the chest wall with a semicircular edge, of one composition."""
    rows, columns = shape
    y = (np.arange(rows)[:, None] + 0.5 - rows / 2) * spacing_mm
    x = (np.arange(columns)[None, :] + 0.5) * spacing_mm
    a, b = 0.42 * rows * spacing_mm, 0.6 * columns * spacing_mm
    theta = np.arctan2(x / b, y / a)
    distance = (1 - np.hypot(x / b, y / a)) * np.hypot(a * np.cos(theta), b * np.sin(theta))
    distance = np.maximum(distance, 0).astype(np.float32)
    radius = thickness_mm / 2
    inward = np.clip(1 - distance / radius, 0, 1)
    thickness = (thickness_mm * np.sqrt(1 - inward**2)).astype(np.float32)
    zero = np.zeros(shape, np.float32)
    return Scene(
        Side.LEFT, View.CC, spacing_mm, thickness_mm, distance > 0, distance, thickness,
        thickness * np.float32(1 - share), thickness * np.float32(share), zero, zero, (),
    )  # fmt: skip


def disc(scene, row_mm, column_mm, diameter_mm):
    """Where a disc lies, its centre given from the middle row and the chest wall; soft over one pixel."""
    rows, columns = scene.breast.shape
    y = (np.arange(rows)[:, None] + 0.5 - rows / 2) * scene.spacing_mm - row_mm
    x = (np.arange(columns)[None, :] + 0.5) * scene.spacing_mm - column_mm
    return np.clip((diameter_mm / 2 - np.hypot(y, x)) / scene.spacing_mm + 0.5, 0, 1).astype(np.float32)


def with_iodine(scene, where, mg_cm2):
    return replace(scene, iodine=scene.iodine + where * np.float32(mg_cm2))


def with_cyst(scene, where, mm):
    """Replace fat and gland alike by cyst fluid, -0.275 fat + 1.216 gland."""
    share = scene.glandular / np.maximum(scene.thickness, 1e-3)
    depth = where * np.float32(mm)
    return replace(
        scene,
        adipose=scene.adipose + depth * (np.float32(-0.275) - (1 - share)),
        glandular=scene.glandular + depth * (np.float32(1.216) - share),
    )


def with_calcium(scene, where, mm):
    return replace(scene, calcium=scene.calcium + where * np.float32(mm))
