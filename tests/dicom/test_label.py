import io
import subprocess

import pydicom
import pytest

from dciodvfy import PROGRAM, needs_dciodvfy
from toy_dicom import write
from vcem.core.grid import framing_of
from vcem.core.terms import Origin, Side, View
from vcem.dicom.label import label_dicom
from vcem.dicom.virtual import Drawn, Model, virtual_uid

MODEL = Model("strict-pix2pix", "0123456789ab", "pix2pix", 3, "a" * 64, Origin.SIMULATED, framing_of({"size": 256}))


def labelled(tmp_path, origin=Origin.SIMULATED):
    source = write(tmp_path / "le.dcm")
    content = label_dicom(source, Drawn(Side.LEFT, View.CC, origin, MODEL))
    return pydicom.dcmread(source), content


@needs_dciodvfy
def test_dciodvfy_finds_no_error(tmp_path):
    (tmp_path / "a.dcm").write_bytes(labelled(tmp_path)[1])
    told = subprocess.run([PROGRAM, tmp_path / "a.dcm"], capture_output=True, text=True, check=False)
    assert "GrayscaleSoftcopyPresentationState" in told.stderr
    assert "Error" not in told.stdout + told.stderr


@pytest.mark.parametrize("origin", Origin)
def test_it_lays_the_warning_over_the_virtual_image(tmp_path, origin):
    le, content = labelled(tmp_path, origin)
    ds = pydicom.dcmread(io.BytesIO(content))
    words = ds.GraphicAnnotationSequence[0].TextObjectSequence[0].UnformattedTextValue
    assert "research only" in words
    assert ("simulated" in words) == (origin is Origin.SIMULATED)
    (series,) = ds.ReferencedSeriesSequence
    assert series.SeriesInstanceUID == virtual_uid(le.SeriesInstanceUID, MODEL, "series")
    assert series.ReferencedImageSequence[0].ReferencedSOPInstanceUID == virtual_uid(le.SOPInstanceUID, MODEL)
    assert ds.StudyInstanceUID == le.StudyInstanceUID
    assert list(ds.DisplayedAreaSelectionSequence[0].DisplayedAreaBottomRightHandCorner) == [80, 120]


def test_same_source_same_bytes(tmp_path):
    assert labelled(tmp_path)[1] == labelled(tmp_path)[1]
