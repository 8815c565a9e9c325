"""The detector: blur by the scintillator and the noise of absorbed quanta.

The transfer function 1 / (1 + h f^2) with h = 0.177 mm^2 meets 0.85, 0.59 and 0.24 at 1, 2 and 4 lp/mm (GE Essential,
Ghetti et al. 2008, Med. Phys. 35:456) within 0.025. It acts up to the Nyquist frequency of the pixels in hand.
"""

import numpy as np
from jaxtyping import Float, Float32
from scipy.fft import irfft2, next_fast_len, rfft2, rfftfreq

from vcem.simulate.materials import Bins, energies_kev
from vcem.simulate.spectrum import detector_response, kerma_per_photon_ugy

Signal = Float32[np.ndarray, "h w"]
MTF_MM2 = 0.177
MARGIN_PX = 16


def transfer(lp_mm: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    """Return the modulation transfer at spatial frequencies."""
    return 1 / (1 + MTF_MM2 * lp_mm**2)


def blur(image: Signal, spacing_mm: float) -> Signal:
    """Blur an image with the detector's transfer function; beyond its border the image is mirrored."""
    h, w = image.shape
    tall, wide = (next_fast_len(n + 2 * MARGIN_PX, real=True) for n in (h, w))
    padding = ((MARGIN_PX, tall - h - MARGIN_PX), (MARGIN_PX, wide - w - MARGIN_PX))
    spectrum = rfft2(np.pad(image, padding, mode="symmetric"), workers=1)
    down = np.abs(np.fft.fftfreq(tall, spacing_mm)).astype(np.float32)[:, None]
    spectrum *= transfer(np.hypot(down, rfftfreq(wide, spacing_mm).astype(np.float32)))
    blurred = irfft2(spectrum, s=(tall, wide), workers=1, overwrite_x=True)
    return np.ascontiguousarray(blurred[MARGIN_PX : MARGIN_PX + h, MARGIN_PX : MARGIN_PX + w])


def relative_variance(photons: tuple[Bins, Bins], csi_mm: float, kerma_ugy: float) -> float:
    """Return the variance of the open-field-relative signal per unit of it, in one square millimetre.

    `photons` are one exposure's before and behind the average breast, scaled so that the latter's air kerma is
    `kerma_ugy`. An absorbed photon of energy E adds E to the signal and E^2 to its variance; the mean of E^2 over E is
    that behind the average breast.
    """
    before, behind = photons
    response = detector_response(csi_mm)
    exposure = kerma_ugy / float(behind @ kerma_per_photon_ugy())
    open_field = exposure * float(before @ response)
    return float(behind @ (response * energies_kev())) / float(behind @ response) / open_field


def add_noise(signal: Signal, variance_mm2: float, spacing_mm: float, rng: np.random.Generator) -> Signal:
    """Add white Gaussian noise whose variance is in proportion to the signal and inverse to the pixel's area."""
    noise = rng.standard_normal(signal.shape, dtype=np.float32)
    noise *= np.sqrt(np.maximum(signal, 0) * np.float32(variance_mm2 / spacing_mm**2))
    noise += signal
    return noise
