import shutil
from pathlib import Path

import pytest

from fakes.toy_release import WORKBOOK
from toy_dicom import write
from vcem.cli.main import main
from vcem.core.files import read_csv
from vcem.core.terms import Energy, Side
from vcem.folders.catalogue import read_catalogue


def run(*words):
    return main(["import", *map(str, words)])


def test_release_becomes_a_catalogue(toy_release, tmp_path, capsys):
    assert run("cdd-cesm", toy_release, tmp_path / "out", "--origin", "simulated", "--jobs", "1") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"33 pairs of 8 patients, 58 outlines -> {tmp_path / 'out'}"
    assert lines[1] == "33 of 33 pairs registered"
    assert "disagree with the registration by 0." in lines[2]
    assert lines[3] == f"5 remarks on what was left out or is missing: {tmp_path / 'out' / 'skipped.csv'}"
    assert read_catalogue(tmp_path / "out").origin == "simulated"


def test_low_quality_can_be_refused(toy_release, tmp_path, capsys):
    words = ["--min-quality", "0.99", "--outlines", "none", "--jobs", "1"]
    assert run("cdd-cesm", toy_release, tmp_path / "out", *words) == 0
    assert "0 of 33 pairs registered" in capsys.readouterr().out


def test_help_lists_the_archives(capsys):
    assert run("--help") == 0
    told = capsys.readouterr().out
    assert "cdd-cesm" in told
    assert "dicom" in told


def test_a_folder_of_dicom_becomes_a_catalogue(tmp_path, capsys):
    for energy in Energy:
        write(tmp_path / "in" / energy, energy)
    (tmp_path / "in" / "notes.txt").write_text("no DICOM")
    assert run("dicom", tmp_path / "in", tmp_path / "out", "--jobs", "1") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        f"1 pairs of 1 patients, simulated, from 4 files -> {tmp_path / 'out'}",
        "1 of 1 pairs registered",
        "headers: 4 read, 0 unchanged",
        "  1 DES by ImageType SUBTRACTION: PS3.3 C.8.11.7.1.4, value 4 of contrast images",
        "  1 HE by ImageType HIGH_ENERGY: PS3.3 C.8.11.7.1.4, value 5 of contrast images",
        "  1 LE by ImageType LOW_ENERGY: PS3.3 C.8.11.7.1.4, value 5 of contrast images",
        "where headers align LE with DES, the registration by images differs by 0.0 px (median)",
        f"1 remarks on what was left out or is missing: {tmp_path / 'out' / 'skipped.csv'}",
    ]
    assert read_catalogue(tmp_path / "out").origin == "simulated"


def files_of(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir()}


def test_a_second_import_reads_only_what_changed_and_ends_as_a_fresh_one(tmp_path, capsys):
    for energy in Energy:
        write(tmp_path / "in" / energy, energy)
    words = ["dicom", tmp_path / "in", tmp_path / "out", "--jobs", "1"]
    assert run(*words) == 0
    first = files_of(tmp_path / "out")
    assert run(*words) == 0
    assert "headers: 3 read, 0 unchanged" in capsys.readouterr().out
    assert files_of(tmp_path / "out") == first
    for energy in Energy:
        write(tmp_path / "in" / f"{energy}2", energy, Side.RIGHT)
    write(tmp_path / "in" / "HE", Energy.HE, tags={"PatientAge": "059Y"})
    assert run(*words) == 0
    told = capsys.readouterr().out
    assert "2 pairs of 1 patients" in told
    assert "headers: 4 read, 2 unchanged" in told
    assert run("dicom", tmp_path / "in", tmp_path / "fresh", "--jobs", "1") == 0
    assert files_of(tmp_path / "out") == files_of(tmp_path / "fresh")
    assert run(*words, "--read-all") == 0
    assert "headers: 6 read, 0 unchanged" in capsys.readouterr().out
    assert files_of(tmp_path / "out") == files_of(tmp_path / "fresh")


def test_a_second_acquisition_is_told_from_the_first(tmp_path, capsys):
    for number, frame in enumerate(("2.25.71", "2.25.72")):
        for energy in Energy:
            place = {
                "uid": f"{frame}.{len(energy)}{energy == 'HE':d}",
                "frame_uid": frame,
                "taken_s": 36420 + 480 * number,
            }
            write(tmp_path / "in" / f"{number}{energy}", energy, **place)
    assert run("dicom", tmp_path / "in", tmp_path / "out", "--jobs", "1") == 0
    rows = [(row["pair"], row["le"], row["des"], row["tags"]) for row in read_csv(tmp_path / "out" / "pairs.csv")]
    assert rows == [
        ("S0001_L_CC", "0LE", "0DES", ""),
        ("S0001_L_CC_2", "1LE", "1DES", "late phase, 8 min after the first"),
    ]


