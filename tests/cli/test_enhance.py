import signal
import subprocess
import sys
import time

import numpy as np
import pydicom
import pytest
from pydicom.uid import DigitalMammographyXRayImageStorageForPresentation, ExplicitVRLittleEndian

from calibrations import calibrating_store, trained
from dciodvfy import errors, needs_dciodvfy
from enhancing import toy_run, toy_run_of, write_exam
from toy_dicom import pixels_of, write
from toy_recipes import three_folds, toy_file
from vcem.cli.main import main
from vcem.core.files import read_csv
from vcem.core.terms import Energy, Side
from vcem.dicom.read import read_dicom


@pytest.fixture
def exam(tmp_path):
    return write_exam(tmp_path / "in")


def enhance(*words):
    return main(["enhance", *map(str, words)])


def images(out):
    return [out / row["output"] for row in read_csv(out / "images.csv")]


@needs_dciodvfy
def test_a_trained_run_enhances_an_exam(exam, toy_store_of, tmp_path, capsys):
    store = toy_store_of(size=16)
    three_folds(store)
    recipe = toy_file(tmp_path, "pix2pix", epochs=1)
    assert (
        main(["train", str(recipe), "--data", str(store.folder), "--fold", "0", "--out", str(tmp_path / "runs")]) == 0
    )
    run = tmp_path / "runs" / "toy-pix2pix" / "fold-00"
    capsys.readouterr()
    assert enhance(exam, "--model", run, "--out", tmp_path / "out", "--label") == 0
    told = capsys.readouterr().out.splitlines()
    assert told == [
        f"4 virtual DES images by toy-pix2pix, 0 of them already there -> {tmp_path / 'out'}",
        f"8 files left out: {tmp_path / 'out' / 'skipped.csv'}",
        "AI, research only, not for diagnosis: enhancement can be missing or invented",
    ]
    for path in images(tmp_path / "out"):
        assert errors(path) == []
        ds = pydicom.dcmread(path)
        assert (ds.SyntheticData, ds.Rows, ds.Columns) == ("YES", 120, 80)
        assert read_dicom(path).any()
    assert len(list((tmp_path / "out").glob("*.label.dcm"))) == 4


def test_the_same_command_does_nothing_twice(exam, tmp_path, capsys):
    run = toy_run(tmp_path)
    assert enhance(exam, "--model", run, "--out", tmp_path / "out") == 0
    first = {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in (tmp_path / "out").glob("*.dcm")}
    capsys.readouterr()
    assert enhance(exam, "--model", run, "--out", tmp_path / "out") == 0
    assert "4 of them already there" in capsys.readouterr().out
    assert {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in (tmp_path / "out").glob("*.dcm")} == first


def test_png_with_side_files(exam, tmp_path):
    run = toy_run(tmp_path)
    assert enhance(exam, "--model", run, "--out", tmp_path / "out", "--format", "png", "--bits", "8") == 0
    pictures = sorted(p.stem for p in (tmp_path / "out").glob("2.25.*.png"))
    assert len(pictures) == 4
    assert sorted(p.stem for p in (tmp_path / "out").glob("2.25.*.json")) == pictures


def test_a_virtual_des_is_not_enhanced_again(exam, tmp_path, capsys):
    run = toy_run(tmp_path)
    assert enhance(exam, "--model", run, "--out", tmp_path / "out") == 0
    assert enhance(tmp_path / "out", "--model", run, "--out", tmp_path / "again") == 1
    assert "a virtual DES image" in capsys.readouterr().err


def test_somebody_elses_virtual_des_that_kept_the_sources_value_is_refused(tmp_path, capsys):
    run = toy_run(tmp_path)
    path = write(tmp_path / "a", tags={"ImageType": ["DERIVED", "SECONDARY", "POST_CONTRAST", "", "LOW_ENERGY"]})
    assert enhance(path, "--model", run, "--out", tmp_path / "out") == 1
    assert "a synthetic image" in capsys.readouterr().err


