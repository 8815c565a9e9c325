import shutil

import numpy as np
import pydicom
import pytest

from toy_dicom import write
from vcem.core.errors import FailureError, UsageError
from vcem.core.files import read_csv, sha256, write_csv, write_manifest
from vcem.core.grid import framing_of
from vcem.core.terms import Density, Energy, Origin, Protocol, Side, View
from vcem.data.decode import prepare
from vcem.folders.catalogue import read_catalogue
from vcem.ingest.describe import describe
from vcem.ingest.dicom_folder import Align, DicomOptions, import_dicom
from vcem.ingest.reading import Reading


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """An archive of one study in a deep tree, with a late phase, a mammogram without contrast, a report and rubbish."""
    root = tmp_path_factory.mktemp("archive")
    for side in Side:
        for view in View:
            for energy in Energy:
                write(root / f"disk1/{side}{view}/IM.{energy}.7", energy, side, view)
    late = {"uid": "2.25.1", "frame_uid": "2.25.2", "late": True, "taken_s": 36900}
    write(root / "disk2/late", Energy.DES, **late)
    write(root / "disk2/plain.dcm", uid="2.25.3", tags={"ImageType": ["ORIGINAL", "PRIMARY", ""]})
    write(root / "disk2/report.dcm", uid="2.25.4", tags={"Modality": "SR"})
    (root / "disk2/notes.txt").write_text("no DICOM")
    return root


@pytest.fixture
def archive(made, tmp_path):
    return shutil.copytree(made, tmp_path / "archive")


def imported(archive, tmp_path, **options):
    result = import_dicom(archive, tmp_path / "catalogue", DicomOptions(**options))
    return result, read_catalogue(tmp_path / "catalogue")


def test_an_archive_becomes_a_catalogue(archive, tmp_path):
    result, catalogue = imported(archive, tmp_path)
    assert [p.pair for p in catalogue.pairs] == ["S0001_L_CC", "S0001_L_MLO", "S0001_R_CC", "S0001_R_MLO"]
    pair = catalogue.pairs[0]
    assert (pair.le, pair.des) == ("disk1/LCC/IM.LE.7", "disk1/LCC/IM.DES.7")
    assert (pair.density, pair.birads, pair.pathology, pair.age) == (Density.C, "5", "Malignant", "58")
    assert (pair.le_window, pair.des_window) == ("2048/4096", "2036/144")
    assert catalogue.origin is pair.origin is Origin.SIMULATED
    assert all(p.registered and abs(p.dx_px) < 1 and abs(p.dy_px) < 1 for p in catalogue.pairs)
    assert result.files == 16
    assert "truth" not in catalogue.manifest


def test_what_was_left_out_stands_in_a_table(archive, tmp_path):
    imported(archive, tmp_path)
    skipped = {row["what"]: row["why"] for row in read_csv(tmp_path / "catalogue" / "skipped.csv")}
    assert skipped["disk2/late"].startswith("late phase: 8 min from")
    assert skipped["disk2/plain.dcm"].startswith("UNKNOWN image")
    assert skipped["disk2/report.dcm"] == "modality SR, not MG"
    assert skipped["disk2/notes.txt"] == "no DICOM file"
    assert len(skipped) == 4
    left_out = {row["file"]: row["left_out"] for row in read_csv(tmp_path / "catalogue" / "images.csv")}
    assert left_out["disk2/late"] == skipped["disk2/late"]
    assert left_out["disk1/LCC/IM.LE.7"] == left_out["disk1/LCC/IM.HE.7"] == ""


def test_every_mammogram_stands_with_the_evidence(archive, tmp_path):
    imported(archive, tmp_path)
    rows = {row["file"]: row for row in read_csv(tmp_path / "catalogue" / "images.csv")}
    assert len(rows) == 14
    assert rows["disk1/RMLO/IM.HE.7"]["image"] == "HE"
    assert "value 5" in rows["disk1/RMLO/IM.HE.7"]["evidence"]
    assert rows["disk2/plain.dcm"]["image"] == "UNKNOWN"


def test_a_late_phase_can_be_kept(archive, tmp_path):
    _, catalogue = imported(archive, tmp_path, late=True)
    late = {p.pair: p for p in catalogue.pairs}["S0001_L_CC_2"]
    assert (late.des, late.tags) == ("disk2/late", "late phase")
    assert late.le == "disk1/LCC/IM.LE.7"


