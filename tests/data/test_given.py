import nrrd
import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.data import get_testdata_file

from encoded_dicom import dataset
from look_up_table import table
from vcem.core.errors import FailureError
from vcem.core.nrrd import Axes
from vcem.data.given import ends, fixed, stored
from vcem.dicom.read import read_dicom
from vcem.dicom.scan import read_header
from vcem.prepare.stretch import read_window

VALUES = np.arange(0, 4000, 25, dtype=np.uint16).reshape(16, 10)


@pytest.fixture
def picture(tmp_path):
    Image.fromarray(VALUES).save(tmp_path / "a.png")
    return tmp_path / "a.png"


@pytest.fixture(scope="module")
def dicom(tmp_path_factory):
    """A small CT image with a linear window."""
    dataset = dcmread(get_testdata_file("CT_small.dcm"))
    dataset.WindowCenter, dataset.WindowWidth = 1000, 501
    path = tmp_path_factory.mktemp("dicom") / "a"
    dataset.save_as(path)
    return path


def test_a_picture_is_divided_by_its_type_or_its_window(picture):
    assert np.allclose(fixed(picture, ""), VALUES / 65535)
    assert np.allclose(fixed(picture, "1000/1000"), np.clip((VALUES - 500.0) / 1000, 0, 1))
    assert ends(picture, "1000/1000") == (500, 1500)
    assert ends(picture, "") == (0, 65535)


def test_other_values_are_shown_as_the_image_itself(picture, dicom):
    assert np.array_equal(fixed(picture, "1000/1000", VALUES), fixed(picture, "1000/1000"))
    assert np.array_equal(fixed(dicom, "", stored(dicom).astype(np.int16)), fixed(dicom, ""))
    assert fixed(picture, "1000/1000", VALUES + np.uint16(100))[4, 0] > fixed(picture, "1000/1000")[4, 0]


def test_dicom_is_shown_as_a_viewer_shows_it(dicom):
    assert np.array_equal(fixed(dicom, "1/1"), read_dicom(dicom).astype(np.float32)), "its own window, not a given one"
    assert stored(dicom).dtype == np.float32


def test_the_ends_of_dicom_are_what_becomes_0_and_1(dicom):
    low, high = ends(dicom, "")
    line = (stored(dicom) - low) / (high - low)
    assert np.allclose(np.clip(line, 0, 1), fixed(dicom, ""), atol=1e-6)


def test_nrrd_is_read_as_the_user_says_and_through_the_catalogues_window(tmp_path):
    nrrd.write(str(tmp_path / "a.nrrd"), VALUES.T)
    assert (stored(tmp_path / "a.nrrd", Axes.COLUMNS_FIRST) == VALUES).all()
    assert (stored(tmp_path / "a.nrrd", Axes.ROWS_FIRST) == VALUES.T).all()
    grey = fixed(tmp_path / "a.nrrd", "2000/1000", axes=Axes.COLUMNS_FIRST)
    np.testing.assert_allclose(grey, np.clip((VALUES.astype(float) - 1500) / 1000, 0, 1), atol=1e-6)
    for words in ({"window": "2000/1000"}, {"window": "", "axes": Axes.COLUMNS_FIRST}):
        with pytest.raises(FailureError):
            fixed(tmp_path / "a.nrrd", **words)


@pytest.mark.parametrize("tags", [
    {"PhotometricInterpretation": "MONOCHROME1"}, {"PixelPaddingValue": 4095},
    {"ModalityLUTSequence": [table(np.arange(4096) * 16, bits=16)], "WindowCenter": 24000, "WindowWidth": 32000},
])  # fmt: skip
def test_the_papers_values_through_the_catalogues_window_are_what_a_viewer_shows(tmp_path, tags):
    """Values, and the window of the header in the same units, make the grey of the viewer."""
    values = np.arange(4096, dtype=np.uint16).reshape(64, 64)
    dataset(values, **{"WindowCenter": 1500, "WindowWidth": 2000, **tags}).save_as(
        tmp_path / "a", enforce_file_format=True
    )
    window = read_window(read_header(tmp_path, "a").window)
    grey = (window.do(stored(tmp_path / "a")) - (window.center - window.width / 2)) / window.width
    np.testing.assert_allclose(grey, fixed(tmp_path / "a", ""), atol=2e-3)
