import pytest

from released import KEY, TOML, deidentified
from toy_dicom import write
from vcem.cli.main import main
from vcem.core.files import read_csv, read_manifest
from vcem.dicom.key_file import write_private


@pytest.fixture
def here(tmp_path):
    deidentified(tmp_path)
    write_private(tmp_path / "key", KEY)
    (tmp_path / "cite.toml").write_text(TOML)
    return tmp_path


def release(here, *words, out="out", licence="CC-BY-4.0"):
    given = [here / "deid", here / out, "--originals", here / "in", "--key", here / "key", "--citation",
             here / "cite.toml", "--licence", licence, "--jobs", 1, *words]  # fmt: skip
    return main(["release", *map(str, given)])


def test_a_hospitals_exams_become_a_data_set(here, capsys):
    (here / "reports.csv").write_text("patient,birads,pathology,confirmed_by\n4711-A,5,Malignant,biopsy\nnobody,2,,\n")
    assert release(here, "--reports", here / "reports.csv") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"7 images of 2 patients, 2 LE/DES pairs -> {here / 'out'}"
    assert lines[1].startswith("1 rows of the reports speak of nobody")
    assert "nothing found" in lines[2]
    read_manifest(here / "out", "release", "vcem release")
    assert sum(row["birads"] == "5" for row in read_csv(here / "out" / "cases.csv")) == 5
    whole = b"".join(p.name.encode() + p.read_bytes() for p in (here / "out").rglob("*") if p.is_file()).lower()
    assert not [w for w in (b"smith", b"sally", b"jones", b"4711", b"acc77", b"clinic of", b"nobody") if w in whole]
    assert release(here, "--reports", here / "reports.csv", "--verify") == 0


def test_a_name_that_slips_in_by_a_users_term_leaves_no_finished_release(here, capsys):
    (here / "terms").write_text("Jones\n")
    (here / "reports.csv").write_text("patient,findings\n4711-A,Jones\n")
    assert release(here, "--reports", here / "reports.csv", "--terms", here / "terms") == 1
    told = capsys.readouterr().out
    assert f"LEAK {here / 'out' / 'cases.csv'}: name or number of a person" in told
    assert "do not release" in told
    assert "Jones" not in told
    assert not (here / "out" / "manifest.json").exists()


def test_a_leak_planted_after_the_release_is_found_by_verify(here, capsys):
    assert release(here) == 0
    path = here / "out" / "cases.csv"
    path.write_text(path.read_text().replace(",clinical,", ",Smith,", 1))
    assert release(here, "--verify") == 1
    assert f"LEAK {path}: name or number of a person" in capsys.readouterr().out


def test_a_simulated_study_is_released_imported_and_looked_at(tmp_path, capsys):
    (tmp_path / "cite.toml").write_text(TOML)
    words = ["simulate", tmp_path / "virtual", "--patients", 1, "--seed", 7, "--pixel-mm", 1.6, "--jobs", 1]
    assert main([str(w) for w in words]) == 0
    (tmp_path / "virtual" / "dicom").rename(tmp_path / "in")
    words = [tmp_path / "in", tmp_path / "deid", "--key", tmp_path / "key", "--make-key", "--jobs", 1]
    assert main(["deidentify", *map(str, words)]) == 0
    capsys.readouterr()
    assert release(tmp_path, licence="CC0-1.0") == 0
    assert "simulated, not clinical" in capsys.readouterr().out
    assert all(row["density"] and row["birads"] for row in read_csv(tmp_path / "out" / "cases.csv"))
    assert main(["import", "dicom", str(tmp_path / "out"), str(tmp_path / "catalogue"), "--jobs", "1"]) == 0
    assert "4 pairs of 1 patients, simulated" in capsys.readouterr().out
    assert main(["look", str(tmp_path / "out"), "--out", str(tmp_path / "look.html")]) == 0
    assert "4 rows of LE, DES" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--licence", "MIT"], "not known here"),
        (["--licence", "LicenseRef-Own"], "are not given"),
        (["--citation", "{here}/none.toml"], "cannot be read"),
        (["--key", "{here}/none"], "no key file"),
        (["--key", "{here}/out/key"], "lies inside"),
        (["--originals", "{here}/none"], "is not a folder"),
        (["--reports", "{here}/bad.csv"], "may not be released: notes"),
        (["--reports", "{here}/none.csv"], "cannot be read"),
        (["--terms", "{here}/none"], "cannot be read"),
        (["--image-rules", "{here}/none.toml"], "cannot be read"),
        (["--rules", "{here}/none.toml"], "cannot be read"),
        (["--jobs", "0"], "0 jobs"),
        (["--verify"], "is not a folder"),
    ],
)
def test_wrong_use_is_told_before_anything_is_written(here, capsys, words, message):
    (here / "bad.csv").write_text("patient,notes\n1,Sally\n")
    assert release(here, *(word.format(here=here) for word in words)) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "Sally" not in error
    assert not (here / "out").exists()


@pytest.mark.parametrize("out", ["deid/out", "in/out", "."])
def test_the_release_lies_apart(here, capsys, out):
    assert release(here, out=out) == 2
    assert "lies inside" in capsys.readouterr().err


def test_an_archive_that_was_not_de_identified_is_refused(here, capsys):
    write(here / "raw" / "a")
    assert main(["release", str(here / "raw"), str(here / "out"), "--originals", str(here / "in"), "--key",
                 str(here / "key"), "--citation", str(here / "cite.toml"), "--licence", "CC0-1.0"]) == 2  # fmt: skip
    assert "not a finished deidentified folder" in capsys.readouterr().err