def test_virtual_images_are_no_images(tmp_path, capsys):
    for energy in Energy:
        write(tmp_path / "in" / energy, energy)
    virtual = {"ImageType": ["DERIVED", "SECONDARY", "", "VIRTUAL_DES"], "SeriesDescription": "DES"}
    write(tmp_path / "in" / "virtual", Energy.DES, uid="2.25.8", tags=virtual)
    assert run("dicom", tmp_path / "in", tmp_path / "out", "--jobs", "1") == 0
    assert "1 pairs of 1 patients" in capsys.readouterr().out
    skipped = {row["what"]: row["why"] for row in read_csv(tmp_path / "out" / "skipped.csv")}
    assert skipped == {"virtual": "a virtual DES image: Image Type VIRTUAL_DES"}


def test_another_folder_is_never_written_into(tmp_path, capsys):
    for energy in Energy:
        write(tmp_path / "in" / energy, energy)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").touch()
    assert run("dicom", tmp_path / "in", tmp_path / "out") == 2
    assert "already holds other files" in capsys.readouterr().err


def test_the_index_is_no_part_of_the_catalogue(tmp_path):
    for energy in Energy:
        write(tmp_path / "in" / energy, energy)
    assert run("dicom", tmp_path / "in", tmp_path / "out", "--jobs", "1") == 0
    assert {p.name for p in (tmp_path / "out").glob(".*")} == {".headers.index", ".readings.index"}
    manifest = (tmp_path / "out" / "manifest.json").read_text()
    assert ".index" not in manifest


def test_an_import_that_was_interrupted_goes_on(tmp_path, capsys):
    for energy in Energy:
        write(tmp_path / "in" / energy, energy)
    words = ["dicom", tmp_path / "in", tmp_path / "out", "--jobs", "1"]
    assert run(*words) == 0
    for path in (tmp_path / "out").glob("[!.]*"):
        path.unlink()
    capsys.readouterr()
    assert run(*words) == 0
    assert "headers: 0 read, 3 unchanged" in capsys.readouterr().out
    assert read_catalogue(tmp_path / "out").pairs


def test_changed_rules_need_no_new_headers(tmp_path, capsys):
    for energy in Energy:
        write(tmp_path / "in" / energy, energy)
    words = ["dicom", tmp_path / "in", tmp_path / "out", "--jobs", "1"]
    assert run(*words) == 0
    (tmp_path / "own.toml").write_text(
        '[[rule]]\nimage="HE"\norder=0\nattribute="ImageType"\nvalues=["LOW_ENERGY"]\nevidence="turned round"\n'
    )
    capsys.readouterr()
    assert run(*words, "--rules", tmp_path / "own.toml") == 1
    assert "DES without LE" in capsys.readouterr().err
    (tmp_path / "own.toml").write_text(
        '[[rule]]\nimage="LE"\norder=0\nattribute="ImageType"\nvalues=["LOW_ENERGY"]\nevidence="our unit"\n'
    )
    assert run(*words, "--rules", tmp_path / "own.toml") == 0
    told = capsys.readouterr().out
    assert "headers: 0 read, 3 unchanged" in told
    assert "1 LE by ImageType LOW_ENERGY: our unit" in told


WEIRD = ["../../etc/passwd", "4711 / A", "Łódź-Müller^é", "日本", "x" * 64, "a_b", "A_b", "P1_22_RCC", "S-1_L_CC", "-"]


