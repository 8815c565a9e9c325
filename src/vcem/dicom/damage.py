"""What pydicom can raise on a damaged file, told as one error that names it."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset

from vcem.core.errors import FailureError
from vcem.dicom.unreadable import UNREADABLE


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn what reading or rewriting a header raises into one error; values that break a rule of their type pass.

    Raises:
        FailureError: if the block failed on what the file holds.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except UNREADABLE as error:
        raise FailureError(
            f"{path} is damaged: {' '.join(str(error).split()) or type(error).__name__}.",
            "a whole DICOM file",
            "copy it again from its source",
        ) from error


def header_of(path: Path) -> Dataset:
    """Read all attributes but the pixels.

    Raises:
        FailureError: if that cannot be done.
    """
    with told(path):
        return pydicom.dcmread(path, stop_before_pixels=True)
