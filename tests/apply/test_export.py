import json
from pathlib import Path

import numpy as np
import pytest

from enhancing import toy_run
from vcem.apply import export as module
from vcem.apply.about import About
from vcem.apply.enhancer import load_enhancer
from vcem.apply.export import default_out, export
from vcem.core.errors import FailureError, UsageError
from vcem.core.files import read_json, read_manifest, sha256
from vcem.folders.model import Form, open_model
from vcem.folders.references import read_references
from vcem.folders.run import write_facts
from vcem.train.rundir import read_run


@pytest.fixture
def run(tmp_path):
    return toy_run(tmp_path)


@pytest.fixture(autouse=True)
def quick_graph(monkeypatch):
    """The graph itself is tested beside its own module."""
    monkeypatch.setattr(module, "graph_bytes", lambda method, size: f"{type(method).__name__} {size}".encode())


def content(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.name != ".lock"}


def test_weights_recipe_and_card_in_one_folder(run, tmp_path):
    card = export(run, tmp_path / "model", Form.FOLDER, About())
    assert set(content(tmp_path / "model")) == {
        "weights.safetensors", "mean_des.npy", "recipe.toml", "model.json", "model-card.md", "manifest.json",
    }  # fmt: skip
    assert (tmp_path / "model" / "weights.safetensors").read_bytes() == (run / "best.safetensors").read_bytes()
    assert (tmp_path / "model" / "recipe.toml").read_text() == (run / "recipe.toml").read_text()
    assert read_manifest(tmp_path / "model", "model", "vcem export")["origin"] == "simulated"
    assert (card["data"]["pairs"], card["data"]["patients"]["train"]) == ({"train": 4, "val": 4, "test": 4}, 1)


def test_a_run_to_hand_on_predicts_as_the_run_and_keeps_no_clock(run, tmp_path):
    facts = read_run(run).facts
    write_facts(run, facts | {"seconds": 12.5})
    card = export(run, tmp_path / "model", Form.RUN, About("toys"))
    assert set(content(tmp_path / "model")) == {
        "best.safetensors", "mean_des.npy", "recipe.toml", "run.json", "model.json", "model-card.md", "manifest.json",
    }  # fmt: skip
    copy = read_run(tmp_path / "model")
    assert copy.facts == facts
    assert (load_enhancer(copy.folder).model, card["seed"]) == (load_enhancer(run).model, 0)
    np.testing.assert_array_equal(read_references(copy.folder, copy.facts).mean, read_references(run, facts).mean)
    again = export(copy.folder, tmp_path / "again", Form.FOLDER, About("toys"))
    assert again["weights"]["sha256"] == card["weights"]["sha256"]


def test_a_graph_keeps_the_identity_of_the_weights(run, tmp_path):
    export(run, tmp_path / "model", Form.ONNX, About())
    opened = open_model(tmp_path / "model")
    assert (tmp_path / "model" / "model.onnx").read_bytes() == b"Autoencoder 48 x 48"
    assert opened.weights == sha256(run / "best.safetensors")
    assert opened.onnx == sha256(tmp_path / "model" / "model.onnx")


@pytest.mark.parametrize("form", Form)
def test_the_same_run_gives_the_same_bytes(form, run, tmp_path):
    for name in "ab":
        export(run, tmp_path / name, form, About("a", "b"))
    assert content(tmp_path / "a") == content(tmp_path / "b")


def test_an_older_model_is_replaced_and_nothing_of_it_left(run, tmp_path):
    export(run, tmp_path / "a", Form.ONNX, About("old"))
    export(run, tmp_path / "a", Form.FOLDER, About())
    export(run, tmp_path / "b", Form.FOLDER, About())
    assert content(tmp_path / "a") == content(tmp_path / "b")


def test_killed_in_the_middle_it_is_no_model_and_starts_again(run, tmp_path, monkeypatch):
    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("vcem.folders.model.write_manifest", killed)
        with pytest.raises(KeyboardInterrupt):
            export(run, tmp_path / "model", Form.FOLDER, About())
    with pytest.raises(UsageError, match="nor an exported model"):
        open_model(tmp_path / "model")
    export(run, tmp_path / "model", Form.FOLDER, About())
    assert open_model(tmp_path / "model")


def test_a_folder_of_other_files_is_left_alone(run, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("precious")
    for out in (tmp_path / "mine", tmp_path / "mine" / "thesis.txt", run):
        with pytest.raises(UsageError, match="already holds other files"):
            export(run, out, Form.FOLDER, About())
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "precious"


def test_an_unfinished_or_damaged_run_leaves_nothing(run, tmp_path):
    weights = (run / "best.safetensors").read_bytes()
    (run / "best.safetensors").write_bytes(weights[:100])
    with pytest.raises(FailureError, match="was changed after training"):
        export(run, tmp_path / "model", Form.FOLDER, About())
    (run / "best.safetensors").write_bytes(weights)
    facts = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps(facts | {"finished": False}))
    with pytest.raises(UsageError, match="has not ended"):
        export(run, tmp_path / "model", Form.FOLDER, About())
    assert not (tmp_path / "model").exists()


def test_a_model_goes_into_its_run_unless_told(run):
    assert [default_out(run, form).name for form in Form] == ["model", "model-onnx", "model-run"]
    assert default_out(Path("simulated-resunet"), Form.ONNX) == Path("simulated-resunet-onnx"), "not into the package"


def test_the_references_of_the_training_travel_with_the_model(run_dir, tmp_path):
    card = export(run_dir, tmp_path / "model", Form.FOLDER, About())
    kept, own = (
        read_references(tmp_path / "model", card),
        read_references(run_dir, read_json(run_dir / "run.json", "it")),
    )
    assert kept.level == own.level
    assert np.array_equal(kept.mean, own.mean)