def test_killed_and_started_again_it_ends_the_same(tmp_path):
    run = toy_run(tmp_path)
    for i in range(60):
        write(tmp_path / "in" / f"{i:03d}", uid=f"1.2.{i}")
    words = [
        sys.executable,
        "-m",
        "vcem.cli.main",
        "enhance",
        tmp_path / "in",
        "--model",
        run,
        "--out",
        tmp_path / "out",
    ]
    child = subprocess.Popen(list(map(str, words)), stderr=subprocess.DEVNULL)
    while len(list((tmp_path / "out").glob("*.dcm"))) < 5 and child.poll() is None:
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    child.wait()
    done = {p: p.stat().st_mtime_ns for p in (tmp_path / "out").glob("*.dcm")}
    assert 5 <= len(done) < 60
    assert enhance(tmp_path / "in", "--model", run, "--out", tmp_path / "out") == 0
    assert len(images(tmp_path / "out")) == 60
    assert all(p.stat().st_mtime_ns == then for p, then in done.items())
    assert all(np.any(read_dicom(p)) for p in images(tmp_path / "out"))
    assert not list((tmp_path / "out").glob(".*.partial"))


def paper_run(tmp_path, run):
    recipe = run / "recipe.toml"
    recipe.write_text(recipe.read_text().replace('"strict"', '"paper"'))
    return [tmp_path / "in", "--model", run, "--out", tmp_path / "out"]


def no_run(tmp_path, run):
    return [tmp_path / "in", "--model", run.parent, "--out", tmp_path / "out"]


def no_input(tmp_path, run):
    return [tmp_path / "none", "--model", run, "--out", tmp_path / "out"]


def label_on_png(tmp_path, run):
    return [tmp_path / "in", "--model", run, "--out", tmp_path / "out", "--format", "png", "--label"]


def other_folder(tmp_path, run):
    return [tmp_path / "in", "--model", run, "--out", tmp_path / "in"]


def damaged_weights(tmp_path, run):
    (run / "best.safetensors").write_bytes(b"x" * 100)
    return [tmp_path / "in", "--model", run, "--out", tmp_path / "out"]


@pytest.mark.parametrize(
    ("damage", "code", "message"),
    [
        (paper_run, 2, "means nothing without the real DES"),
        (no_run, 2, "is neither a run nor"),
        (no_input, 2, "is not there"),
        (label_on_png, 2, "labels DICOM images only"),
        (other_folder, 2, "already holds other files"),
        (damaged_weights, 1, "was changed after training"),
    ],
)
def test_wrong_use_is_one_clear_message(exam, tmp_path, capsys, damage, code, message):
    before = sorted(exam.iterdir())
    assert enhance(*damage(tmp_path, toy_run(tmp_path))) == code
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error
    assert not (tmp_path / "out").exists()
    assert sorted(exam.iterdir()) == before


@pytest.mark.needs("shared")
def test_real_mammograms_that_are_no_le_are_refused_with_reasons(shared, tmp_path, capsys):
    assert enhance(shared / "mg-dicom", "--model", toy_run(tmp_path), "--out", tmp_path / "out") == 1
    assert "No image could be enhanced" in capsys.readouterr().err
    whys = {row["what"].rsplit("/", 1)[-1]: row["why"] for row in read_csv(tmp_path / "out" / "skipped.csv")}
    assert len(whys) == len(list((shared / "mg-dicom").iterdir()))
    assert "UNKNOWN" in whys["MG-Im-GE_Seno_1_ForPresentation.dcm"]
    assert "for processing" in whys["MG-Im-GE_Seno_1_ForProcessing.dcm"]
    assert "modality SR" in whys["MG-RDSR-GEPristina-2D.dcm"]


