import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, JPEG2000Lossless, RLELossless, generate_uid

from encoded_dicom import breast, file_in
from toy_dicom import STUDY, image_of, pixels_of
from vcem.core.errors import FailureError
from vcem.core.terms import Side
from vcem.dicom.elements import file_bytes
from vcem.dicom.read import RAW_CLASS, linear_window, pixel_digest, read_dicom, read_stored, read_values
from vcem.dicom.write import dataset_of
from vcem.prepare.breast import breast_mask

STORED = np.arange(12 * 10, dtype=np.uint16).reshape(12, 10) * 30


def write(path, stored=STORED, **tags):
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID = "1.2.840.10008.5.1.4.1.1.1.2"
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID = generate_uid(entropy_srcs=["vcem"])
    ds.Rows, ds.Columns = stored.shape[:2]
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
    ds.PixelData = stored.tobytes()
    for name, value in tags.items():
        setattr(ds, name, value)
    ds.save_as(path, enforce_file_format=True)
    return path


def test_without_a_window_the_stored_bits_are_the_range(tmp_path):
    assert np.allclose(read_dicom(write(tmp_path / "a.dcm")), STORED / 4095)


def test_rescale_comes_before_the_window(tmp_path):
    path = write(tmp_path / "a.dcm", RescaleSlope=2, RescaleIntercept=-100, WindowCenter=1000, WindowWidth=801)
    wanted = np.clip((2.0 * STORED - 100 - 999.5) / 800 + 0.5, 0, 1)
    assert np.allclose(read_dicom(path), wanted)
    assert (wanted == 0).any()
    assert (wanted == 1).any()


def test_rescale_without_a_window_rescales_the_range_too(tmp_path):
    path = write(tmp_path / "a.dcm", RescaleSlope=2, RescaleIntercept=-100)
    assert np.allclose(read_dicom(path), STORED / 4095)


@pytest.mark.parametrize(("function", "at_centre", "at_edge"), [("SIGMOID", 0.5, 0.1192), ("LINEAR_EXACT", 0.5, 0.0)])
def test_window_functions_of_the_standard(tmp_path, function, at_centre, at_edge):
    path = write(tmp_path / "a.dcm", WindowCenter=1500, WindowWidth=1200, VOILUTFunction=function)
    grey = read_dicom(path)
    assert grey[STORED == 1500].item() == pytest.approx(at_centre)
    assert grey[STORED == 900].item() == pytest.approx(at_edge, abs=1e-4)


def test_a_window_of_width_one_is_a_threshold(tmp_path):
    grey = read_dicom(write(tmp_path / "a.dcm", WindowCenter=900, WindowWidth=1))
    assert np.array_equal(grey, (STORED >= 900).astype(float))


def test_the_first_of_several_windows_counts(tmp_path):
    both = read_dicom(write(tmp_path / "a.dcm", WindowCenter=[1000, 9], WindowWidth=[801, 9]))
    assert np.array_equal(both, read_dicom(write(tmp_path / "b.dcm", WindowCenter=1000, WindowWidth=801)))


