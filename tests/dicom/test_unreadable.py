import io
import warnings
from contextlib import suppress

import pydicom
import pytest

from toy_dicom import STUDY, image_of, pixels_of
from vcem.dicom.elements import file_bytes
from vcem.dicom.unreadable import UNREADABLE, odd_values_pass, reason
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


def test_warnings_on_odd_values_pass_and_others_do_not():
    with odd_values_pass():
        warnings.warn("odd", UserWarning, stacklevel=1)
    with pytest.raises(UserWarning, match="odd"):
        warnings.warn("odd", UserWarning, stacklevel=1)


def test_a_reason_is_one_short_line_without_a_traceback():
    assert reason(ValueError("With tag (0010,0010)\ngot this\nTraceback (most recent call last):\n  File x")) == (
        "With tag (0010,0010) got this"
    )
    assert reason(KeyError()) == "KeyError"
    assert len(reason(ValueError("x" * 9000))) < 400
