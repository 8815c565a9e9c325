import json

import pytest

from enhancing import toy_run
from toy_dicom import write
from vcem.apply.export import About, export
from vcem.cli.main import main
from vcem.core.files import sha256
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


def test_an_unknown_name_is_wrong_use(model, tmp_path, capsys):
    le = write(tmp_path / "le.dcm")
    assert main(["enhance", str(le), "--model", "simulated-toys", "--out", "virtual"]) == 2
    assert "simulated-toy\n" in capsys.readouterr().err