def test_headers_can_align_a_pair(archive, tmp_path):
    images, _ = imported(archive, tmp_path, align=Align.IMAGES)
    assert 0 < images.apart_px < 0.5
    assert any(p.dx_px != 0 for p in images.pairs)
    headers, catalogue = imported(archive, tmp_path, min_quality=1.0)
    assert all((p.dx_px, p.dy_px) == (0, 0) for p in headers.pairs)
    assert catalogue.manifest["align"] == "header"


def test_without_a_shared_grid_the_images_decide(tmp_path):
    for energy in Energy:
        write(tmp_path / "in" / energy, energy, tags={"FrameOfReferenceUID": None})
    made, _ = imported(tmp_path / "in", tmp_path)
    assert made.apart_px is None
    assert made.pairs[0].dx_px != 0 or made.pairs[0].dy_px != 0


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_same_archive_gives_the_same_bytes(archive, tmp_path, jobs):
    sums = []
    for name in ("first", "second"):
        import_dicom(archive, tmp_path / name, DicomOptions(jobs=jobs if name == "second" else 1))
        sums.append({p.name: sha256(p) for p in (tmp_path / name).iterdir()})
    assert sums[0] == sums[1]


def test_simulated_and_clinical_images_are_not_mixed(archive, tmp_path):
    for energy in (Energy.LE, Energy.DES):
        write(archive / f"real.{energy}", energy, Side.LEFT, View.CC, uid=f"2.25.7{len(energy)}", frame_uid="2.25.70",
              tags={"SyntheticData": None, "PatientID": "R1"})  # fmt: skip
    with pytest.raises(UsageError, match="Synthetic Data = YES"):
        imported(archive, tmp_path)
    assert not (tmp_path / "catalogue").exists()


def test_simulated_images_cannot_pass_as_clinical_ones(archive, tmp_path):
    with pytest.raises(UsageError, match="Synthetic Data = YES"):
        imported(archive, tmp_path, origin=Origin.CLINICAL)


@pytest.mark.parametrize(("wanted", "origin"), [(None, Origin.CLINICAL), (Origin.SIMULATED, Origin.SIMULATED)])
def test_without_the_mark_images_are_clinical_unless_told_otherwise(tmp_path, wanted, origin):
    for energy in Energy:
        write(tmp_path / "in" / energy, energy, tags={"SyntheticData": None})
    result, catalogue = imported(tmp_path / "in", tmp_path, origin=wanted)
    assert result.origin is catalogue.origin is origin
    assert catalogue.pairs[0].density is None  # a hospital's comments are free text


@pytest.mark.parametrize("protocol", list(Protocol))
def test_both_protocols_prepare_it(archive, tmp_path, protocol):
    _, catalogue = imported(archive, tmp_path)
    store, skipped = prepare(catalogue, tmp_path / "prepared", protocol, framing_of({"size": 64}))
    assert not skipped
    assert store.x.shape == store.y.shape == (4, 64, 64)
    assert store.origin is Origin.SIMULATED
    left, right = store.x[0], store.x[2]
    assert left[:, :8].mean() > 0.2 > left[:, -4:].mean() == 0
    assert right[:, -8:].mean() > 0.2 > right[:, :4].mean() == 0


def test_describe_tells_of_it(archive, tmp_path):
    _, catalogue = imported(archive, tmp_path)
    lines = {(line.group, line.item): line.count for line in describe(catalogue)}
    assert lines["General info", "Source"] == "DICOM folder"
    assert lines["Image resolution", "120 x 80"] == 8
    assert lines["ACR category", Density.C] == 8
    assert lines["Patients' age", "50-59 years"] == 1


def test_truth_of_a_finished_simulation_is_kept(made, tmp_path):
    shutil.copytree(made, tmp_path / "sim" / "dicom")
    (tmp_path / "sim" / "truth").mkdir()
    (tmp_path / "sim" / "truth" / "S0001_L_CC.npz").touch()
    write_csv(tmp_path / "sim" / "lesions.csv", ["pair", "lesion"], [{"pair": "S0001_L_CC", "lesion": 1}])
    _, before = imported(tmp_path / "sim", tmp_path)
    assert "truth" not in before.manifest  # not finished: no manifest yet
    write_manifest(tmp_path / "sim", "simulation", {"origin": "simulated"})
    result, catalogue = imported(tmp_path / "sim", tmp_path)
    assert result.truth
    assert catalogue.manifest["truth"] == "truth"
    assert read_csv(tmp_path / "catalogue" / "truth_lesions.csv")[0]["pair"] == "S0001_L_CC"
    assert not [s for s in result.skipped if s.what.startswith("truth")]


