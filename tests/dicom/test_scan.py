import pydicom
import pytest

from toy_dicom import write
from vcem.core.terms import Energy, Side, View
from vcem.dicom.scan import FEW, Header, Unreadable, list_below, read_header, scan


def test_a_header_says_what_an_import_needs(tmp_path):
    write(tmp_path / "a.dcm", Energy.DES, Side.RIGHT, View.MLO)
    found = read_header(tmp_path, "a.dcm")
    assert isinstance(found, Header)
    assert found.image_type == ("DERIVED", "PRIMARY", "POST_CONTRAST", "SUBTRACTION", "")
    assert (found.patient, found.age, found.laterality, found.view_code) == ("S0001", "058Y", "R", "399368009")
    assert (found.taken, found.synthetic, found.modality) == ("20240305100700", "YES", "MG")
    assert (found.rows, found.columns, found.window) == (120, 80, "2036/144")


@pytest.mark.parametrize(("tags", "taken"), [
    ({"AcquisitionTime": "1007"}, "202403051007"),
    ({"AcquisitionTime": None, "ContentTime": None, "AcquisitionDateTime": "20240305100700.5"}, "20240305100700.5"),
])  # fmt: skip
def test_times_stand_as_the_header_writes_them(tmp_path, tags, taken):
    assert read_header(tmp_path, write(tmp_path / "a.dcm", tags=tags).name).taken == taken


def test_a_header_says_how_its_image_lies_and_why_it_is_no_plain_breast(tmp_path):
    found = read_header(tmp_path, write(tmp_path / "a.dcm").name)
    assert (found.orientation, found.not_plain) == (("A", "R"), "")
    found = read_header(tmp_path, write(tmp_path / "b.dcm", tags={"QualityControlImage": "YES"}).name)
    assert found.not_plain == "a phantom: Quality Control Image = YES"


def test_absent_attributes_are_empty(tmp_path):
    gone = ["ImageType", "PatientID", "ViewCodeSequence", "AcquisitionTime", "ContentTime", "FrameOfReferenceUID"]
    found = read_header(tmp_path, write(tmp_path / "a.dcm", tags=dict.fromkeys(gone)).name)
    assert (found.image_type, found.patient, found.view_code, found.taken, found.frame) == ((), "", "", "", "")


@pytest.mark.parametrize(
    ("tags", "window"),
    [
        ({"VOILUTFunction": "SIGMOID"}, ""),
        ({"VOILUTFunction": "LINEAR_EXACT"}, "2048/4096"),
        ({"PhotometricInterpretation": "MONOCHROME1"}, "2047/4096"),  # in values of which high ones are bright
        ({"RescaleSlope": "-2", "RescaleIntercept": "8000"}, "1119/2048"),
        ({"WindowCenter": ["500", "9"], "WindowWidth": ["100", "9"]}, "500/100"),
        ({"WindowWidth": None}, ""),
        ({"RescaleSlope": "2", "RescaleIntercept": "-1000"}, "1524/2048"),
    ],
)
def test_a_window_is_given_where_it_is_a_straight_line(tmp_path, tags, window):
    assert read_header(tmp_path, write(tmp_path / "a.dcm", tags=tags).name).window == window


def test_what_is_no_dicom_is_told(tmp_path):
    (tmp_path / "text.txt").write_text("no dicom" * 40)
    (tmp_path / "empty").touch()
    whole = write(tmp_path / "a.dcm").read_bytes()
    (tmp_path / "cut.dcm").write_bytes(whole[:300])
    for name in ("text.txt", "empty"):
        assert read_header(tmp_path, name).why == "no DICOM file", name
    assert isinstance(read_header(tmp_path, "absent.dcm"), Unreadable)
    for start in (132, 132 + 12):  # without preamble, and without the length of the first group too
        (tmp_path / "naked.dcm").write_bytes(whole[start:])
        assert "DICOM without the preamble" in read_header(tmp_path, "naked.dcm").why
    cut = read_header(tmp_path, "cut.dcm")
    assert isinstance(cut, Unreadable) or cut.rows == 0


def test_files_are_listed_by_name_without_hidden_ones(tmp_path):
    for name in ("b/2", "b/1", "a.dcm", ".git/x", ".DS_Store"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert list_below(tmp_path) == ["a.dcm", "b/1", "b/2"]


def test_many_files_in_several_processes_give_the_same_headers(tmp_path):
    names = [write(tmp_path / f"{i:04d}.dcm").name for i in range(FEW + 20)]
    assert list(scan(tmp_path, names, 1)) == list(scan(tmp_path, names, 2))


@pytest.mark.parametrize(
    ("charset", "patient"),
    [
        ("ISO_IR 192", "Łódź 日本"),
        ("ISO_IR 100", "Müller"),
        (["", "ISO 2022 IR 87"], "Yamada山田"),
        ("ISO_IR 100", "  4711 / A "),
    ],
)
@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"])
def test_texts_are_those_of_pydicom_in_every_character_set(tmp_path, charset, patient, syntax):
    write(tmp_path / "a.dcm")
    dataset = pydicom.dcmread(tmp_path / "a.dcm")
    dataset.SpecificCharacterSet, dataset.PatientID, dataset.SeriesDescription = charset, patient, f"x {patient}"
    dataset.file_meta.TransferSyntaxUID = syntax
    implicit, little = syntax == "1.2.840.10008.1.2", syntax != "1.2.840.10008.1.2.2"
    if not little:
        del dataset.PixelData
    pydicom.dcmwrite(tmp_path / "a.dcm", dataset, implicit_vr=implicit, little_endian=little, enforce_file_format=True)
    found, whole = read_header(tmp_path, "a.dcm"), pydicom.dcmread(tmp_path / "a.dcm")
    assert found.patient == whole.PatientID.strip() == patient.strip()
    assert found.series_description == whole.SeriesDescription
    assert (found.uid, found.study, found.rows) == (whole.SOPInstanceUID, whole.StudyInstanceUID, whole.Rows)
    assert found.image_type == tuple(whole.ImageType)


def test_a_file_whose_reading_fails_is_told_and_the_others_are_read(tmp_path, monkeypatch):
    names = [write(tmp_path / name).name for name in ("a.dcm", "b.dcm", "c.dcm")]

    def broken(folder, name):
        if name == "b.dcm":
            raise ZeroDivisionError("what is this")
        return read_header(folder, name)

    monkeypatch.setattr("vcem.dicom.scan.read_header", broken)
    first, second, third = scan(tmp_path, names)
    assert (first.path, third.path) == ("a.dcm", "c.dcm")
    assert isinstance(second, Unreadable)
    assert second.passing, "it is read again the next time"
    assert "ZeroDivisionError" in second.why


@pytest.mark.needs("shared")
def test_real_files_are_read(shared):
    folder = shared / "mg-dicom"
    found = {name: read_header(folder, name) for name in list_below(folder) if name.endswith(".dcm")}
    ge = found["MG-Im-GE_Seno_2_ForPresentation.dcm"]
    assert (ge.modality, ge.laterality, ge.view_code, ge.processing_code) == ("MG", "L", "R-10242", "GEMS_FFDM_MTAC_1")
    assert ge.window == ""  # shown through a sigmoid and a table
    assert all(isinstance(header, Header) for header in found.values())
