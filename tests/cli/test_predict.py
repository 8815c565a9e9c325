import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from conftest import make_store
from toy_recipes import three_folds, toy_file
from toy_run import toy_folds, write_toy_run
from vcem.apply.about import About
from vcem.apply.export import export
from vcem.cli.main import main
from vcem.core.files import write_manifest
from vcem.core.terms import Side
from vcem.folders import predictions
from vcem.folders.model import Form
from vcem.folders.predictions import read_predictions
from vcem.folders.prepared import open_store, write_table
from vcem.prepare import chain
from vcem.prepare.resize import Resize
from vcem.prepare.square import Square


@pytest.fixture
def store(toy_store_of):
    """Toy pairs that say they came from images of 90 x 60."""
    made = toy_store_of(size=48)
    steps = chain.to_json([Square(90, 60, Side.RIGHT), Resize(90, 48, antialias=True)])
    write_table(made.folder, [replace(p, chain=steps) for p in made.pairs])
    write_manifest(made.folder, "prepared", {"protocol": "strict", "size": 48, "origin": "simulated"})
    return open_store(made.folder)


@pytest.fixture
def run_dir(store, tmp_path):
    return write_toy_run(tmp_path / "runs", store, toy_folds(store))


def test_test_pairs_into_the_run(store, run_dir, capsys):
    assert main(["predict", str(run_dir), "--data", str(store.folder)]) == 0
    made = read_predictions(run_dir / "predictions")
    assert made.pairs == tuple(p.pair for p in store.pairs[8:])
    assert not made.y_hat[~store.mask[8:]].any(), "a masked method is black outside the breast"
    out, err = capsys.readouterr()
    assert "4 virtual DES images by autoencoder, origin simulated" in out
    assert err == ""


def test_pictures_on_the_native_grid(store, run_dir, tmp_path):
    out = tmp_path / "out"
    words = ["predict", str(run_dir), "--data", str(store.folder), "--part", "val", "--out", str(out), "--png"]
    assert main(words) == 0
    pictures = sorted((out / "png").iterdir())
    assert [p.stem for p in pictures] == sorted(p.pair for p in store.pairs[4:8])
    with Image.open(pictures[0]) as picture:
        assert (picture.size, np.asarray(picture).dtype) == ((60, 90), np.uint16)


def test_an_exported_folder_of_weights_predicts_named_pairs_as_its_run_does(store, run_dir, tmp_path):
    export(run_dir, tmp_path / "model", Form.FOLDER, About())
    for made_by, out in ((run_dir, "a"), (tmp_path / "model", "b")):
        words = ["predict", str(made_by), "--data", str(store.folder), "--out", str(tmp_path / out)]
        assert main([*words, "--pairs", store.pairs[11].pair]) == 0
    a, b = (read_predictions(tmp_path / out) for out in "ab")
    assert a.maker == b.maker
    assert np.array_equal(a.y_hat, b.y_hat)


def test_named_pairs(store, run_dir, tmp_path):
    wanted = [store.pairs[11].pair, store.pairs[0].pair]
    words = ["predict", str(run_dir), "--data", str(store.folder), "--out", str(tmp_path / "o"), "--pairs", *wanted]
    assert main(words) == 0
    assert list(read_predictions(tmp_path / "o").pairs) == wanted


@pytest.mark.parametrize("words", [["--part", "val"], ["--pairs", "P1_L_CC"]])
def test_other_pairs_need_a_folder(store, run_dir, words, capsys):
    assert main(["predict", str(run_dir), "--data", str(store.folder), *words]) == 2
    assert "--out DIR" in capsys.readouterr().err
    assert not (run_dir / "predictions").exists()


def test_into_a_folder_of_something_else_is_refused(store, run_dir, tmp_path, capsys):
    (tmp_path / "o").mkdir()
    (tmp_path / "o" / "mine.txt").write_text("precious")
    words = ["predict", str(run_dir), "--data", str(store.folder), "--out", str(tmp_path / "o")]
    assert main(words) == 2
    assert "already holds other files" in capsys.readouterr().err
    assert [p.name for p in (tmp_path / "o").iterdir()] == ["mine.txt"]