def test_a_catalogue_inside_its_archive_is_no_part_of_it(archive):
    for _ in range(2):
        result = import_dicom(archive, archive / "catalogue", DicomOptions())
        assert result.files == 16


def test_damaged_pixels_are_told_and_the_others_kept(archive, tmp_path):
    path = archive / "disk1/LCC/IM.LE.7"
    path.write_bytes(path.read_bytes()[:-5000])
    result, catalogue = imported(archive, tmp_path)
    assert len(catalogue.pairs) == 3
    assert any(s.what == "S0001_L_CC" and "cannot be read" in s.why for s in result.skipped)


def test_nothing_to_read_is_one_clear_error(tmp_path):
    with pytest.raises(UsageError, match="is not a folder"):
        import_dicom(tmp_path / "none", tmp_path / "out", DicomOptions())
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "notes.txt").write_text("no DICOM")
    with pytest.raises(FailureError, match="There is no pair"):
        import_dicom(tmp_path / "in", tmp_path / "out", DicomOptions())
    write(tmp_path / "in" / "le.dcm")
    with pytest.raises(FailureError, match=r"le\.dcm: LE without DES"):
        import_dicom(tmp_path / "in", tmp_path / "out", DicomOptions())
    assert {p.name for p in (tmp_path / "out").glob("[!.]*")} == {"images.csv", "skipped.csv"}
    with pytest.raises(UsageError, match="least quality"):
        import_dicom(tmp_path / "in", tmp_path / "out", DicomOptions(min_quality=2))


def test_a_first_import_without_a_pair_tells_of_every_file_and_a_rule_mends_it(tmp_path):
    for energy in (Energy.LE, Energy.DES):
        write(tmp_path / "in" / energy, energy, tags={"SeriesDescription": f"Series {energy}"})
    (tmp_path / "in" / "notes.txt").write_text("no DICOM")
    with pytest.raises(FailureError) as failure:
        import_dicom(tmp_path / "in", tmp_path / "out", DicomOptions(rules=alone(tmp_path)))
    told = str(failure.value)
    assert "3 files were left out" in told
    assert "1 no DICOM file" in told
    rows = {row["what"]: row["why"] for row in read_csv(tmp_path / "out" / "skipped.csv")}
    assert set(rows) == {"DES", "LE", "notes.txt"}
    images = {row["file"]: row for row in read_csv(tmp_path / "out" / "images.csv")}
    assert images["LE"]["left_out"] == rows["LE"]
    example = told[told.index("[[rule]]") :].replace('image = "LE"', 'image = "_"').replace('"DES"', '"LE"')
    ours = tmp_path / "ours.toml"  # the example is turned round: it names the first image LE, and that is the DES
    ours.write_text("alone = true\n" + example.replace('image = "_"', 'image = "DES"'))
    made = import_dicom(tmp_path / "in", tmp_path / "out", DicomOptions(rules=ours))
    assert (made.pairs[0].le, made.pairs[0].des, made.read) == ("LE", "DES", 0)


def alone(folder):
    path = folder / "none.toml"
    path.write_text(
        'alone = true\n[[rule]]\nimage = "HE"\norder = 1\nattribute = "ImageType"\nvalues = ["X"]\nevidence = "x"'
    )
    return path


def test_an_import_that_finds_no_pair_any_more_keeps_the_catalogue_of_before(archive, tmp_path):
    imported(archive, tmp_path)
    before = {p.name: sha256(p) for p in (tmp_path / "catalogue").glob("[!.]*")}
    for path in (archive / "disk1").rglob("IM.*"):
        path.unlink()
    with pytest.raises(FailureError, match="is left as it was"):
        import_dicom(archive, tmp_path / "catalogue", DicomOptions())
    assert {p.name: sha256(p) for p in (tmp_path / "catalogue").glob("[!.]*")} == before


@pytest.mark.parametrize("protocol", list(Protocol))
@pytest.mark.parametrize(("energy", "orientation", "flip"), [
    (Energy.DES, ["P", "R"], np.s_[:, ::-1]), (Energy.DES, ["A", "L"], np.s_[::-1]),
    (Energy.LE, ["P", "L"], np.s_[::-1, ::-1]),
])  # fmt: skip
def test_images_that_say_how_they_lie_are_laid_as_all_others(tmp_path, protocol, energy, orientation, flip):
    found = {}
    for name in ("plain", "turned"):
        for one in (Energy.LE, Energy.DES):
            path = write(tmp_path / name / one, one)
            if name == "turned" and one is energy:
                dataset = pydicom.dcmread(path)
                dataset.PixelData = dataset.pixel_array[flip].tobytes()
                dataset.PatientOrientation = orientation
                dataset.save_as(path)
        import_dicom(tmp_path / name, tmp_path / f"{name}-cat", DicomOptions())
        store, skipped = prepare(
            read_catalogue(tmp_path / f"{name}-cat"), tmp_path / f"{name}-out", protocol, framing_of({"size": 64})
        )
        assert not skipped
        found[name] = store
    for array in ("x", "y", "mask"):
        assert np.array_equal(getattr(found["plain"], array), getattr(found["turned"], array))
    assert found["turned"].y[0][found["turned"].mask[0]].std() > 0.05


