import io
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image, ImageColor

from enhancing import toy_run, write_exam
from toy_dicom import write
from vcem.apply.contact_sheet import COLOURS, TALLEST_PX
from vcem.cli.main import main


def vcem(*words):
    return main([str(word) for word in words])


@pytest.fixture(scope="module")
def river(tmp_path_factory):
    """One woman, simulated, de-identified, imported and enhanced by the commands."""
    work = tmp_path_factory.mktemp("river")
    assert vcem("simulate", work / "virtual", "--patients", 1, "--seed", 7, "--pixel-mm", 1.6, "--jobs", 1) == 0
    key = ("--key", work / "key", "--make-key", "--jobs", 1)
    assert vcem("deidentify", work / "virtual" / "dicom", work / "study", *key) == 0
    assert vcem("import", "dicom", work / "study", work / "catalogue", "--jobs", 1) == 0
    assert vcem("enhance", work / "study", "--model", toy_run(work), "--out", work / "enhanced") == 0
    return work


def test_a_study_opens_as_four_rows_of_le_des_and_virtual_des(river, tmp_path, capsys):
    out = tmp_path / "look.png"
    assert vcem("look", river / "study", river / "enhanced", "--out", out) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[-2] == f"4 rows of LE, DES, Virtual DES: toy-autoencoder -> {out}"
    assert any("3 more: HE image" in line for line in told)
    picture = np.asarray(Image.open(out))
    framed = (picture == ImageColor.getrgb(COLOURS["SYNTHETIC"])).all(-1)
    edges = np.flatnonzero(framed.sum(1) > 250)  # above and below each virtual DES
    assert len(edges) == 4 * 2 * 3
    assert picture.shape[0] > 4 * TALLEST_PX
    columns = np.flatnonzero(framed[edges[0]])
    assert columns[0] > picture.shape[1] / 2, "virtual DES stands on the right"


def test_a_page_holds_the_same_twelve_images(river, tmp_path):
    out = tmp_path / "look.html"
    assert vcem("look", river / "study", river / "enhanced", "--out", out) == 0
    assert out.read_text().count("<img") == 12


def test_enhanced_pictures_with_side_files_hang_too(tmp_path, capsys):
    exam = write_exam(tmp_path / "in")
    run = toy_run(tmp_path)
    assert vcem("enhance", exam, "--model", run, "--out", tmp_path / "out", "--format", "png") == 0
    capsys.readouterr()
    assert vcem("look", exam, tmp_path / "out", "--out", tmp_path / "look.png") == 0
    assert "4 rows of LE, DES, Virtual DES: toy-autoencoder" in capsys.readouterr().out
    assert Image.open(io.BytesIO((tmp_path / "look.png").read_bytes())).mode == "RGB"


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ([], 2, "nothing to look at"),
        (["{here}/none"], 2, "is not there"),
        (["{here}/in", "--out", "{here}/look.gif"], 2, "neither a picture nor a page"),
        (["{here}/in", "--rules", "{here}/none.toml"], 2, "cannot be read"),
        (["{here}/text"], 1, "nothing to show"),
        (["{here}/many", "--out", "{here}/look.png"], 2, "41 rows are too many"),
    ],
)
def test_wrong_use_is_one_clear_message(tmp_path, capsys, monkeypatch, words, code, message):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "in" / "a")
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "a.txt").write_text("x")
    for i in range(41):
        write(tmp_path / "many" / str(i), uid=f"1.2.{i}")
    before = sorted(tmp_path.rglob("*"))
    assert vcem("look", *(word.format(here=tmp_path) for word in words)) == code
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error
    assert sorted(tmp_path.rglob("*")) == before


def test_a_study_of_damaged_images_gives_no_sheet(tmp_path, capsys):
    path = write(tmp_path / "in" / "a")
    path.write_bytes(path.read_bytes()[:-9000])
    assert vcem("look", tmp_path / "in", "--out", tmp_path / "look.png") == 1
    assert "No image could be drawn" in capsys.readouterr().err
    assert not (tmp_path / "look.png").exists()


@pytest.mark.needs("shared")
def test_real_mammograms_without_contrast_are_told_not_guessed(shared, tmp_path, capsys):
    assert vcem("look", shared / "mg-dicom", "--out", tmp_path / "look.png") == 1
    assert "nothing to show" in capsys.readouterr().err


def test_looking_loads_no_torch(tmp_path):
    write(tmp_path / "in" / "a")
    code = f"""
import sys
from vcem.cli.main import main
main(["look", {str(tmp_path / "in")!r}, "--out", {str(tmp_path / "look.png")!r}])
print("torch loaded:", "torch" in sys.modules)
"""
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "torch loaded: False" in shown.stdout, shown.stderr
