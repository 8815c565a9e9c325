import io
import json
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image

from enhancing import unchanged
from toy_dicom import write
from vcem.apply.enhanced import Format, Output, beside, files_of, stands, suffixes
from vcem.core.errors import FailureError
from vcem.core.terms import Energy, Origin, Side, View
from vcem.dicom.read import read_dicom
from vcem.dicom.scan import read_header
from vcem.dicom.virtual import Drawn
from vcem.ingest.dicom_images import DicomImage


def made(path, output, origin=Origin.SIMULATED):
    enhancer = unchanged()
    header = read_header(Path(), str(path))
    image = DicomImage(header, Energy.LE, Side.LEFT, View.CC, None)
    return files_of(image, Drawn(Side.LEFT, View.CC, origin, enhancer.model), enhancer, output)


@pytest.mark.parametrize(("bits", "dtype"), [(8, np.uint8), (16, np.uint16)])
def test_a_png_on_the_native_grid_with_its_side_file(tmp_path, bits, dtype):
    files = made(write(tmp_path / "le"), Output(Format.PNG, bits=bits))
    assert list(files) == [".json", ".png"], "the picture is written last, so that it never stands without its facts"
    pixels = np.asarray(Image.open(io.BytesIO(files[".png"])))
    assert (pixels.shape, pixels.dtype) == ((120, 80), dtype)
    facts = json.loads(files[".json"])
    assert facts["synthetic"] is True
    assert facts["origin"] == "simulated"
    assert facts["model"]["weights"] == "f" * 64
    assert (facts["rows"], facts["columns"], facts["spacing_mm"], facts["bits"]) == (120, 80, 1.6, bits)
    assert "S0001" not in files[".json"].decode(), "no id of the patient"


def test_dicom_and_png_show_the_same(tmp_path):
    source = write(tmp_path / "le")
    (tmp_path / "a.dcm").write_bytes(made(source, Output())[".dcm"])
    png = np.asarray(Image.open(io.BytesIO(made(source, Output(Format.PNG))[".png"]))) / 65535
    assert np.abs(png - read_dicom(tmp_path / "a.dcm")).max() < 1 / 4095


def test_a_patients_image_says_that_the_model_saw_simulated_women_only(tmp_path):
    source = write(tmp_path / "le")
    images = {}
    for origin in (Origin.CLINICAL, Origin.SIMULATED):
        (tmp_path / origin).write_bytes(made(source, Output(), origin)[".dcm"])
        images[origin] = pydicom.dcmread(tmp_path / origin)
    words = images[Origin.CLINICAL].pixel_array != images[Origin.SIMULATED].pixel_array
    assert 0.004 < words.mean() < 0.2
    assert [images[o].BurnedInAnnotation for o in images] == ["YES", "NO"]
    assert ["never saw a patient" in images[o].ImageComments for o in images] == [True, False]
    side_file = json.loads(made(source, Output(Format.PNG), Origin.CLINICAL)[".json"])
    assert "never saw a patient" in side_file["warning"]


def test_an_image_stands_only_with_all_its_files(tmp_path):
    output = Output(label=True)
    assert suffixes(output) == (".label.dcm", ".dcm")
    beside(tmp_path / "2.25.1", ".dcm").write_bytes(b"x")
    assert not stands(tmp_path / "2.25.1", output)
    assert stands(tmp_path / "2.25.1", Output())
    beside(tmp_path / "2.25.1", ".label.dcm").write_bytes(b"x")
    assert stands(tmp_path / "2.25.1", output)


def test_pixels_cut_short_are_an_error(tmp_path):
    source = write(tmp_path / "le")
    source.write_bytes(source.read_bytes()[:-400])
    with pytest.raises(FailureError, match="le cannot be read"):
        made(source, Output())
