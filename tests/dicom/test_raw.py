import numpy as np
import pydicom
import pytest

from raw_exposures import write_raw
from vcem.core.errors import FailureError
from vcem.core.terms import Energy, Side
from vcem.dicom.raw import not_linear, read_raw, technique_of

VALUES = np.linspace(1000, 15000, 120 * 80).reshape(120, 80).astype(np.uint16)


def test_the_technique_is_read(tmp_path):
    le, he = (technique_of(write_raw(tmp_path / e, e)) for e in (Energy.LE, Energy.HE))
    assert (le.exposure.kvp, le.exposure.anode, le.exposure.filter, le.exposure.filter_mm) == (34, "Rh", "Ag", 0.03)
    assert (he.exposure.kvp, he.exposure.filter, he.thickness_mm) == (49, "Cu", 50)
    assert not he.assumed_filter


def test_a_filter_of_a_known_tube_without_thickness_is_the_usual_one(tmp_path):
    bare = {"FilterThicknessMinimum": None, "FilterThicknessMaximum": None}
    found = technique_of(write_raw(tmp_path / "a", Energy.HE, tags=bare))
    assert (found.exposure.filter_mm, found.assumed_filter) == (0.25, True)
    with pytest.raises(FailureError, match="how thick its Ti filter"):
        technique_of(write_raw(tmp_path / "b", Energy.HE, tags=bare | {"FilterMaterial": "TITANIUM"}))


@pytest.mark.parametrize(
    ("tags", "why"),
    [({"KVP": None}, "does not give KVP"), ({"BodyPartThickness": None}, "does not give BodyPartThickness"),
     ({"BodyPartThickness": "900"}, "900 mm is impossible"), ({"AnodeTargetMaterial": "GOLD"}, "GOLD"),
     ({"FilterMaterial": None}, "FilterMaterial is not given")],
)  # fmt: skip
def test_what_the_header_does_not_tell_is_told(tmp_path, tags, why):
    with pytest.raises(FailureError, match=why):
        technique_of(write_raw(tmp_path / "a", Energy.LE, tags=tags))


def test_the_signal_is_relative_to_the_open_field_of_the_header(tmp_path):
    raw = read_raw(write_raw(tmp_path / "a", Energy.LE, stored=VALUES), Side.LEFT)
    assert raw.signal == pytest.approx(VALUES / 15000)
    assert (raw.open_field, raw.from_air, raw.saturated) == (pytest.approx(15000), False, False)


def test_without_it_the_air_is_the_open_field(tmp_path):
    stored = np.where(np.arange(80) < 40, 2000, 12000).astype(np.uint16) + np.zeros((120, 1), np.uint16)
    bare = {"RealWorldValueMappingSequence": None}
    raw = read_raw(write_raw(tmp_path / "a", Energy.LE, stored=stored, tags=bare), Side.LEFT)
    assert (raw.open_field, raw.from_air, raw.saturated) == (12000, True, False)
    stored[:, 40:] = 2**14 - 1
    assert read_raw(write_raw(tmp_path / "b", Energy.LE, stored=stored, tags=bare), Side.LEFT).saturated


def test_mirrored_values_are_turned_round(tmp_path):
    mirrored = (2**14 - 1 - VALUES).astype(np.uint16)
    path = write_raw(tmp_path / "a", Energy.LE, stored=mirrored, tags={"PixelIntensityRelationshipSign": -1})
    assert read_raw(path, Side.LEFT).signal == pytest.approx(VALUES / 15000)


def test_an_image_that_lies_otherwise_is_turned(tmp_path):
    path = write_raw(tmp_path / "a", Energy.LE, stored=VALUES[:, ::-1], tags={"PatientOrientation": ["P", "R"]})
    raw = read_raw(path, Side.LEFT)
    assert raw.signal == pytest.approx(VALUES / 15000)
    assert np.array_equal(raw.turn.undo(VALUES), VALUES[:, ::-1])


@pytest.mark.parametrize(
    ("tags", "why"),
    [({"PixelIntensityRelationship": "LOG"}, "is LOG, not LIN"), ({"PixelIntensityRelationship": None}, "not given"),
     ({"PixelIntensityRelationshipSign": None}, "Sign is not given"), ({"BitsStored": 17}, "bits"),
     ({"HighBit": 3}, "bits"), ({"Rows": 5000}, "bytes of pixel data")],
)  # fmt: skip
def test_values_that_cannot_be_trusted_are_refused(tmp_path, tags, why):
    path = write_raw(tmp_path / "a", Energy.LE, stored=VALUES, tags=tags)
    with pytest.raises(FailureError, match=why):
        read_raw(path, Side.LEFT)


def test_an_image_without_radiation_is_refused(tmp_path):
    path = write_raw(tmp_path / "a", Energy.LE, stored=VALUES * 0, tags={"RealWorldValueMappingSequence": None})
    with pytest.raises(FailureError, match="no radiation"):
        read_raw(path, Side.LEFT)


def test_a_linear_image_has_no_reason_against_it(tmp_path):
    assert not_linear(pydicom.dcmread(write_raw(tmp_path / "a", Energy.LE, stored=VALUES))) == ""
