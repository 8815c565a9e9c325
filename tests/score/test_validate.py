import json
from dataclasses import replace

import numpy as np
import pytest

from conftest import make_store
from toy_run import write_toy_run
from vcem.apply.export import About, export
from vcem.cli.main import main
from vcem.core.errors import UsageError
from vcem.core.files import read_csv, read_json
from vcem.folders.folds import Folds
from vcem.folders.model import Form
from vcem.folders.predictions import of_run, read_predictions
from vcem.folders.references import references_of
from vcem.score.validate import Setting, runs_of, validate


@pytest.fixture
def other(tmp_path):
    """Other women, on the same grid."""
    return make_store(tmp_path / "other", 8, 48, patients="X")


@pytest.fixture
def two_folds(tmp_path, store, folds):
    """Two runs of one recipe; fold 1 trains on what fold 0 validates with."""
    [first] = folds.folds
    both = Folds(folds.protocol, 0, (first, replace(first, train=first.val, val=first.train)))
    return [write_toy_run(tmp_path / "runs", store, both, index) for index in (0, 1)]


def test_every_pair_is_scored_beside_the_references_of_the_training(two_folds, store, folds, other, tmp_path):
    validate(runs_of(two_folds), Setting(other.folder, tmp_path / "out"))
    rows = read_csv(tmp_path / "out" / "toy-autoencoder" / "fold-00" / "scores.csv")
    own = [r for r in rows if r["method"] == "autoencoder"]
    assert [r["pair"] for r in own] == [p.pair for p in other.pairs]
    level = references_of(store, folds.folds[0].train).level
    y, mask = other.y[0], other.mask[0]
    wanted = ((y[mask] - level) ** 2).mean()
    found = next(r for r in rows if r["method"] == "reference-mask-mean" and r["pair"] == other.pairs[0].pair)
    assert float(found["mse_breast"]) == pytest.approx(wanted, rel=1e-5)


def test_the_mean_image_of_the_folds_is_scored_too(two_folds, other, tmp_path):
    validate(runs_of([tmp_path / "runs"]), Setting(other.folder, tmp_path / "out", jobs=2))
    each = [read_predictions(of_run(tmp_path / "out" / "toy-autoencoder" / f"fold-0{k}")).y_hat for k in (0, 1)]
    mean = read_predictions(of_run(tmp_path / "out" / "mean" / "toy-autoencoder" / "fold-00")).y_hat
    assert np.allclose(mean, (each[0] + each[1]) / 2, atol=1e-6)
    assert (tmp_path / "out" / "mean" / "toy-autoencoder" / "fold-00" / "scores.csv").is_file()


def test_data_of_the_training_patients_are_refused_by_name_before_anything_is_written(run_dir, store, tmp_path):
    with pytest.raises(UsageError, match=r"(?s)P1.*no external validation"):
        validate(runs_of([run_dir]), Setting(store.folder, tmp_path / "out"))
    assert not (tmp_path / "out").exists()
    validate(runs_of([run_dir]), Setting(store.folder, tmp_path / "out", shared_patients=True))


def test_other_scale_machine_and_density_are_told(run_dir, other, tmp_path):
    table, y = other.folder / "pairs.csv", np.load(other.folder / "y.npy")
    table.write_text(table.read_text().replace(",Malignant,1,", ",Malignant,9,").replace(",a,", ",d,"))
    np.save(other.folder / "y.npy", np.clip(y + 0.3 * np.load(other.folder / "mask.npy"), 0, 1).astype(np.float32))
    manifest = json.loads((other.folder / "manifest.json").read_text()) | {"files": {}}
    (other.folder / "manifest.json").write_text(json.dumps(manifest))
    warnings = "\n".join(validate(runs_of([run_dir]), Setting(other.folder, tmp_path / "out")))
    assert "grey scales differ" in warnings
    assert "never saw: 9" in warnings
    assert "density" in warnings
    assert read_json(tmp_path / "out" / "manifest.json", "it")["warnings"] == warnings.split("\n")


def test_the_command_says_how_to_report_both(two_folds, other, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["validate", str(tmp_path / "runs"), "--data", str(other.folder), "--out", str(out)]) == 0
    assert "--external" in capsys.readouterr().out


def test_an_exported_model_scores_as_its_run_and_names_no_woman(run_dir, other, tmp_path):
    export(run_dir, tmp_path / "model", Form.FOLDER, About())
    for name, folder in (("run", run_dir), ("exported", tmp_path / "model")):
        warnings = validate(runs_of([folder]), Setting(other.folder, tmp_path / name))
        assert any("names no women" in line for line in warnings) == (name == "exported")
    one, two = (read_csv(tmp_path / n / "toy-autoencoder" / "fold-00" / "scores.csv") for n in ("run", "exported"))
    assert one == two
    assert "P1" not in (tmp_path / "model" / "model.json").read_text()


def test_a_graph_is_a_clear_error(run_dir, tmp_path, monkeypatch):
    monkeypatch.setattr("vcem.apply.export.graph_bytes", lambda method, size: b"graph")
    export(run_dir, tmp_path / "model", Form.ONNX, About())
    with pytest.raises(UsageError, match=r"ONNX graph(.|\n)*--to folder"):
        runs_of([tmp_path / "model"])


def test_no_run_is_a_clear_error(tmp_path):
    with pytest.raises(UsageError, match="holds no run"):
        runs_of([tmp_path])