def test_any_patient_id_goes_through_to_the_scores(tmp_path, capsys):
    for number, patient in enumerate(WEIRD):
        for side in Side:
            for energy in (Energy.LE, Energy.DES):
                place = {"uid": f"2.25.1{number}{side == 'L':d}{energy == 'LE':d}", "frame_uid": f"2.25.2{number}"}
                tags = {
                    "PatientID": patient,
                    "StudyInstanceUID": f"2.25.3{number}",
                    "SpecificCharacterSet": "ISO_IR 192",
                }
                write(tmp_path / "in" / f"{number}{side}{energy}", energy, side, tags=tags, **place)
    nameless = {"PatientID": "", "StudyInstanceUID": "2.25.4"}
    for energy in (Energy.LE, Energy.DES):
        write(tmp_path / "in" / f"none{energy}", energy, uid=f"2.25.5{energy == 'LE':d}", tags=nameless)
    catalogue, data, runs = (str(tmp_path / name) for name in ("catalogue", "data", "runs"))
    assert run("dicom", tmp_path / "in", catalogue, "--jobs", "1") == 0
    assert "20 pairs of 10 patients" in capsys.readouterr().out
    skipped = {row["what"]: row["why"] for row in read_csv(tmp_path / "catalogue" / "skipped.csv")}
    assert skipped["noneLE"] == "no Patient ID; --without-id study takes a study for a patient"
    assert main(["prepare", catalogue, data, "--size", "16", "--jobs", "1"]) == 0
    assert main(["split", data, "--folds", "3"]) == 0
    told = capsys.readouterr().out
    assert "strict: 20 test places hold 20 different pairs; 0 share a patient" in told
    shared_by_paper = int(told.split("paper: ")[1].split("; ")[1].split()[0])
    assert shared_by_paper > 0
    recipe = Path(__file__).parents[2] / "recipes" / "strict" / "autoencoder.toml"
    words = [
        "--set",
        "size=16",
        "--set",
        "training.epochs=1",
        "--set",
        "method.generator.width=4",
        "--threads",
        "1",
        "--device",
        "cpu",
    ]
    assert main(["train", str(recipe), "--data", data, "--fold", "0", "--out", runs, *words]) == 0
    (made,) = Path(runs).glob("*/fold-00")
    assert main(["predict", str(made), "--data", data]) == 0
    assert main(["score", str(made / "predictions"), "--data", data]) == 0
    patients = {row["patient"] for row in read_csv(made / "scores.csv")}
    assert patients <= {p.patient for p in read_catalogue(Path(catalogue)).pairs}
    assert not set(tmp_path.iterdir()) - {tmp_path / n for n in ("in", "catalogue", "data", "runs")}


def test_without_a_patient_id_a_study_can_stand_for_the_patient(tmp_path, capsys):
    for number in range(2):
        for energy in (Energy.LE, Energy.DES):
            tags = {"PatientID": "", "StudyInstanceUID": f"2.25.4{number}"}
            uid = f"2.25.5{number}{energy == 'LE':d}"
            write(tmp_path / "in" / f"{number}{energy}", energy, uid=uid, tags=tags)
    words = ["dicom", tmp_path / "in", tmp_path / "out", "--jobs", "1"]
    assert run(*words) == 1
    assert "no Patient ID" in capsys.readouterr().err
    assert run(*words, "--without-id", "study") == 0
    assert "2 pairs of 2 patients" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--origin", "clinical"], 2, "Synthetic Data = YES"),
        (["--rules", "none.toml"], 2, "Rules none.toml cannot be read"),
        (["--min-quality", "-1"], 2, "least quality of -1.0 is impossible"),
    ],
)
def test_bad_options_of_a_dicom_import_are_one_clear_message(tmp_path, capsys, words, code, message):
    for energy in Energy:
        write(tmp_path / "in" / energy, energy)
    assert run("dicom", tmp_path / "in", tmp_path / "out", *words) == code
    told = capsys.readouterr().err
    assert message in told
    assert "expected:" in told
    assert not (tmp_path / "out").exists()


def test_archive_must_be_named(capsys):
    assert run() == 2
    assert run("tcia", "a", "b") == 2
    assert "There is no archive 'tcia'" in capsys.readouterr().err


def missing(source: Path) -> None:
    shutil.rmtree(source)


def empty(source: Path) -> None:
    shutil.rmtree(source)
    source.mkdir()


def no_workbook(source: Path) -> None:
    (source / WORKBOOK).unlink()


def damaged_workbook(source: Path) -> None:
    (source / WORKBOOK).write_bytes(b"PK no workbook")


def no_masks(source: Path) -> None:
    """The toy release has none to begin with."""


@pytest.mark.parametrize(
    ("damage", "options", "code", "message"),
    [
        (missing, [], 2, "is not a folder"),
        (empty, [], 2, "is empty"),
        (no_workbook, [], 2, "has no workbook"),
        (damaged_workbook, [], 1, "cannot be read as a workbook"),
        (no_masks, ["--outlines", "masks"], 2, "has no folder of masks"),
        (no_masks, ["--min-quality", "3"], 2, "least quality of 3.0 is impossible"),
    ],
)
def test_bad_input_is_one_clear_message(toy_release, tmp_path, capsys, damage, options, code, message):
    source = shutil.copytree(toy_release, tmp_path / "source")
    damage(source)
    assert run("cdd-cesm", source, tmp_path / "out", *options) == code
    told = capsys.readouterr().err
    assert message in told
    assert "expected:" in told
    assert "Traceback" not in told
    assert not (tmp_path / "out").exists()