def test_a_table_takes_the_place_of_a_window(tmp_path):
    table = Dataset()
    table.LUTDescriptor = [4096, 0, 8]
    table.LUTData = (np.arange(4096) // 16).astype(np.uint16).tobytes()
    table["LUTDescriptor"].VR, table["LUTData"].VR = "US", "OW"
    path = write(tmp_path / "a.dcm", VOILUTSequence=[table], WindowCenter=9, WindowWidth=9)
    assert np.allclose(read_dicom(path), (STORED // 16) / 255)


def test_monochrome1_is_inverted(tmp_path):
    path = write(tmp_path / "a.dcm", PhotometricInterpretation="MONOCHROME1")
    assert np.allclose(read_dicom(path), 1 - STORED / 4095)


def test_signed_pixels(tmp_path):
    stored = (STORED.astype(np.int32) - 2000).astype(np.int16)
    path = write(tmp_path / "a.dcm", stored, PixelRepresentation=1)
    assert np.allclose(read_dicom(path), (stored + 2048) / 4095)


@pytest.mark.parametrize(("tags", "message"), [
    ({"PhotometricInterpretation": "RGB"}, "interpretation is RGB"),
    ({"NumberOfFrames": 2}, "2 frames"),
    ({"Rows": 400}, "cannot be read as a DICOM image"),
])  # fmt: skip
def test_what_cannot_be_read_is_said(tmp_path, tags, message):
    with pytest.raises(FailureError, match=message):
        read_dicom(write(tmp_path / "a.dcm", **tags))


def test_no_dicom_no_pixels_and_a_cut_file_are_one_clear_error(tmp_path):
    (tmp_path / "text.dcm").write_text("no dicom")
    whole = write(tmp_path / "whole.dcm").read_bytes()
    (tmp_path / "cut.dcm").write_bytes(whole[:-50])
    (tmp_path / "head.dcm").write_bytes(whole[:200])
    for name in ("text", "cut", "head", "absent"):
        with pytest.raises(FailureError, match=f"{name}.dcm"):
            read_dicom(tmp_path / f"{name}.dcm")


@pytest.mark.needs("shared")
def test_real_mammograms_and_what_is_none(shared):
    folder = shared / "mg-dicom"
    grey = read_dicom(folder / "P_00820_RIGHT_CC_rle.dcm")
    assert grey.shape == (4688, 2592)
    assert 0 <= grey.min() < 0.1 < 0.9 < grey.max() <= 1
    assert read_dicom(folder / "MG1_J2KI.dcm").shape == (4664, 3064)
    assert np.abs(read_dicom(folder / "MG1_JPLY.dcm") - read_dicom(folder / "MG1_J2KI.dcm")).mean() < 0.005
    for name, why in (
        ("MG-RDSR-GEPristina-2D.dcm", "without pixel data"),
        ("MG-Im-Hologic-PropProj.dcm", "without pixel data"),
        ("MG-Im-GE_Seno_1_ForProcessing.dcm", "For Processing"),
        ("MG-Im-GE-SenDS-scaled.dcm", "For Processing"),
    ):
        with pytest.raises(FailureError, match=f"{name}.*{why}"):
            read_dicom(folder / name)


@pytest.mark.parametrize("tags", [{"PresentationIntentType": "FOR PROCESSING"}, {"SOPClassUID": RAW_CLASS}])
def test_raw_values_are_no_picture_but_can_be_read_as_values(tmp_path, tags):
    path = write(tmp_path / "a.dcm", PhotometricInterpretation="MONOCHROME1", **tags)
    with pytest.raises(FailureError, match="For Processing"):
        read_dicom(path)
    assert np.array_equal(read_stored(path), STORED)


def test_another_window_is_chosen_by_its_explanation(tmp_path):
    names = {"WindowCenterWidthExplanation": ["NORMAL", "HARDER"]}
    path = write(tmp_path / "a.dcm", WindowCenter=[1000, 900], WindowWidth=[801, 401], **names)
    only = write(tmp_path / "b.dcm", WindowCenter=900, WindowWidth=401)
    assert np.array_equal(read_dicom(path, which="HARDER"), read_dicom(only))
    with pytest.raises(FailureError, match=r"a\.dcm.*no window 'SOFT' but 0 NORMAL, 1 HARDER"):
        read_dicom(path, which="SOFT")


def test_odd_values_stop_nobody(tmp_path):
    path = write(tmp_path / "a.dcm")
    whole = path.read_bytes()
    place = whole.index(b"MONOCHROME2") - 8
    odd = b"\x10\x00\x40\x10DA\x08\x00not-date" + b"\x10\x00\x10\x10AS\x04\x00old "
    path.write_bytes(whole[:place] + odd + whole[place:])
    assert read_dicom(path).shape == STORED.shape


def test_a_deflated_flood_is_refused(tmp_path, monkeypatch):
    from pydicom.uid import DeflatedExplicitVRLittleEndian

    path = tmp_path / "a.dcm"
    path.write_bytes(file_in(DeflatedExplicitVRLittleEndian, breast(rows=700, columns=700)))
    assert read_dicom(path).shape == (700, 700)
    monkeypatch.setattr("vcem.dicom.damage.MOST_BYTES", 2**19)
    with pytest.raises(FailureError, match=r"a\.dcm.*inflated it holds more bytes than any mammogram"):
        read_dicom(path)


@pytest.mark.parametrize("side", Side)
def test_letters_beside_the_breast_are_none_of_it(tmp_path, side):
    """Film and some detectors burn the side's letter into the air; the mask of the breast drops it."""
    plain = pixels_of(side=side, rows=240, columns=160)
    marked, air = plain.copy(), slice(120, 150) if side is Side.LEFT else slice(10, 40)
    marked[10:50, air] = 4095
    masks = []
    for name, stored in (("plain", plain), ("marked", marked)):
        (tmp_path / name).write_bytes(file_bytes(dataset_of(stored, STUDY, image_of(side=side))))
        masks.append(breast_mask(read_dicom(tmp_path / name).astype(np.float32), side))
    assert masks[0].mean() > 0.1
    assert np.array_equal(*masks)


@pytest.mark.needs("shared")
def test_letters_on_a_real_film_are_no_breast(shared):
    """Its letters lie at the upper left, the breast at the right."""
    grey = read_dicom(shared / "mg-dicom" / "P_00820_RIGHT_CC_rle.dcm").astype(np.float32)
    mask = breast_mask(grey, Side.RIGHT)
    corner = (slice(450, 1200), slice(0, 350))
    assert grey[corner].max() > 0.5
    assert not mask[corner].any()
    assert 0.25 < mask.mean() < 0.35


def test_stored_values_come_as_they_are(tmp_path):
    path = write(tmp_path / "a.dcm", RescaleSlope=2, RescaleIntercept=-100, WindowCenter=1000, WindowWidth=801)
    assert np.array_equal(read_stored(path), STORED)
    assert read_stored(path).dtype == np.uint16


def test_other_values_are_shown_as_the_files_own(tmp_path):
    path = write(tmp_path / "a.dcm", WindowCenter=1000, WindowWidth=801)
    assert np.array_equal(read_dicom(path, STORED), read_dicom(path))
    other = write(tmp_path / "b.dcm", (STORED // 2).astype(np.uint16), WindowCenter=1000, WindowWidth=801)
    assert np.array_equal(read_dicom(path, STORED // 2), read_dicom(other))


@pytest.mark.parametrize("tags", [{}, {"PhotometricInterpretation": "MONOCHROME1"}, {"RescaleSlope": 2},
                                  {"WindowCenter": 1000, "WindowWidth": 801}])  # fmt: skip
def test_a_straight_line_leads_from_stored_values_to_grey(tmp_path, tags):
    path = write(tmp_path / "a.dcm", **({"RescaleIntercept": 0} if "RescaleSlope" in tags else {}), **tags)
    low, high = linear_window(path)
    assert np.allclose(np.clip((STORED - low) / (high - low), 0, 1), read_dicom(path))


def test_a_curve_has_no_such_line(tmp_path):
    path = write(tmp_path / "a.dcm", WindowCenter=1500, WindowWidth=1200, VOILUTFunction="SIGMOID")
    with pytest.raises(FailureError, match="not a straight line"):
        linear_window(path)


@pytest.mark.parametrize(("orientation", "turned"), [
    (["A", "R"], STORED), (["P", "R"], STORED[:, ::-1]), (["A", "L"], STORED[::-1]), (["R", "A"], STORED.T),
    ("CC", STORED),
])  # fmt: skip
def test_an_image_is_turned_as_its_header_says_where_the_side_is_given(tmp_path, orientation, turned):
    path = write(tmp_path / "a.dcm", PatientOrientation=orientation)
    assert np.array_equal(read_dicom(path), STORED / 4095)
    assert np.array_equal(read_dicom(path, side=Side.LEFT), turned / 4095)
    assert np.array_equal(read_values(path, Side.LEFT), turned)
    assert np.array_equal(read_values(path), STORED)


def test_an_orientation_that_is_none_of_the_side_is_one_clear_error(tmp_path):
    with pytest.raises(FailureError, match=r"a\.dcm.*Patient Orientation A.FL is not one of a breast of side L"):
        read_dicom(write(tmp_path / "a.dcm", PatientOrientation=["A", "FL"]), side=Side.LEFT)


def test_a_digest_is_of_stored_values_in_whatever_compression(tmp_path):
    values = breast()
    digests = set()
    for syntax in (ExplicitVRLittleEndian, JPEG2000Lossless, RLELossless):
        (tmp_path / "a.dcm").write_bytes(file_in(syntax, values))
        digests.add(pixel_digest(tmp_path / "a.dcm"))
    assert len(digests) == 1
    (tmp_path / "a.dcm").write_bytes(file_in(RLELossless, values[::-1]))
    assert pixel_digest(tmp_path / "a.dcm") not in digests
