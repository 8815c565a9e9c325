import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from processes import KILLED, kill_a_worker
from processes import vcem as process
from toy_recipes import three_folds, toy_file
from vcem.cli.main import main
from vcem.core.files import read_csv, sha256
from vcem.core.seeds import rng_for
from vcem.train.rundir import read_run

CLOCK = ("run.json", "log.jsonl", "state.pt", ".lock")


@pytest.fixture
def store(toy_store_of):
    """12 pairs of 3 patients at 48 x 48, where VIF is defined."""
    made = toy_store_of(size=48)
    three_folds(made)
    return made


@pytest.fixture
def recipe(tmp_path):
    return toy_file(tmp_path, "autoencoder", size=48, epochs=1)


@pytest.fixture
def words(store, recipe, tmp_path):
    return ["crossval", recipe, "--data", store.folder, "--out", tmp_path / "runs", "--threads", 1]


def vcem(words):
    return main([str(w) for w in words])


def fold(tmp_path, k, out="runs"):
    return tmp_path / out / "toy-autoencoder" / f"fold-{k:02d}"


def results(folder):
    """Bytes of all that no clock time is in."""
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file() and p.name not in CLOCK}


def everything(folder):
    return {p: sha256(p) for p in folder.rglob("*") if p.is_file()}


def test_every_fold_is_trained_predicted_and_scored(words, store, tmp_path, capsys):
    assert vcem(words) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    assert lines == [f"{fold(tmp_path, k)}: trained, predicted and scored" for k in range(3)]
    assert last == f"{tmp_path / 'runs'}: 3 folds of 1 recipe(s) are trained, predicted and scored"
    tested = []
    for k in range(3):
        assert read_run(fold(tmp_path, k)).finished
        rows = read_csv(fold(tmp_path, k) / "scores.csv")
        tested += [row["pair"] for row in rows if row["method"] == "autoencoder"]
        assert {"reference-le", "reference-mask-mean", "reference-mean-des"} < {row["method"] for row in rows}
    assert sorted(tested) == sorted(p.pair for p in store.pairs)


def test_what_is_done_is_skipped(words, tmp_path, capsys):
    assert vcem(words) == 0
    before = everything(tmp_path / "runs")
    capsys.readouterr()
    assert vcem(words) == 0
    assert capsys.readouterr().out.count("done before") == 3
    assert everything(tmp_path / "runs") == before

    (fold(tmp_path, 1) / "scores.csv").unlink()
    shutil.rmtree(fold(tmp_path, 2) / "predictions")
    assert vcem(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(": ")[1] for line in lines[:3]] == ["done before", *["trained, predicted and scored"] * 2]
    assert everything(tmp_path / "runs") == before, "made again to the same bytes, and not trained again"


def spoil(folder):
    """Make a finished run one that was stopped and whose checkpoint was cut short."""
    facts = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(facts | {"finished": False}))
    (folder / "state.pt").write_bytes((folder / "state.pt").read_bytes()[:99])


def test_a_fold_that_fails_leaves_the_others_to_finish(words, recipe, store, tmp_path, capsys):
    assert vcem(["train", recipe, *words[2:], "--fold", 1]) == 0
    spoil(fold(tmp_path, 1))
    harmed = results(fold(tmp_path, 1))
    capsys.readouterr()
    assert vcem(words) == 1
    out, err = capsys.readouterr()
    assert [line for line in out.splitlines() if "failed:" in line] == [
        line for line in out.splitlines() if "state.pt is damaged" in line]  # fmt: skip
    assert out.count("trained, predicted and scored") == 2
    message = err[err.index("vcem: ") :]
    assert "1 of 3 folds failed: toy-autoencoder fold 1;" in message
    assert "run the same command again" in message
    assert "Traceback" not in out + err
    assert results(fold(tmp_path, 1)) == harmed, "a failed fold is left as it was"

    shutil.rmtree(fold(tmp_path, 1))  # as the message says
    assert vcem(words) == 0
    assert capsys.readouterr().out.count("done before") == 2


def test_a_fold_whose_folder_holds_other_files_fails_and_keeps_them(words, tmp_path, capsys):
    other = fold(tmp_path, 1) / "thesis.txt"
    other.parent.mkdir(parents=True)
    other.write_text("precious")
    assert vcem(words) == 1
    out, err = capsys.readouterr()
    assert f"failed: {other.parent} already holds other files" in out
    assert "1 of 3 folds failed" in err
    assert results(other.parent) == {Path("thesis.txt"): b"precious"}
    assert [(fold(tmp_path, k) / "scores.csv").is_file() for k in range(3)] == [True, False, True]


