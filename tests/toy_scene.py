"""A simple scene: a half ellipse of fat with gland, one enhancing lesion, and the chart of a woman."""

import numpy as np
from scipy import ndimage

from vcem.core.seeds import rng_for
from vcem.core.terms import Density, Side, View
from vcem.simulate.chart import Breast, Chart
from vcem.simulate.scene import LesionInView, Scene


def toy_scene(side=Side.LEFT, view=View.CC, spacing_mm=1.6, seed=0, iodine=1.5, deep_mm=80.0, half_mm=85.0) -> Scene:
    rows, columns = int(200 / spacing_mm), int(110 / spacing_mm)
    v, u = (np.mgrid[:rows, :columns] + 0.5) * spacing_mm
    reach = np.hypot(u / deep_mm, (v - 100) / half_mm)
    breast = reach < 1
    distance = (np.maximum(1 - reach, 0) * 75).astype(np.float32)
    thickness = np.where(breast, 55 * np.sqrt(1 - np.maximum(1 - distance / 25, 0) ** 2), 0).astype(np.float32)
    noise = ndimage.gaussian_filter(rng_for(seed, "gland", side, view).normal(size=breast.shape), 3 / spacing_mm)
    share = np.clip(0.25 + 0.2 * noise / noise.std(), 0.02, 0.9) * np.clip((0.95 - reach) / 0.3, 0, 1)
    area = np.hypot(u - 40, v - 90) < 8
    share = np.where(area, 0.8, share)
    glandular = (share * thickness).astype(np.float32)
    uptake = (iodine * area).astype(np.float32)
    lesion = LesionInView(1, "idc", "irregular", "mass", iodine > 0, True, 16.0, area, uptake)
    return Scene(
        side=side, view=view, spacing_mm=spacing_mm, paddle_mm=55.0, breast=breast, distance=distance,
        thickness=thickness, adipose=thickness - glandular, glandular=glandular,
        calcium=np.zeros_like(thickness), iodine=(uptake + 0.2 * share * breast).astype(np.float32), lesions=(lesion,),
    )  # fmt: skip


def toy_chart(patient="S0001") -> Chart:
    breasts = {Side.LEFT: Breast("5", "Malignant", "Mass"), Side.RIGHT: Breast("1", "Normal")}
    return Chart(patient, 58, Density.C, 0.2, "mild", True, breasts)
