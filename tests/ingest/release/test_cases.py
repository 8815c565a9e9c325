import pydicom
import pytest

from released import NAMES, deidentified, drafted, write_exams
from toy_dicom import write
from vcem.core.errors import FailureError, UsageError
from vcem.core.terms import Energy, Side

SALLY, MARY = NAMES.patient("4711-A"), NAMES.patient("0815-B")


def test_each_image_has_a_row_and_a_tidy_name(tmp_path):
    cases = {c.image: c for c in drafted(tmp_path).cases}
    assert sorted(cases) == sorted(
        [f"images/{SALLY}/1/{SALLY}_1_L_CC_{k}.dcm" for k in ("LE", "HE", "DES", "DES_late")]
        + [f"images/{SALLY}/2/{SALLY}_2_L_CC_LE.dcm"]
        + [f"images/{MARY}/1/{MARY}_1_R_MLO_{k}.dcm" for k in ("LE", "DES")]
    )
    le = cases[f"images/{SALLY}/1/{SALLY}_1_L_CC_LE.dcm"]
    assert (le.kind, le.side, le.view, le.exam, le.late_phase, le.origin) == ("LE", "L", "CC", "1", "no", "clinical")
    assert (le.age, le.rows, le.columns, le.spacing_mm, le.window) == ("58", "120", "80", "1.6", "2048/4096")


def test_a_pair_is_le_he_des_and_the_late_des(tmp_path):
    pairs = {c.image.rpartition("_L_CC_")[2]: c.pair for c in drafted(tmp_path).cases if c.patient == SALLY}
    first = [c.pair for c in drafted(tmp_path).cases if c.patient == SALLY and c.exam == "1"]
    assert first == [f"{SALLY}_L_CC"] * 4
    assert pairs["DES_late.dcm"] == f"{SALLY}_L_CC"
    alone = [c for c in drafted(tmp_path).cases if c.exam == "2"]
    assert [(c.pair, c.late_phase) for c in alone] == [("", "no")]


def test_reports_fill_what_images_do_not_tell(tmp_path):
    reports = "patient,side,density,birads,findings,pathology,confirmed_by,age\n4711-A,,c,5,Mass,Malignant,biopsy,12\n"
    cases = drafted(tmp_path, reports).cases
    sally = {(c.density, c.birads, c.findings, c.pathology, c.confirmed_by) for c in cases if c.patient == SALLY}
    assert sally == {("c", "5", "Mass", "Malignant", "biopsy")}
    assert {c.birads for c in cases if c.patient == MARY} == {""}
    assert {c.age for c in cases if c.patient == SALLY and c.exam == "1"} == {"58"}, "the image's own age stands"


def test_reports_of_nobody_are_counted(tmp_path):
    assert drafted(tmp_path, "patient,birads\n4711-A,2\nsomebody,3\n").unmatched == 1


def test_a_simulated_image_tells_its_own_facts(tmp_path):
    write(tmp_path / "in" / "a", Energy.LE, Side.LEFT)
    deidentified(tmp_path)
    (case,) = drafted(tmp_path).cases
    assert (case.origin, case.density, case.birads, case.pathology) == ("simulated", "c", "5", "Malignant")


def test_simulated_and_clinical_images_are_not_mixed(tmp_path):
    write_exams(tmp_path / "in")
    write(tmp_path / "in" / "simulated", uid="1.2.99")
    with pytest.raises(UsageError, match="mixed"):
        drafted(tmp_path)


def test_what_is_no_image_of_a_contrast_mammogram_is_left_out(tmp_path):
    write_exams(tmp_path / "in")
    write(tmp_path / "in" / "plain", uid="1.2.98", tags={"ImageType": ["ORIGINAL", "PRIMARY"], "SyntheticData": "NO"})
    plan = drafted(tmp_path).plan
    assert len(plan.cases) == 7
    assert [s.why[:13] for s in plan.left_out] == ["UNKNOWN image"]


def test_nothing_to_release(tmp_path):
    write(tmp_path / "in" / "plain", tags={"ImageType": ["ORIGINAL", "PRIMARY"]})
    with pytest.raises(FailureError, match="no LE, HE or DES"):
        drafted(tmp_path)


def test_a_patient_id_that_is_no_pseudonym_names_no_folder(tmp_path):
    """A forged source: its manifest fits, its Patient ID leads elsewhere."""
    from vcem.core.files import read_json, sha256, write_json

    folder = deidentified(tmp_path)
    path = next(folder.rglob("*.dcm"))
    dataset = pydicom.dcmread(path)
    dataset.PatientID = "../../elsewhere"
    dataset.save_as(path)
    manifest = read_json(folder / "manifest.json", "x")
    manifest["files"][path.relative_to(folder).as_posix()] = sha256(path)
    write_json(folder / "manifest.json", manifest)
    with pytest.raises(UsageError, match="not a pseudonym"):
        drafted(tmp_path)
