import io
from contextlib import suppress

import pydicom
import pytest

from toy_dicom import STUDY, image_of, pixels_of
from vcem.dicom.elements import file_bytes
from vcem.dicom.unreadable import UNREADABLE
from vcem.dicom.write import dataset_of


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("place", range(128, 400, 7))
def test_a_damaged_head_raises_nothing_else(place):
    content = bytearray(file_bytes(dataset_of(pixels_of(), STUDY, image_of())))
    content[place : place + 3] = b"\xff\0\xff"
    with suppress(UNREADABLE):
        list(pydicom.dcmread(io.BytesIO(content)).iterall())


def test_it_stops_neither_the_user_nor_a_failing_test():
    assert not any(issubclass(kind, UNREADABLE) for kind in (KeyboardInterrupt, SystemExit, AssertionError))
