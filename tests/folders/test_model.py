import json

import pytest

from enhancing import toy_run
from vcem.apply.about import About
from vcem.apply.export import export
from vcem.core.errors import FailureError, UsageError, VcemError
from vcem.core.files import read_json, sha256, write_json, write_manifest
from vcem.core.terms import Protocol
from vcem.folders.model import CARD, KIND, Form, open_model


@pytest.fixture
def folder(tmp_path):
    export(toy_run(tmp_path), tmp_path / "model", Form.FOLDER, About())
    return tmp_path / "model"


def changed(folder, change):
    """Change the card as somebody would who writes a manifest of it too."""
    card = read_json(folder / CARD, "card")
    change(card)
    write_json(folder / CARD, card)
    write_manifest(folder, KIND, {})


def test_a_whole_model_opens(folder):
    opened = open_model(folder)
    assert (opened.form, opened.protocol, opened.multiple) == (Form.FOLDER, Protocol.STRICT, 2)
    assert opened.weights == sha256(opened.file)
    assert (opened.framing.size, opened.onnx) == ((48, 48), None)


@pytest.mark.parametrize("name", ["weights.safetensors", "recipe.toml", "model.json", "model-card.md"])
@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_a_damaged_file_is_refused(folder, name, damage):
    path = folder / name
    content = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(content.replace(b"0", b"1", 1))
    with pytest.raises(VcemError, match=name.replace(".", r"\.")) as told:
        open_model(folder)
    assert (name, damage) == ("model.json", "missing") or isinstance(told.value, FailureError)


def test_a_folder_of_something_else_is_told(folder, tmp_path):
    with pytest.raises(UsageError, match="neither a run nor an exported model"):
        open_model(tmp_path)
    write_json(folder / "manifest.json", {"kind": "prepared", "files": {}})
    with pytest.raises(UsageError, match="holds a prepared, not a model"):
        open_model(folder)


@pytest.mark.parametrize("change", [
    lambda card: card.pop("weights"), lambda card: card.update(form="pickle"), lambda card: card["input"].pop("size"),
    lambda card: card["input"].update(multiple=5), lambda card: card["input"].update(multiple=0),
    lambda card: card.update(data=None), lambda card: card["weights"].update(sha256="0" * 64),
])  # fmt: skip
def test_a_card_that_says_impossible_things_is_told(folder, change):
    changed(folder, change)
    with pytest.raises(UsageError, match="is not the card of a model"):
        open_model(folder)


def test_a_card_that_is_no_table_is_told(folder):
    (folder / CARD).write_text(json.dumps([1]))
    write_manifest(folder, KIND, {})
    with pytest.raises(UsageError, match="is not the card of a model"):
        open_model(folder)


def test_the_cards_file_cannot_lead_out_of_the_folder(folder, tmp_path):
    (tmp_path / "other").write_bytes(b"x")
    changed(folder, lambda card: card["weights"].update(file="../other"))
    assert open_model(folder).file == folder / "weights.safetensors"
