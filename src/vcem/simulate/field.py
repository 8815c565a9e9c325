"""The detector's field: the rows and columns that a file has, whatever the size of the breast."""

from dataclasses import replace

import numpy as np

from vcem.simulate.scene import Scene

NATIVE_MM = 0.1
SMALL, LARGE = (2294, 1916), (2850, 2396)  # rows x columns at the native pitch, as a Pristina writes them
MARGIN_MM = 5.0  # air that the smaller field must leave around the breast


def field_shape(native: tuple[int, int], spacing_mm: float) -> tuple[int, int]:
    """Return rows and columns of a field at a pixel spacing."""
    rows, columns = (max(1, int(side * NATIVE_MM / spacing_mm + 1e-6)) for side in native)
    return rows, columns


def on_field(scene: Scene) -> Scene:
    """Return the scene on the smaller field if the breast fits there, else on the larger one.

    The chest wall stays at column 0 and the breast is centred in the rows. What the larger field cannot hold is
    cut off, as a real detector does.
    """
    small, large = (field_shape(native, scene.spacing_mm) for native in (SMALL, LARGE))
    if scene.breast.shape in (small, large):
        return scene
    top, bottom, wide = _extent(scene.breast)
    margin = int(MARGIN_MM / scene.spacing_mm)
    fits = bottom - top + 2 * margin <= small[0] and wide + margin <= small[1]
    shape = small if fits else large
    return _cut(scene, (top + bottom - shape[0]) // 2, shape)


def _extent(breast: np.ndarray) -> tuple[int, int, int]:
    """Return the first row of the breast, the row after its last, and the column after its last."""
    rows, columns = np.flatnonzero(breast.any(1)), np.flatnonzero(breast.any(0))
    if not rows.size:
        return 0, breast.shape[0], breast.shape[1]
    return int(rows[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def _cut(scene: Scene, top: int, shape: tuple[int, int]) -> Scene:
    def cut(array: np.ndarray) -> np.ndarray:
        out = np.zeros(shape, array.dtype)
        first, last = max(top, 0), min(top + shape[0], array.shape[0])
        wide = min(shape[1], array.shape[1])
        out[first - top : last - top, :wide] = array[first:last, :wide]
        return out

    return replace(
        scene,
        breast=cut(scene.breast),
        distance=cut(scene.distance),
        thickness=cut(scene.thickness),
        adipose=cut(scene.adipose),
        glandular=cut(scene.glandular),
        calcium=cut(scene.calcium),
        iodine=cut(scene.iodine),
        lesions=tuple(replace(x, area=cut(x.area), iodine=cut(x.iodine)) for x in scene.lesions),
    )
