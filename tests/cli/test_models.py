import json

import pytest

from conftest import make_store
from enhancing import toy_run
from toy_dicom import write
from toy_run import toy_folds
from vcem.apply.about import About
from vcem.apply.export import export
from vcem.cli.main import main
from vcem.core.files import read_csv, sha256
from vcem.folders import bundled
from vcem.folders.model import Form
from vcem.folders.run import best_of


@pytest.fixture
def model(tmp_path, monkeypatch):
    """A model of simulated toys that comes with the program."""
    export(toy_run(tmp_path), tmp_path / "models" / "simulated-toy", Form.RUN, About("toys"))
    monkeypatch.setattr(bundled, "MODELS", tmp_path / "models")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "models" / "simulated-toy"


def test_a_model_is_listed_with_what_it_learned_from_and_its_check_sum(model, capsys):
    assert main(["models"]) == 0
    table = capsys.readouterr().out
    weights = sha256(best_of(model))
    for text in ("simulated-toy", "4 simulated images of 1 women", weights, "never saw a patient"):
        assert text in table
    assert main(["models", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert listed["simulated-toy"]["weights"]["sha256"] == weights


def test_it_goes_by_its_name_wherever_a_run_is_taken(model, tmp_path, capsys):
    le = write(tmp_path / "le.dcm", tags={"SyntheticData": None})
    assert main(["enhance", str(le), "--model", "simulated-toy", "--out", "virtual"]) == 0
    assert "this model never saw a patient" in capsys.readouterr().out
    assert main(["export", "simulated-toy", "--to", "folder"]) == 0
    assert (tmp_path / "simulated-toy-folder" / "weights.safetensors").is_file()
    words = ["validate", "simulated-toy", "--data", "prepared", "--out", "external"]
    assert main(words) == 2, "the same patients"
    assert main([*words, "--shared-patients"]) == 0
    assert (tmp_path / "external" / "toy-autoencoder" / "fold-00" / "scores.csv").is_file()


def test_a_report_puts_it_beside_methods_that_were_trained_on_the_data(model, tmp_path, capsys):
    store = make_store(tmp_path / "other", size=48, patients="Q")
    toy_folds(store)
    words = ["predict", "simulated-toy", "--data", str(store.folder), "--out", str(tmp_path / "own" / "predictions")]
    assert main([*words, "--fold", "1"]) == 2
    assert "no fold 1" in capsys.readouterr().err
    assert main([*words, "--fold", "0"]) == 0
    assert main(["score", str(tmp_path / "own" / "predictions"), "--data", str(store.folder)]) == 0
    assert {row["patient"] for row in read_csv(tmp_path / "own" / "scores.csv")} == {"Q3"}
    assert main([*words[:3], "prepared", "--fold", "0", "--out", "nowhere"]) == 2
    assert "own fold" in capsys.readouterr().err


def test_an_unknown_name_is_wrong_use(model, tmp_path, capsys):
    le = write(tmp_path / "le.dcm")
    assert main(["enhance", str(le), "--model", "simulated-toys", "--out", "virtual"]) == 2
    assert "simulated-toy\n" in capsys.readouterr().err