@pytest.mark.parametrize(("flip", "orientation", "why"), [
    (np.s_[::-1], ["A", "L"], "upside down: Patient Orientation"),
    (np.s_[:, ::-1], ["A", "R"], "The breast lies at the edge of side R, and its side is L"),
    (np.s_[:, ::-1], None, "Patient Orientation is not given"),
    (np.s_[:], None, "Patient Orientation is not given"),
])  # fmt: skip
def test_an_image_that_lies_otherwise_or_does_not_say_how_is_refused(tmp_path, flip, orientation, why):
    dataset = pydicom.dcmread(write(tmp_path / "in" / "le"))
    dataset.PixelData, dataset.PatientOrientation = dataset.pixel_array[flip].tobytes(), orientation
    dataset.save_as(tmp_path / "in" / "le")
    assert enhance(tmp_path / "in", "--model", toy_run(tmp_path), "--out", tmp_path / "out") == 1
    assert why in read_csv(tmp_path / "out" / "skipped.csv")[0]["why"]
    assert not images(tmp_path / "out")


@needs_dciodvfy
@pytest.mark.needs("shared")
@pytest.mark.parametrize(("name", "why"), [
    ("MG-Im-GE-SenDS-scaled.dcm", ""), ("MG-Im-GE_Seno_2_ForPresentation.dcm", "turned by 90 degrees and mirrored"),
])  # fmt: skip
def test_a_real_header_as_le(shared, tmp_path, name, why):
    """The headers are of plain mammograms with few pixels; they get a breast, and what GE writes on LE images."""
    ds = pydicom.dcmread(shared / "mg-dicom" / name)
    ds.ImageType = ["ORIGINAL", "PRIMARY", "", "LOW_ENERGY"]
    ds.PresentationIntentType = "FOR PRESENTATION"
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = DigitalMammographyXRayImageStorageForPresentation
    ds.update({"Rows": 120, "Columns": 80, "BitsAllocated": 16, "BitsStored": 12, "HighBit": 11})
    ds.update({"PixelRepresentation": 0, "WindowCenter": "2048", "WindowWidth": "4096", "RescaleIntercept": "0"})
    ds.PixelData = pixels_of(side=Side.LEFT).tobytes()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.save_as(tmp_path / "le.dcm")
    assert enhance(tmp_path / "le.dcm", "--model", toy_run(tmp_path), "--out", tmp_path / "out") == (1 if why else 0)
    if why:
        assert why in read_csv(tmp_path / "out" / "skipped.csv")[0]["why"]
        return
    (made,) = images(tmp_path / "out")
    virtual = pydicom.dcmread(made)
    assert (virtual.Rows, virtual.Columns, virtual.ImagerPixelSpacing) == (ds.Rows, ds.Columns, ds.ImagerPixelSpacing)
    assert "clinical" in virtual.ImageComments
    assert errors(made) == []


def test_help_loads_no_torch():
    code = """
import sys
from vcem.cli.main import main
try:
    main(["enhance", "--help"])
finally:
    print("torch loaded:", "torch" in sys.modules)
"""
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "torch loaded: False" in shown.stdout


def test_a_folder_without_le_leaves_the_reasons(tmp_path, capsys):
    write(tmp_path / "in" / "des", Energy.DES)
    assert enhance(tmp_path / "in", "--model", toy_run(tmp_path), "--out", tmp_path / "out") == 1
    assert "a DES image, not LE" in capsys.readouterr().err


@pytest.fixture
def low(tmp_path):
    """A run of the method that draws from LE and DES at a low dose."""
    return toy_run_of(tmp_path, "lowdose")


def test_a_low_dose_exam_becomes_a_full_dose_des_that_names_both_sources(exam, low, tmp_path, capsys):
    out = tmp_path / "out"
    assert enhance(exam, "--model", low, "--dose", 25, "--out", out) == 0
    assert "4 virtual DES images by toy-lowdose-25, 0 of them" in capsys.readouterr().out
    assert len(read_csv(out / "skipped.csv")) == 4, "HE alone: the DES images were drawn on"
    for path in images(out):
        assert errors(path) == []
        ds = pydicom.dcmread(path)
        le, des = (
            pydicom.dcmread(next(exam.glob(f"{energy}{ds.ImageLaterality}{_view(ds)}"))) for energy in ("LE", "DES")
        )
        sources = [item.ReferencedSOPInstanceUID for item in ds.SourceImageSequence]
        assert sources == [le.SOPInstanceUID, des.SOPInstanceUID]
        assert "from the low energy image and a DES at 25 % of the contrast agent" in ds.ImageComments
        assert "and a DES at 25 %" in ds.DerivationDescription
        drawn, given = read_dicom(path), read_dicom(exam / f"DES{ds.ImageLaterality}{_view(ds)}")
        assert np.corrcoef(drawn[drawn > 0], given[drawn > 0])[0, 1] > 0.5, "it begins with the DES that it was given"
    assert enhance(exam, "--model", low, "--dose", 25, "--out", out) == 0
    assert "4 of them already there" in capsys.readouterr().out
    assert enhance(exam, "--model", low, "--dose", 10, "--out", tmp_path / "ten") == 0
    assert {p.name for p in images(out)}.isdisjoint(p.name for p in images(tmp_path / "ten"))