@pytest.mark.parametrize(("energy", "flip", "why"), [
    (Energy.LE, np.s_[:, ::-1], "LE: The breast lies at the edge of side R, and its side is L"),
    (Energy.DES, np.s_[:, ::-1], "although the headers say one grid"),  # its air is grey, so that its side is not seen
])  # fmt: skip
def test_images_that_deny_their_headers_are_no_registered_pair(tmp_path, energy, flip, why):
    for one in (Energy.LE, Energy.DES):
        dataset = pydicom.dcmread(write(tmp_path / "in" / one, one))
        if one is energy:
            dataset.PixelData = dataset.pixel_array[flip].tobytes()
            dataset.save_as(tmp_path / "in" / one)
        write(tmp_path / "in" / f"R{one}", one, Side.RIGHT)
    made, catalogue = imported(tmp_path / "in", tmp_path)
    assert any(why in s.why for s in made.skipped if s.what == "S0001_L_CC"), made.skipped
    assert [p.pair for p in catalogue.pairs if p.registered] == ["S0001_R_CC"]


def test_one_uid_with_two_images_is_no_pair_and_one_image_twice_is_one(archive, tmp_path):
    place = {"side": Side.RIGHT, "view": View.CC}
    write(archive / "disk0/copy", Energy.DES, **place)
    first, _ = imported(archive, tmp_path)
    assert any(s.what == "disk1/RCC/IM.DES.7" and s.why == "the same image as disk0/copy" for s in first.skipped)
    dataset = pydicom.dcmread(archive / "disk0/copy")
    dataset.PixelData = dataset.pixel_array[::-1].tobytes()
    dataset.save_as(archive / "disk0/copy")
    second, _ = imported(archive, tmp_path)
    assert len(first.pairs) == 4
    assert [p.pair for p in second.pairs] == ["S0001_L_CC", "S0001_L_MLO", "S0001_R_MLO"]
    assert {s.what for s in second.skipped if "but other pixels" in s.why} == {"disk0/copy", "disk1/RCC/IM.DES.7"}


@pytest.mark.parametrize("energy", [Energy.LE, Energy.DES])
@pytest.mark.parametrize("tags", [{"BreastImplantPresent": "YES"}, {"PartialView": "YES"},
                                  {"EstimatedRadiographicMagnificationFactor": "1.8"}])  # fmt: skip
def test_what_is_no_plain_breast_is_in_no_pair_and_says_why_in_both_tables(archive, tmp_path, tags, energy):
    name = f"disk1/LCC/IM.{energy}.7"
    write(archive / name, energy, tags=tags)
    made, catalogue = imported(archive, tmp_path)
    assert "S0001_L_CC" not in {p.pair for p in catalogue.pairs}
    (why,) = {s.why for s in made.skipped if s.what == name}
    rows = {row["file"]: row for row in read_csv(tmp_path / "catalogue" / "images.csv")}
    assert rows[name]["left_out"] == why
    assert rows[name]["image"] == energy


def test_progress_is_told_of_every_pair(archive, tmp_path):
    seen = []

    def watch(readings, count):
        for reading in readings:
            seen.append((reading, count))
            yield reading

    import_dicom(archive, tmp_path / "out", DicomOptions(), watch)
    assert [count for _, count in seen] == [4] * 4
    assert all(isinstance(reading, Reading) for reading, _ in seen)


@pytest.mark.needs("shared")
def test_plain_mammograms_are_unknown_not_guessed(shared, tmp_path):
    with pytest.raises(FailureError, match="UNKNOWN image"):
        import_dicom(shared / "mg-dicom", tmp_path / "out", DicomOptions())


def test_arrays_are_finite(archive, tmp_path):
    _, catalogue = imported(archive, tmp_path)
    store, _ = prepare(catalogue, tmp_path / "prepared", Protocol.STRICT, framing_of({"size": 32}))
    assert np.isfinite(store.x).all()
