import tomllib

import pytest

from toy_recipes import three_folds, toy_file
from vcem.cli.main import main
from vcem.data.folds import Fold, Folds, write_folds


@pytest.fixture
def store(toy_store_of):
    made = toy_store_of(size=16)
    three_folds(made)
    return made


def words(store, tmp_path, *more, kind="autoencoder", **fields):
    recipe = toy_file(tmp_path, kind, **fields)
    return ["train", str(recipe), "--data", str(store.folder), "--fold", "0", "--out", str(tmp_path / "runs"), *more]


def refused(told, *parts):
    assert "Traceback" not in told
    assert all(part in told for part in parts), told
    return True


def test_a_recipe_is_trained_and_the_result_is_one_line(store, tmp_path, capsys):
    assert main(words(store, tmp_path)) == 0
    out = capsys.readouterr().out.strip()
    assert "\n" not in out
    assert "is best, validation L1" in out
    folder = tmp_path / "runs" / "toy-autoencoder" / "fold-00"
    assert {"recipe.toml", "run.json", "log.jsonl", "state.pt", "best.safetensors"} <= {
        p.name for p in folder.iterdir()
    }


def test_a_dry_run_prints_the_whole_recipe_and_trains_nothing(store, tmp_path, capsys):
    assert main(words(store, tmp_path, "--dry-run", "--set", "training.epochs=7")) == 0
    assert tomllib.loads(capsys.readouterr().out)["training"]["epochs"] == 7
    assert not (tmp_path / "runs").exists()


def test_a_wrong_field_is_named(store, tmp_path, capsys):
    assert main(words(store, tmp_path, "--set", "training.epohcs=3")) == 2
    assert refused(capsys.readouterr().err, "training.epohcs", "expected")


def test_data_of_another_size_are_refused(store, tmp_path, capsys):
    assert main(words(store, tmp_path, size=32)) == 2
    assert refused(capsys.readouterr().err, "16 x 16", "32 x 32", "vcem prepare")


def test_a_fold_that_is_not_there_is_refused(store, tmp_path, capsys):
    given = words(store, tmp_path)
    given[given.index("--fold") + 1] = "3"
    assert main(given) == 2
    assert refused(capsys.readouterr().err, "no fold 3", "0 to 2")


def test_folds_of_other_data_are_refused(store, tmp_path, capsys):
    fold = Fold(("P7_L_CC",), ("P8_L_CC",), ("P9_L_CC",))
    write_folds(store.folder / "folds.json", Folds(store.protocol, 0, (fold,)))
    assert main(words(store, tmp_path)) == 2
    assert refused(capsys.readouterr().err, "P7_L_CC", "vcem split")


def test_a_missing_folder_is_refused(store, tmp_path, capsys):
    given = words(store, tmp_path)
    given[given.index("--data") + 1] = str(tmp_path / "nowhere")
    assert main(given) == 2
    assert refused(capsys.readouterr().err, "nowhere", "vcem prepare")


def test_fine_tuning_begins_from_the_other_runs_best_networks(store, tmp_path, capsys):
    assert main(words(store, tmp_path, name="first")) == 0
    first = tmp_path / "runs" / "first" / "fold-00"
    assert main(words(store, tmp_path, "--init-from", str(first), name="second")) == 0
    capsys.readouterr()
    other = words(store, tmp_path, "--init-from", str(first), kind="pix2pix", name="third")
    assert main(other) == 2
    assert refused(capsys.readouterr().err, "autoencoder", "pix2pix")