def _view(ds):
    return "CC" if "cranio-caudal" in ds.ViewCodeSequence[0].CodeMeaning.lower() else "MLO"


def test_an_exported_low_dose_model_draws_what_its_run_draws(exam, low, tmp_path):
    assert main(["export", str(low), "--out", str(tmp_path / "model")]) == 0
    for model, out in ((low, "a"), (tmp_path / "model", "b")):
        assert enhance(exam, "--model", model, "--dose", 0, "--out", tmp_path / out, "--format", "png") == 0
    for one, other in zip(images(tmp_path / "a"), images(tmp_path / "b"), strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_what_a_low_dose_model_cannot_take_is_one_clear_error(exam, low, tmp_path, capsys):
    out, plain = tmp_path / "out", toy_run(tmp_path)
    for words, told in (
        ((exam, "--model", low), "draws from LE and DES at a low dose, and no dose is given"),
        ((exam, "--model", low, "--dose", 101), "dose of 101 % is impossible"),
        ((exam, "--model", plain, "--dose", 10), "takes no DES at a low dose"),
    ):
        assert enhance(*words, "--out", out) == 2
        assert told in capsys.readouterr().err
        assert not out.exists()
    assert main(["export", str(low), "--to", "onnx", "--out", str(tmp_path / "model")]) == 2
    assert "an ONNX graph here takes LE alone" in capsys.readouterr().err
    for path in exam.glob("DES*"):
        path.unlink()
    assert enhance(exam, "--model", low, "--dose", 10, "--out", out) == 1
    assert "no DES of its compression on its grid is among the files" in capsys.readouterr().err


def test_half_widths_of_intervals_are_a_series_of_their_own_that_look_shows(tmp_path, capsys):
    store = calibrating_store(tmp_path)
    run = trained(tmp_path, store)[0].folder
    write_exam(tmp_path / "exam")
    made = tmp_path / "calibration"
    assert main(["calibrate", str(run.parent), "--data", str(store.folder), "--out", str(made), "--level", "0.8",
                 "--bound", "expected", "--steps", "3"]) == 0  # fmt: skip
    words = [
        "enhance",
        str(tmp_path / "exam"),
        "--model",
        str(run),
        "--out",
        str(tmp_path / "virtual"),
        "--uncertainty",
    ]
    assert main([*words, str(made)]) == 0
    assert "4 half-widths: 80 % interval, widened by" in capsys.readouterr().out
    des, width = (pydicom.dcmread(next((tmp_path / name).glob("*.dcm"))) for name in ("virtual", "virtual-uncertainty"))
    assert width.SeriesInstanceUID != des.SeriesInstanceUID
    assert width.SeriesDescription == "Half-width of 80 % interval, AI, research only, simulated"
    assert width.ImageType[3] == "VDES_WIDTH"
    assert width.ImageComments.startswith("AI, research only, not for diagnosis. This image is no DES: it shows the")
    assert width.pixel_array.max() > 0
    shown = [str(tmp_path / name) for name in ("exam", "virtual", "virtual-uncertainty")]
    assert main(["look", *shown, "--out", str(tmp_path / "look.html")]) == 0
    assert "Virtual DES, half-width of interval: autoencoder" in (tmp_path / "look.html").read_text()
    assert main([*words, str(made), "--size", "64"]) == 2
    assert "--uncertainty without --size" in capsys.readouterr().err
