import pytest

from raw_exposures import gland_and_lesion, write_pair
from toy_dicom import write
from vcem.cli.main import main
from vcem.core.files import read_csv
from vcem.core.terms import Energy
from vcem.simulate.acquire import Acquisition, acquire
from vcem.simulate.present import present_le


def recombine(*words):
    return main(["recombine", *map(str, words)])


def test_two_files_give_one_file(tmp_path, capsys):
    le, he = write_pair(tmp_path)
    assert recombine(le, he, "--out", tmp_path / "des.dcm", "--weight", "0.25", "--no-flattening") == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == f"DES with w = 0.2500 -> {tmp_path / 'des.dcm'}"
    assert "not for diagnosis" in told[1]


def test_a_folder_gives_a_folder_that_imports_with_its_le(tmp_path, capsys):
    scene = gland_and_lesion()
    write_pair(tmp_path / "in")
    assert recombine(tmp_path / "in", "--out", tmp_path / "out", "--jobs", 1) == 0
    assert f"1 DES images, 0 of them already there -> {tmp_path / 'out'}" in capsys.readouterr().out
    shown = present_le(acquire(scene, Acquisition(), 1, "a").le, scene)
    path = write(tmp_path / "out" / "le.dcm", Energy.LE, tags={
        "PixelData": shown.tobytes(), "Rows": shown.shape[0], "Columns": shown.shape[1],
        "ImagerPixelSpacing": ["0.8", "0.8"],
    })  # fmt: skip
    assert main(["import", "dicom", str(tmp_path), str(tmp_path / "catalogue"), "--jobs", "1"]) == 0
    (pair,) = read_csv(tmp_path / "catalogue" / "pairs.csv")
    assert pair["le"] == str(path.relative_to(tmp_path))
    assert pair["des"].startswith("out/2.25.")
    assert pair["origin"] == "simulated"
    left_out = {row["what"]: row["why"] for row in read_csv(tmp_path / "catalogue" / "skipped.csv")}
    assert left_out["in/LCCLE.dcm"] == left_out["in/LCCHE.dcm"] == "for processing, not for presentation"


@pytest.mark.parametrize(
    ("words", "why"),
    [(["--weight", "much"], "weight of much"), (["--weight", "3"], "weight of 3"), (["--rules", "none"], "be read")],
)  # fmt: skip
def test_wrong_use_is_told_before_anything_is_read(tmp_path, capsys, words, why):
    assert recombine(tmp_path / "a", tmp_path / "b", "--out", tmp_path / "c", *words) == 2
    assert why in capsys.readouterr().err


def test_nothing_to_recombine_is_wrong_use(tmp_path, capsys):
    assert recombine("--out", tmp_path / "c") == 2
    assert "nothing to recombine" in capsys.readouterr().err
