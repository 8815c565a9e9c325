"""What pydicom and the codecs raise on damaged files, as fuzzing shows; no list of theirs says."""

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException, InvalidDicomError

UNREADABLE = (
    ArithmeticError, AttributeError, BytesLengthException, EOFError, InvalidDicomError, LookupError, MemoryError,
    OSError, RuntimeError, TypeError, ValueError, struct.error, zlib.error,
)  # fmt: skip
LONGEST = 300


def reason(error: BaseException) -> str:
    """Return what an error of pydicom or a codec says, in one line; pydicom puts a traceback behind some of them."""
    words = " ".join(str(error).partition("\nTraceback")[0].split())
    return words[:LONGEST] or type(error).__name__


@contextmanager
def odd_values_pass() -> Iterator[None]:
    """Say nothing of values that break a rule of their type: common in archives, harmless here, none of a user's."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def elements_in(dataset: Dataset) -> Iterator[DataElement]:
    """Yield all elements of a data set that can be read, sequences and those in their items too."""
    for tag in dataset.keys():  # noqa: SIM118 (iterating a dataset would convert every value, and stop at a bad one)
        try:
            element = dataset[tag]
        except UNREADABLE:
            continue
        yield element
        if element.VR == "SQ":
            for item in element.value:
                yield from elements_in(item)