def test_predictions_broken_off_on_their_way_to_another_grid_go_on_with_the_same_command(
    store, run_dir, toy_store_of, tmp_path, monkeypatch
):
    other = make_store(tmp_path / "onto", size=64)
    steps = chain.to_json([Square(90, 60, Side.RIGHT), Resize(90, 64, antialias=True)])
    write_table(other.folder, [replace(p, chain=steps) for p in other.pairs])
    write_manifest(other.folder, "prepared", {"protocol": "strict", "size": 64, "origin": "simulated"})
    words = ["predict", str(run_dir), "--data", str(store.folder), "--onto", str(other.folder), "--out"]
    with monkeypatch.context() as patch:
        patch.setattr(predictions, "write_manifest", stop)
        assert main([*words, str(tmp_path / "o")]) == 130
    assert not (tmp_path / "o" / "manifest.json").exists()
    assert main([*words, str(tmp_path / "o")]) == 0
    assert main([*words, str(tmp_path / "whole")]) == 0
    assert main([*words, str(tmp_path / "whole")]) == 0
    made = [read_predictions(tmp_path / name).y_hat for name in ("o", "whole")]
    assert made[0].shape == (4, 64, 64)
    np.testing.assert_array_equal(*made)


def stop(*_):
    raise KeyboardInterrupt


def break_nothing(run_dir, store):
    return [str(run_dir.parent), "--data", str(store.folder)]


def break_weights(run_dir, store):
    (run_dir / "best.safetensors").write_bytes((run_dir / "best.safetensors").read_bytes()[:500])
    return [str(run_dir), "--data", str(store.folder)]


def unfinish(run_dir, store):
    facts = json.loads((run_dir / "run.json").read_text())
    (run_dir / "run.json").write_text(json.dumps(facts | {"finished": False}))
    return [str(run_dir), "--data", str(store.folder)]


def other_folds(run_dir, store):
    path = store.folder / "folds.json"
    content = json.loads(path.read_text())
    (fold,) = content["folds"]
    path.write_text(json.dumps(content | {"folds": [fold | {"train": fold["val"], "val": fold["train"]}]}))
    return [str(run_dir), "--data", str(store.folder)]


def no_data(run_dir, store):
    return [str(run_dir), "--data", str(run_dir)]


@pytest.mark.parametrize(("breakage", "code", "message"), [
    (break_nothing, 2, "is neither a run nor"), (break_weights, 1, "was changed after training"),
    (unfinish, 2, "has not ended"), (other_folds, 2, "another fold 0"), (no_data, 2, "not a finished prepared folder"),
])  # fmt: skip
def test_wrong_use_is_one_clear_message(store, run_dir, capsys, breakage, code, message):
    assert main(["predict", *breakage(run_dir, store)]) == code
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error
    assert not (run_dir / "predictions" / "manifest.json").exists()


def test_a_low_dose_run_predicts_at_any_dose_that_the_data_have(toy_store, tmp_path, capsys):
    three_folds(toy_store)
    recipe = toy_file(tmp_path, "lowdose", size=32, epochs=1)
    words = ["--data", str(toy_store.folder)]
    assert main(["train", str(recipe), *words, "--fold", "0", "--out", str(tmp_path), "--threads", "1"]) == 0
    run = str(tmp_path / "toy-lowdose" / "fold-00")
    assert main(["predict", run, *words]) == 0
    assert main(["predict", run, *words, "--dose", "0", "--out", str(tmp_path / "none")]) == 0
    own, none = read_predictions(Path(run) / "predictions"), read_predictions(tmp_path / "none")
    assert (own.maker.recipe, none.maker.recipe) == ("toy-lowdose", "toy-lowdose-0")
    assert not np.array_equal(own.y_hat, none.y_hat)
    assert own.y_hat_before is None
    capsys.readouterr()
    for more, told in (
        (["--dose", "25", "--out", str(tmp_path / "other")], "no channel 'le_25'"),
        (["--dose", "101", "--out", str(tmp_path / "other")], "dose of 101 % is impossible"),
        (["--dose", "0"], "at another dose"),
    ):
        assert main(["predict", run, *words, *more]) == 2
        assert told in capsys.readouterr().err
    assert not (tmp_path / "other").exists()


def test_a_dose_for_a_method_that_takes_none_is_refused(store, run_dir, tmp_path, capsys):
    assert (
        main(["predict", str(run_dir), "--data", str(store.folder), "--dose", "10", "--out", str(tmp_path / "o")]) == 2
    )
    assert "takes no DES at a low dose" in capsys.readouterr().err


def test_training_on_data_without_the_doses_names_the_channel(store, tmp_path, capsys):
    three_folds(store)
    recipe = toy_file(tmp_path, "lowdose", size=48)
    assert (
        main(["train", str(recipe), "--data", str(store.folder), "--fold", "0", "--out", str(tmp_path / "runs")]) == 2
    )
    assert "no channel 'le_10'" in capsys.readouterr().err
