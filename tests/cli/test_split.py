import json

import pytest

from vcem.cli.main import main
from vcem.core.files import read_csv
from vcem.folders.folds import read_folds


def test_folds_and_the_leaks_of_both_protocols_are_written(toy_store, capsys):
    assert main(["split", str(toy_store.folder), "--folds", "3", "--seed", "5"]) == 0
    folds = read_folds(toy_store.folder / "folds.json")
    assert (len(folds.folds), folds.protocol, folds.seed) == (3, "strict", 5)
    rows = read_csv(toy_store.folder / "leak.csv")
    assert [r["protocol"] for r in rows] == ["paper"] * 3 + ["strict"] * 3
    strict = [r for r in rows if r["protocol"] == "strict"]
    assert sum(int(r["test_pairs_with_shared_patient"]) for r in strict) == 0
    assert "strict: 12 test places hold 12 different pairs; 0 share a patient" in capsys.readouterr().out


@pytest.mark.needs("shared")
def test_the_papers_splits_come_from_a_list_of_ids(shared, tmp_path):
    out = tmp_path / "folds.json"
    words = ["split", "--protocol", "paper", "--ids", str(shared / "cesm-ucbm-pairs.tsv"), "--out", str(out)]
    assert main(words) == 0
    content = json.loads(out.read_text())
    assert content["protocol"] == "paper"
    assert [len(content["folds"][0][part]) for part in ("train", "val", "test")] == [460, 52, 57]


@pytest.mark.parametrize("words", [[], ["--ids", "ids.tsv"], ["PREPARED", "--ids", "ids.tsv", "--out", "o.json"]])
def test_unclear_input_is_wrong_use(words, toy_store, tmp_path, capsys):
    (tmp_path / "ids.tsv").write_text("id\nP1_L_CC\n")
    given = [w.replace("PREPARED", str(toy_store.folder)).replace("ids.tsv", str(tmp_path / "ids.tsv")) for w in words]
    assert main(["split", *given]) == 2
    assert "vcem:" in capsys.readouterr().err


def test_a_list_with_a_strange_name_is_told(tmp_path, capsys):
    (tmp_path / "ids.tsv").write_text("id\nIMG_1\n")
    assert main(["split", "--ids", str(tmp_path / "ids.tsv"), "--out", str(tmp_path / "o.json")]) == 2
    assert "IMG_1" in capsys.readouterr().err