def test_a_killed_command_goes_on_to_the_same_files(words, tmp_path):
    told, unbroken = tmp_path / "told.txt", [*words[:5], tmp_path / "unbroken", *words[6:]]
    assert process(unbroken, told, counted_to=tmp_path / "calls") == 0, told.read_text()
    calls = int((tmp_path / "calls").read_text())
    rng = rng_for(0, "kill", "crossval")
    for _ in range(3):
        assert process(words, told, kill_at=int(rng.uniform(0, 0.25) * calls) + 1) == KILLED
    assert process(words, told) == 0, told.read_text()
    assert results(tmp_path / "runs") == results(tmp_path / "unbroken")
    assert len(results(tmp_path / "runs")) == 3 * 10
    assert "Traceback" not in told.read_text()


def test_two_jobs_make_the_same_files(words, tmp_path, capfd):
    assert vcem(words) == 0
    assert vcem([*words[:5], tmp_path / "jobs", *words[6:], "--jobs", 2]) == 0
    assert results(tmp_path / "jobs") == results(tmp_path / "runs")
    assert "Traceback" not in capfd.readouterr().err


def test_a_killed_worker_is_one_failed_fold(words, recipe, tmp_path):
    long = toy_file(tmp_path, "autoencoder", size=48, epochs=60, patience=60)
    command = [sys.executable, "-m", "vcem.cli.main", *map(str, [*words, "--jobs", 2])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running:
        while not (fold(tmp_path, 1) / "state.pt").is_file():
            time.sleep(0.02)
        kill_a_worker(running.pid, holding="fold-01/.lock")
        told, _ = running.communicate()
    assert running.returncode == 1, told
    assert "1 of 3 folds failed: toy-autoencoder fold 1;" in told
    assert "failed: Its process ended by signal 9" in told
    assert told.count("trained, predicted and scored") == 2
    assert "Traceback" not in told
    assert vcem(words) == 0, "the same command goes on"
    assert long.is_file()


def test_each_fold_can_start_from_its_own_pretraining(words, recipe, tmp_path, capsys):
    assert vcem(words) == 0
    tuned = toy_file(tmp_path, "autoencoder", size=48, epochs=1, name="tuned", seed=1)
    source = tmp_path / "runs" / "toy-autoencoder"
    again = [words[0], tuned, *words[2:5], tmp_path / "a", *words[6:], "--init-from"]
    assert vcem([*again, source]) == 0
    starts = [read_run(tmp_path / "a" / "tuned" / f"fold-{k:02d}").facts["init_from"] for k in range(3)]
    assert starts == [sha256(fold(tmp_path, k) / "best.safetensors") for k in range(3)]
    again[5] = tmp_path / "b"
    assert vcem([*again, source / "fold-01"]) == 1, "it learned from whom the other folds test"
    assert "2 of 3 folds failed: tuned fold 0, tuned fold 2" in capsys.readouterr().err


@pytest.mark.parametrize(("more", "message"), [
    ([], "needs a recipe"), (["RECIPE", "--jobs", 0], "one job or more"),
    (["RECIPE", "RECIPE"], "Two recipes have one name"), (["RECIPE", "BIG"], "holds 48 x 48 pixels"),
    (["RECIPE", "DEEP"], "cannot take 48 x 48"), (["none.toml"], "none.toml cannot be read"),
    (["RECIPE", "--folds-file", "none.json"], "none.json cannot be read"),
    (["RECIPE", "--data", "nowhere"], "is not a finished prepared folder"),
])  # fmt: skip
def test_wrong_use_is_told_before_anything_is_trained(more, message, store, recipe, tmp_path, capsys):
    deep = toy_file(tmp_path, "autoencoder", size=48, name="deep")
    deep.write_text(deep.read_text().replace("levels = 2", "levels = 6"))
    named = {"RECIPE": recipe, "DEEP": deep, "BIG": toy_file(tmp_path, "autoencoder", size=64, name="big")}
    more = [named.get(word, word) for word in more]
    options = ["--data", store.folder, "--out", tmp_path / "runs"]
    options = options[2:] if "--data" in more else options
    assert vcem(["crossval", *more, *options]) == 2
    out, err = capsys.readouterr()
    assert message in err
    assert "Traceback" not in err
    assert out == ""
    assert not (tmp_path / "runs").exists()
