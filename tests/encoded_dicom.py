"""A toy mammogram as a DICOM file in every transfer syntax that archives hold."""

import io

import imagecodecs
import numpy as np
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.pixels.encoders import RLELosslessEncoder
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)
from scipy import ndimage

from toy_dicom import STUDY, image_of
from vcem.core.seeds import rng_for
from vcem.core.terms import Energy, Side, View
from vcem.dicom.write import dataset_of

PLAIN = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian)
LOSSLESS = (RLELossless, JPEGLossless, JPEGLosslessSV1, JPEGLSLossless, JPEG2000Lossless, HTJ2KLossless)
LOSSY = (JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLSNearLossless, JPEG2000, HTJ2K)
NEAR = 3  # the greatest error that the near lossless streams here are allowed


def breast(bits=12, rows=32, columns=31, signed=False) -> np.ndarray:
    """Tissue and air over the whole range of the bits; an odd number of pixels and of columns."""
    v, u = np.mgrid[:rows, :columns]
    texture = ndimage.gaussian_filter(rng_for(0, "breast", bits, rows).normal(size=(rows, columns)), 1.5)
    inside = np.hypot(u / columns, v / rows - 0.5) < 0.6
    grey = np.where(inside, np.clip(0.5 + 2 * texture, 0, 1), 0)
    grey[0, :2] = 0, 1
    values = np.round(grey * (2**bits - 1)).astype(np.int64) - (2 ** (bits - 1) if signed else 0)
    return values.astype(f"{'i' if signed else 'u'}{1 if bits <= 8 else 2}")


def dataset(values: np.ndarray, bits=12, image=None, **tags) -> Dataset:
    """These stored values with the header of a simulated LE image, in explicit little endian."""
    made = dataset_of(np.zeros(values.shape, np.uint16), STUDY, image or image_of(Energy.LE, Side.LEFT, View.CC))
    made.BitsAllocated, made.BitsStored, made.HighBit = values.dtype.itemsize * 8, bits, bits - 1
    made.PixelRepresentation = int(values.dtype.kind == "i")
    made.PixelData = values.tobytes() + b"\0" * (values.nbytes % 2)
    for keyword, value in tags.items():
        setattr(made, keyword, value)
    return made


def file_in(syntax, values: np.ndarray, bits=12, **tags) -> bytes:
    """The file of these stored values in this transfer syntax."""
    made = dataset(values, bits, **tags)
    made.file_meta.TransferSyntaxUID = syntax
    if syntax.is_encapsulated:
        made.PixelData = encapsulate([code(syntax, values, bits)])
        made["PixelData"].VR, made["PixelData"].is_undefined_length = "OB", True
    elif not syntax.is_little_endian:
        made.PixelData = values.astype(values.dtype.newbyteorder(">")).tobytes()
        made["PixelData"].VR = "OB" if bits <= 8 else "OW"
    content = io.BytesIO()
    made.save_as(
        content, enforce_file_format=True, implicit_vr=syntax.is_implicit_VR, little_endian=syntax.is_little_endian
    )
    return content.getvalue()


def code(syntax, values: np.ndarray, bits: int) -> bytes:
    """The code stream; signs are two's complement, as PS3.5 8.2 wants for all but JPEG 2000."""
    word = values.view(values.dtype.str.replace("i", "u")) & (2**bits - 1)
    if syntax == RLELossless:
        shape = {"rows": values.shape[0], "columns": values.shape[1]}
        return bytes(RLELosslessEncoder.encode(values, **shape, samples_per_pixel=1, bits_stored=bits,
            bits_allocated=values.dtype.itemsize * 8, pixel_representation=int(values.dtype.kind == "i"),
            photometric_interpretation="MONOCHROME2", number_of_frames=1))  # fmt: skip
    return bytes(ENCODERS[syntax](word, values, bits))


ENCODERS = {
    JPEGBaseline8Bit: lambda word, _, __: imagecodecs.jpeg8_encode(word, level=98),
    JPEGExtended12Bit: lambda word, _, bits: imagecodecs.jpeg8_encode(word, level=98, bitspersample=bits),
    JPEGLossless: lambda w, _, bits: imagecodecs.jpeg8_encode(w, lossless=True, predictor=6, bitspersample=bits),
    JPEGLosslessSV1: lambda w, _, bits: imagecodecs.jpeg8_encode(w, lossless=True, predictor=1, bitspersample=bits),
    JPEGLSLossless: lambda word, _, __: imagecodecs.jpegls_encode(word),
    JPEGLSNearLossless: lambda word, _, __: imagecodecs.jpegls_encode(word, level=NEAR),
    JPEG2000Lossless: lambda _, v, bits: imagecodecs.jpeg2k_encode(
        v, codecformat="j2k", reversible=True, bitspersample=bits
    ),
    JPEG2000: lambda _, v, bits: imagecodecs.jpeg2k_encode(v, level=60, codecformat="j2k", bitspersample=bits),
    HTJ2KLossless: lambda word, _, __: imagecodecs.htj2k_encode(word, reversible=True),
    HTJ2K: lambda word, _, __: imagecodecs.htj2k_encode(word, reversible=False, level=0.001),
}
