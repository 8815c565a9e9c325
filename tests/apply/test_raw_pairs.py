import pytest

from raw_exposures import write_pair, write_raw
from toy_dicom import write
from vcem.apply.raw_pairs import find_pairs, pair_of, techniques_of, unlike
from vcem.core.errors import FailureError, UsageError
from vcem.core.terms import Energy, Side, View
from vcem.dicom.uids import uid_for
from vcem.dicom.vendors import read_rules

RULES = read_rules()


def test_two_exposures_of_one_compression_are_a_pair(tmp_path):
    le, he = write_pair(tmp_path)
    pair = pair_of(le, he, RULES)
    assert pair.paths == (le, he)
    assert unlike(pair) == ""
    assert [t.exposure.kvp for t in techniques_of(pair)] == [34, 49]


@pytest.mark.parametrize(
    ("he", "why"),
    [
        ({"PatientID": "S0002"}, "Patient ID differ"),
        ({"StudyInstanceUID": uid_for(9, "study")}, "Study Instance UID differ"),
        ({"FrameOfReferenceUID": uid_for(9, "frame")}, "two Frames of Reference"),
        ({"ImagerPixelSpacing": ["0.4", "0.4"]}, "Imager Pixel Spacing"),
        ({"AcquisitionTime": "120000"}, "s apart, more than 600 s"),
        ({"FrameOfReferenceUID": None, "AcquisitionTime": "101200"}, "s apart, more than 120 s"),
        ({"FrameOfReferenceUID": None, "AcquisitionTime": None, "ContentTime": None}, "neither"),
        ({"PatientOrientation": ["P", "R"]}, "Patient Orientation"),
    ],
)
def test_exposures_of_two_compressions_or_grids_are_refused(tmp_path, he, why):
    with pytest.raises(UsageError, match=why):
        pair_of(*write_pair(tmp_path, he=he), RULES)


def test_another_side_and_another_view_are_refused(tmp_path):
    le, _ = write_pair(tmp_path)
    for side, view, why in ((Side.RIGHT, View.CC, "side"), (Side.LEFT, View.MLO, "view")):
        _, he = write_pair(tmp_path, side, view)
        with pytest.raises(UsageError, match=why):
            pair_of(le, he, RULES)


def test_exchanged_and_wrong_images_are_told(tmp_path):
    le, he = write_pair(tmp_path)
    shown = write(tmp_path / "shown.dcm", Energy.LE)
    for pair, why in (
        ((he, le), "exchanged"), ((le, le), "one file"), ((le, shown), "for presentation, not for processing"),
        ((le, tmp_path / "none"), "not there"), ((he, write_raw(tmp_path / "c", Energy.HE)), "a raw HE image, not LE"),
    ):  # fmt: skip
        with pytest.raises(UsageError, match=why):
            pair_of(*pair, RULES)
    unknown = write_raw(
        tmp_path / "d", Energy.HE, tags={"ImageType": ["ORIGINAL", "PRIMARY"], "SeriesDescription": "x"}
    )
    with pytest.raises(UsageError, match="UNKNOWN"):
        pair_of(le, unknown, RULES)


@pytest.mark.parametrize(
    ("he", "why"),
    [({"BodyPartThickness": "61"}, "50 mm in LE and 61 mm in HE"), ({"KVP": "28"}, "HE 28 kVp: they are exchanged")],
)  # fmt: skip
def test_beams_and_thickness_must_agree_with_what_the_images_are(tmp_path, he, why):
    with pytest.raises(FailureError, match=why):
        techniques_of(pair_of(*write_pair(tmp_path, he=he), RULES))


def test_a_folder_is_sorted_into_pairs_and_all_else_with_its_reason(tmp_path):
    files = [*write_pair(tmp_path / "a"), *write_pair(tmp_path / "b", Side.RIGHT)]
    files[3].unlink()
    files.append(write(tmp_path / "shown.dcm", Energy.LE))
    (tmp_path / "text.txt").write_text("no image")
    names = [str(f) for f in (*files[:3], files[4], tmp_path / "text.txt")]
    pairs, skipped = find_pairs(names, RULES)
    assert [p.paths for p in pairs] == [tuple(files[:2])]
    assert {s.what: s.why for s in skipped} == {
        str(files[2]): "LE without HE",
        str(files[4]): "for presentation, not for processing",
        str(tmp_path / "text.txt"): "no DICOM file",
    }
