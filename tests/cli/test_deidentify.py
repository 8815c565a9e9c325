import shutil
import stat
import subprocess
import sys

import pytest

from fakes.toy_archive import SALLY, write_archive
from processes import kill_a_worker
from toy_dicom import write
from vcem.cli.main import main
from vcem.core.files import read_csv, read_manifest
from vcem.core.terms import Energy


@pytest.fixture
def archive(tmp_path):
    return write_archive(tmp_path / "in")


def run(archive, *words):
    here = archive.parent
    return main(
        ["deidentify", str(archive), str(here / "out"), "--key", str(here / "key"), "--jobs", "1", *map(str, words)]
    )


def test_an_archive_becomes_fit_for_release(archive, capsys):
    here = archive.parent
    assert run(archive, "--make-key", "--crosswalk", here / "crosswalk.csv") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"3 of 8 files de-identified, 2 patients -> {here / 'out'}"
    assert sum(line.startswith("left out: ") for line in lines) == 4
    assert any("nothing found" in line for line in lines)
    assert stat.S_IMODE((here / "key").stat().st_mode) == 0o600
    assert len(read_csv(here / "crosswalk.csv")) == 8
    read_manifest(here / "out", "deidentified", "vcem deidentify")


def test_a_killed_worker_is_one_file_to_be_done_again(archive):
    here = archive.parent
    shutil.copytree(archive, here / "copy")
    (here / "copy").rename(archive / "copy")
    words = ["deidentify", archive, here / "out", "--key", here / "key", "--make-key", "--jobs", 2]
    command = [sys.executable, "-m", "vcem.cli.main", *map(str, words)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running:
        kill_a_worker(running.pid)
        told, _ = running.communicate()
    assert running.returncode == 1, told
    assert "of 16 files failed; the others are done:" in told
    assert "ended by signal 9" in told
    assert "Traceback" not in told
    rows = read_csv(here / "out" / "files.csv")
    assert len(rows) == 16
    failed = [r["why"] for r in rows if not r["digest"] and "could not be done" in r["why"]]
    assert set(failed) == {"it could not be done: its process ended by signal 9"}
    assert f"{len(failed)} of 16 files failed" in told
    assert len(failed) <= 4, "the copies of one image are done together"
    assert not (here / "out" / "manifest.json").exists()
    assert run(archive) == 0, "the same command goes on"
    assert not any("could not be done" in row["why"] for row in read_csv(here / "out" / "files.csv"))


def test_a_planted_leak_is_told_with_exit_code_1(archive, capsys):
    run(archive, "--make-key")
    path = next((archive.parent / "out").rglob("*.dcm"))
    path.write_bytes(path.read_bytes().replace(b"vcem simulator", b"Smith^Sally   "))
    capsys.readouterr()
    assert run(archive, "--verify") == 1
    told = capsys.readouterr().out
    assert f"LEAK {path}" in told
    assert "do not release" in told
    assert "Sally" not in told


def test_a_leak_that_the_rules_let_through_leaves_no_finished_folder(archive, capsys):
    from vcem.dicom.profile import TABLE

    loose = archive.parent / "loose.toml"
    changed = TABLE.read_text().replace("[text]", '[text]\nInstitutionName = ".*"')
    loose.write_text(changed)
    assert run(archive, "--make-key", "--rules", loose) == 1
    assert "InstitutionName of its original" in capsys.readouterr().out
    assert not (archive.parent / "out" / "manifest.json").exists()


@pytest.mark.parametrize(("tags", "origin"), [({}, "simulated"), (SALLY, "clinical")])
def test_the_output_imports_as_contrast_mammograms(tmp_path, capsys, tags, origin):
    for energy in Energy:
        write(tmp_path / "in" / f"{energy}.dcm", energy, tags=tags)
    assert run(tmp_path / "in", "--make-key") == 0
    assert main(["import", "dicom", str(tmp_path / "out"), str(tmp_path / "catalogue"), "--jobs", "1"]) == 0
    assert f"1 pairs of 1 patients, {origin}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "no key file"),
        (["--make-key", "--crosswalk", "{out}/crosswalk.csv"], "lies inside"),
        (["--make-key", "--crosswalk", "{in}/crosswalk.csv"], "lies inside"),
        (["--make-key", "--jobs", "0"], "0 jobs"),
        (["--make-key", "--rules", "none.toml"], "cannot be read"),
        (["--make-key", "--verify"], "files.csv"),
        (["--make-key", "--looked-at", "none.txt"], "cannot be read"),
        (["--make-key", "--looked-at", "{in}/JONES_MARY/report.txt"], "line 1 names no file"),
    ],
)
def test_wrong_use_is_told_before_anything_is_written(archive, capsys, words, message):
    here = archive.parent
    assert run(archive, *(word.format(**{"out": here / "out", "in": archive}) for word in words)) == 2
    assert message in capsys.readouterr().err
    assert not (here / "out").exists()


def test_a_key_inside_the_output_is_refused(archive, capsys):
    out = archive.parent / "out"
    assert main(["deidentify", str(archive), str(out), "--key", str(out / "key"), "--make-key"]) == 2
    assert "The key file" in capsys.readouterr().err
    assert not out.exists()


def test_an_empty_or_absent_source_is_told(tmp_path, capsys):
    (tmp_path / "in").mkdir()
    assert run(tmp_path / "in", "--make-key") == 2
    assert "is empty" in capsys.readouterr().err
    assert run(tmp_path / "none", "--make-key") == 2
    assert "is not a folder" in capsys.readouterr().err


def test_a_source_without_a_mammogram_ends_with_exit_code_1(tmp_path, capsys):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("x")
    assert run(tmp_path / "in", "--make-key") == 1
    assert "0 of 1 files" in capsys.readouterr().out
    assert [row["why"] for row in read_csv(tmp_path / "out" / "skipped.csv")] == ["no DICOM file"]


@pytest.mark.needs("shared")
def test_real_mammograms_are_released_and_others_told(shared, tmp_path, capsys):
    words = [
        str(shared / "mg-dicom"),
        str(tmp_path / "out"),
        "--key",
        str(tmp_path / "key"),
        "--make-key",
        "--jobs",
        "1",
    ]
    assert main(["deidentify", *words]) == 0
    told = capsys.readouterr().out
    assert told.startswith("4 of 9 files de-identified, 2 patients")
    assert "5, SOP Class is not Digital Mammography" in told
