"""Pixel Data of one image as the values that were stored, in whatever transfer syntax.

What the header says of the size is held against the bytes that are there before anything is made of them.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Integer
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames
from pydicom.uid import UID, AllTransferSyntaxes, RLELossless

from vcem.dicom.codecs import DECODERS, LOSSY, declared, decode, decode_rle

MOST_PX = 2**27  # more than any detector has, with room
Stored = Integer[np.ndarray, "h w"]


@dataclass(frozen=True)
class Layout:
    """How samples lie in their words (PS3.5 8.1.1): `high` is the place of the highest bit stored."""

    rows: int
    columns: int
    allocated: int
    stored: int
    high: int
    signed: bool

    def __post_init__(self) -> None:
        if min(self.rows, self.columns) < 1 or self.rows * self.columns > MOST_PX:
            raise ValueError(f"{self.rows} rows of {self.columns} columns are no mammogram")
        if self.allocated not in (8, 16, 32):
            raise ValueError(f"{self.allocated} bits allocated, not 8, 16 or 32")
        if not 0 < self.stored <= self.high + 1 <= self.allocated:
            raise ValueError(
                f"{self.stored} bits stored with high bit {self.high} do not fit {self.allocated} bits allocated"
            )

    @property
    def octets(self) -> int:
        """Bytes a sample."""
        return self.allocated // 8

    @property
    def ends(self) -> tuple[int, int]:
        """The least and greatest value that the stored bits can hold."""
        return (-(2 ** (self.stored - 1)), 2 ** (self.stored - 1) - 1) if self.signed else (0, 2**self.stored - 1)

    @property
    def kind(self) -> str:
        """The NumPy type of the samples."""
        return f"{'i' if self.signed else 'u'}{self.octets}"


def layout_of(dataset: Dataset) -> Layout:
    """Read the Image Pixel attributes (PS3.3 C.7.6.3).

    Raises:
        ValueError: if one is missing or impossible.
    """
    if _number(dataset, "SamplesPerPixel") != 1:
        raise ValueError(f"{dataset.SamplesPerPixel} samples a pixel, not 1")
    return Layout(
        rows=_number(dataset, "Rows"),
        columns=_number(dataset, "Columns"),
        allocated=_number(dataset, "BitsAllocated"),
        stored=_number(dataset, "BitsStored"),
        high=_number(dataset, "HighBit"),
        signed=_number(dataset, "PixelRepresentation") == 1,
    )


def _number(dataset: Dataset, keyword: str) -> int:
    value = dataset.get(keyword)
    if not isinstance(value, int):
        raise ValueError(f"{keyword} is {'missing' if value is None else f'{value!r}, no whole number'}")
    return value


def stored_values(dataset: Dataset) -> Stored:
    """Return the stored values: overlays in unused bits are gone, signs extended.

    Raises:
        ValueError, RuntimeError: if there are more or fewer bytes than pixels, or the code stream is damaged, of
            another size, or of a compression that is not decoded here.
    """
    syntax = dataset.file_meta.TransferSyntaxUID
    layout, content = layout_of(dataset), dataset.PixelData
    if syntax not in AllTransferSyntaxes:
        raise ValueError(f"transfer syntax {syntax} is not known")
    if not syntax.is_encapsulated:
        return _only_stored_bits(_plain(dataset, layout, content, syntax.is_little_endian), layout, layout.high)
    stream = next(iter(generate_frames(content, number_of_frames=1)), b"")
    if syntax == RLELossless:
        samples = decode_rle(stream, layout.rows, layout.columns, layout.octets)
        return _only_stored_bits(samples, layout, layout.high)
    return _decompressed(stream, syntax, layout)


def _plain(dataset: Dataset, layout: Layout, content: bytes, little: bool) -> np.ndarray:
    """Take samples as they lie; less than a row may follow them, which some writers pad with."""
    row = layout.columns * layout.octets
    excess = len(content) - layout.rows * row
    if excess < 0 or excess > max(1, row - 1):
        raise ValueError(
            f"{len(content)} bytes of pixel data are not {layout.rows} x {layout.columns} of {layout.octets} bytes"
        )
    if layout.octets == 1 and not little and dataset["PixelData"].VR == "OW":
        content = np.frombuffer(content[: len(content) // 2 * 2], ">u2").astype("<u2").tobytes()
    order = "<" if little else ">"
    samples = np.frombuffer(content, f"{order}u{layout.octets}", layout.rows * layout.columns)
    return samples.reshape(layout.rows, layout.columns)


def _decompressed(stream: bytes, syntax: UID, layout: Layout) -> Stored:
    if syntax not in DECODERS:
        raise ValueError(f"{syntax.name} is not decoded here")
    frame = declared(stream, syntax)
    if (frame.rows, frame.columns, frame.components) != (layout.rows, layout.columns, 1):
        raise ValueError(
            f"the header says {layout.rows} x {layout.columns} pixels, the code stream {frame.rows} x {frame.columns} "
            f"of {frame.components} component(s)"
        )
    if frame.bits > layout.allocated:
        raise ValueError(f"the code stream has {frame.bits} bits a sample, {layout.allocated} are allocated")
    samples = decode(stream, syntax)
    if samples.shape != (layout.rows, layout.columns):
        raise ValueError(f"the code stream gave {samples.shape}, not {layout.rows} x {layout.columns}")
    if syntax in LOSSY and samples.dtype.kind == layout.kind[0]:
        # its errors may carry over the stored bits, where cutting bits off would turn white into black
        samples = np.clip(samples, *layout.ends)
    # a code stream holds its samples at the low end of their words
    return _only_stored_bits(samples, layout, min(layout.high, frame.bits - 1))


def _only_stored_bits(samples: np.ndarray, layout: Layout, high: int) -> Stored:
    """Move the stored bits to the low end of each word and extend their sign; all others hold no image."""
    values = samples.astype(layout.kind)
    above, unused = layout.allocated - 1 - high, layout.allocated - min(layout.stored, high + 1)
    if unused == 0:
        return values
    return (values << above) >> unused
