import json
import tomllib

import pytest

from toy_recipes import three_folds, toy_file, toy_text
from vcem.cli.main import main
from vcem.core.files import sha256, write_json
from vcem.folders.log import read_log


@pytest.fixture
def store(toy_store_of):
    made = toy_store_of(size=16)
    three_folds(made)
    return made


@pytest.fixture
def words(store, tmp_path):
    """A whole command; more words may follow."""
    recipe = toy_file(tmp_path, "autoencoder")
    return ["train", recipe, "--data", store.folder, "--fold", 0, "--out", tmp_path / "runs", "--threads", 1]


def vcem(words):
    return main([str(w) for w in words])


def files(folder):
    return {p: p.read_bytes() for p in folder.rglob("*") if p.is_file() and p.name != ".lock"}


def test_a_fold_is_trained_and_said_in_one_line(words, tmp_path, capsys):
    assert vcem(words) == 0
    folder = tmp_path / "runs" / "toy-autoencoder" / "fold-00"
    out, err = capsys.readouterr()
    best = json.loads((folder / "run.json").read_text())
    assert out == (f"{folder}: epoch {best['best_epoch']} of 3 is best, validation L1 {best['best_val_l1']:.5f}\n")
    how, *epochs = err.splitlines()
    assert how == "toy-autoencoder fold 0 on cpu, 1 thread(s), float32"
    assert [line.split(" val")[0] for line in epochs] == [
        f"toy-autoencoder fold 0 epoch {k}/3" for k in (1, 2, 3)]  # fmt: skip
    assert len(read_log(folder, 3)) == 3


def test_the_same_command_again_changes_nothing(words, tmp_path, capsys):
    vcem(words)
    before, said = files(tmp_path / "runs"), capsys.readouterr().out
    assert vcem(words) == 0
    assert files(tmp_path / "runs") == before
    assert capsys.readouterr() == (said, "")


def test_a_dry_run_prints_the_whole_recipe_and_trains_nothing(words, tmp_path, capsys):
    assert vcem([*words, "--dry-run", "--set", "training.batch=2"]) == 0
    shown = tomllib.loads(capsys.readouterr().out)
    assert (shown["training"]["batch"], shown["training"]["warm_up"], shown["method"]["init"]) == (2, 0, "torch")
    assert not (tmp_path / "runs").exists()


def test_settings_make_another_run(words, tmp_path, capsys):
    assert vcem([*words, "--set", "training.epochs=1", "--set", "name=short"]) == 0
    assert len(read_log(tmp_path / "runs" / "short" / "fold-00", 1)) == 1
    assert vcem([*words, "--set", "training.epochs=1"]) == 0
    capsys.readouterr()
    before = files(tmp_path / "runs")
    assert vcem(words) == 2
    assert "holds another run: its recipe_digest differ" in capsys.readouterr().err
    assert files(tmp_path / "runs") == before


def test_fine_tuning_begins_from_another_runs_best_networks(words, tmp_path, capsys):
    first = tmp_path / "runs" / "toy-autoencoder" / "fold-00"
    assert vcem(words) == 0
    again = [*words, "--init-from", first, "--set", "training.epochs=1", "--set"]
    assert vcem([*again, "name=tuned"]) == 0
    facts = json.loads((tmp_path / "runs" / "tuned" / "fold-00" / "run.json").read_text())
    assert facts["init_from"] == sha256(first / "best.safetensors")
    capsys.readouterr()
    assert vcem([*words[:1], toy_file(tmp_path, "pix2pix"), *words[2:], "--init-from", first]) == 2
    assert f"{first} is a run of autoencoder" in capsys.readouterr().err
    assert vcem([*again, "name=wider", "--set", "method.generator.width=4"]) == 2
    assert "networks of the same shape" in capsys.readouterr().err
    assert {p.name for p in (tmp_path / "runs").iterdir() if list(p.rglob("run.json"))} == {"toy-autoencoder", "tuned"}


def test_a_stopped_training_says_that_the_command_goes_on(words, monkeypatch, capsys):
    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("vcem.train.loop.save_best", stop)
        assert vcem(words) == 130
    assert capsys.readouterr().err.endswith("vcem: stopped; the same command goes on from here\n")
    assert vcem(words) == 0


def wrong_field(words, store, tmp):
    (tmp / "wrong.toml").write_text(toy_text("autoencoder").replace("epochs", "epoch"))
    return [*words[:1], tmp / "wrong.toml", *words[2:]], "training.epoch", "docs/reference/recipes.md"


def no_recipe(words, store, tmp):
    return [*words[:1], tmp / "none.toml", *words[2:]], "none.toml cannot be read", "a TOML file"


def another_size(words, store, tmp):
    return [*words, "--set", "size=32"], "holds 16 x 16 pixels", "32 x 32", "vcem prepare"


def another_protocol(words, store, tmp):
    return [*words, "--set", "protocol=paper"], "by the strict protocol", "by the paper protocol", "vcem prepare"


def folds_of_other_data(words, store, tmp):
    fold = {"train": ["P70_L_CC"], "val": ["P71_L_CC"], "test": []}
    write_json(tmp / "folds.json", {"protocol": "strict", "folds": [fold]})
    return ([*words, "--folds-file", tmp / "folds.json"], "2 pair(s) are not in", "the first is P70_L_CC",
            "a folds file made from these data", "vcem split")  # fmt: skip


def folds_that_are_none(words, store, tmp):
    write_json(tmp / "folds.json", ["P70_L_CC"])
    return [*words, "--folds-file", tmp / "folds.json"], "is not a folds file", "vcem split"


def no_folds(words, store, tmp):
    return [*words, "--folds-file", tmp / "none.json"], "none.json cannot be read", "vcem split"


def out_of_range(words, store, tmp):
    return [*words, "--fold", 3], "There is no fold 3", "0 to 2"


def no_data(words, store, tmp):
    return [*words, "--data", tmp / "nowhere"], "is not a finished prepared folder", "vcem prepare"


def no_start(words, store, tmp):
    return [*words, "--init-from", tmp / "nowhere"], "is not a run", "vcem train"


def no_device(words, store, tmp):
    return [*words, "--device", "abacus"], "Device abacus cannot be used", "auto, cpu or cuda"


def no_setting(words, store, tmp):
    return [*words, "--set", "training.batch"], "is not a setting", "training.batch=4"


def too_deep(words, store, tmp):
    return [*words, "--set", "method.generator.levels=7"], "7 levels cannot take 16 x 16", "multiples of 64"


WRONG = (
    wrong_field, no_recipe, another_size, another_protocol, folds_of_other_data, folds_that_are_none, no_folds,
    out_of_range, no_data, no_start, no_setting, too_deep,
)  # fmt: skip


@pytest.mark.parametrize(("wrong", "dry"), [(no_device, []), *((w, d) for w in WRONG for d in ([], ["--dry-run"]))])
def test_wrong_use_is_one_clear_message_and_trains_nothing(wrong, dry, words, store, tmp_path, capsys):
    asked, *parts = wrong(words, store, tmp_path)
    data = files(store.folder)
    assert vcem([*asked, *dry]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("vcem: ")
    assert all(part in err for part in parts), err
    assert "Traceback" not in err
    assert files(store.folder) == data
    assert not files(tmp_path / "runs")
