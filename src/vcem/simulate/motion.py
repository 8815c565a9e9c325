"""What moves between the two exposures: the paddle creeps and the breast gives way, by fractions of a millimetre.

Creep of 0.17 to 0.51 mm in 10 s was measured under paddles (PMC4986492); the two exposures lie about 4 s apart. A shift
and a few slow waves over the field displace the high-energy image; drawn in millimetres, they do not depend on pixels.
"""

import numpy as np
from jaxtyping import Float32
from scipy.ndimage import map_coordinates

Signal = Float32[np.ndarray, "h w"]
Displacement = Float32[np.ndarray, "2 h w"]

WAVES = 4
SHORTEST_MM, LONGEST_MM = 60.0, 200.0
SHIFT_SHARE = 0.6  # of the variance; the waves share the rest


def amplitude_mm(rng: np.random.Generator, typical_mm: float, restless_mm: float, restless_share: float) -> float:
    """Draw how far a breast moves between the exposures: mostly little, in a share of exams much more."""
    restless = rng.random() < restless_share
    return float(rng.uniform(0.8, 1.2) * restless_mm if restless else typical_mm * rng.uniform(0.3, 1.2))


def displacement_mm(
    shape: tuple[int, int], spacing_mm: float, amplitude: float, rng: np.random.Generator
) -> Displacement:
    """Draw a smooth displacement (rows, columns) whose root mean square per direction is about `amplitude` mm."""
    down = (np.arange(shape[0], dtype=np.float32) + 0.5) * spacing_mm
    right = (np.arange(shape[1], dtype=np.float32) + 0.5) * spacing_mm
    field = np.empty((2, *shape), np.float32)
    for i in range(2):
        field[i] = rng.normal() * np.sqrt(SHIFT_SHARE) * amplitude
        for _ in range(WAVES):
            length, angle, phase = (
                rng.uniform(SHORTEST_MM, LONGEST_MM),
                rng.uniform(0, np.pi),
                rng.uniform(0, 2 * np.pi),
            )
            height = rng.normal() * np.sqrt(2 * (1 - SHIFT_SHARE) / WAVES) * amplitude
            turn_down = np.exp(2j * np.pi * np.sin(angle) / length * down + 1j * phase).astype(np.complex64)
            turn_right = np.exp(2j * np.pi * np.cos(angle) / length * right).astype(np.complex64) * np.float32(height)
            field[i] += np.multiply.outer(turn_down.real, turn_right.real)
            field[i] -= np.multiply.outer(turn_down.imag, turn_right.imag)
    return field


def warp(image: Signal, displacement: Displacement, spacing_mm: float) -> Signal:
    """Return the image at (row, column) + displacement, by cubic splines; beyond the border it is mirrored."""
    place = displacement / np.float32(spacing_mm)
    place[0] += np.arange(image.shape[0], dtype=np.float32)[:, None]
    place[1] += np.arange(image.shape[1], dtype=np.float32)
    return map_coordinates(image, place, order=3, mode="reflect", output=np.float32)
