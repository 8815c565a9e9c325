"""Verbs whose units are done by workers of a cluster: the same files as on one machine, whatever is killed."""

import os
import signal
import time

import pytest

import clusters
from every_verb import WRITING, a_run, make_world
from processes import KILLED, begin, finish, vcem
from toy_recipes import three_folds, toy_file
from vcem.cli.main import main
from vcem.core.files import sha256

AS_THEY_ARE = ("simulate", "import", "deidentify", "release", "prepare", "enhance", "score")
VERBS = {name: WRITING[name] for name in AS_THEY_ARE} | {
    "train": lambda w, out: [*WRITING["train"](w, out), "--threads", 1, "--seeds", 1, 2],
    "crossval": lambda w, out: [*WRITING["crossval"](w, out), "--threads", 1],
    "validate": lambda w, out: ["validate", a_run(w), "--data", w / "data", "--shared-patients", "--out", out],
}  # fmt: skip
SLOW = ("simulate", "release", "crossval", "deidentify")
CLOCK = ("run.json", "log.jsonl", "state.pt", ".lock")
LIMIT_S = 500


@pytest.fixture(autouse=True)
def _limit():
    def late(*_):
        raise TimeoutError(f"not done after {LIMIT_S} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(LIMIT_S)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A scheduler's file; one worker, which a killed command cannot take with it."""
    with clusters.scheduler(tmp_path_factory.mktemp("cluster")) as file, clusters.worker(file):
        yield file


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return make_world(tmp_path_factory.mktemp("world"))


@pytest.mark.parametrize("verb", [pytest.param(v, marks=pytest.mark.slow) if v in SLOW else v for v in VERBS])
def test_a_verb_writes_the_same_bytes_elsewhere(verb, world, file, tmp_path, capfd):
    words = [str(w) for w in VERBS[verb](world, tmp_path / "here")]
    assert main(words) == 0
    here, said = sums(tmp_path / "here"), capfd.readouterr().out
    (tmp_path / "here").rename(tmp_path / "before")
    assert main([*words, "--on", str(file)]) == 0
    assert sums(tmp_path / "here") == here
    assert sorted(capfd.readouterr().out.splitlines()) == sorted(said.splitlines())


def sums(folder):
    return {p.relative_to(folder): sha256(p) for p in folder.rglob("*") if p.is_file() and p.name not in CLOCK}


def test_a_command_that_is_killed_finds_its_units_at_work_and_then_done(file, toy_store_of, tmp_path):
    store, told = toy_store_of(size=48), tmp_path / "told"
    three_folds(store)
    recipe = toy_file(tmp_path, "autoencoder", size=48, epochs=40)
    words = ["crossval", recipe, "--data", store.folder, "--threads", 1, "--out"]
    run = tmp_path / "there" / "toy-autoencoder" / "fold-00"
    killed = begin([*words, run.parents[1], "--on", file], told)
    while not (run / "log.jsonl").is_file():
        time.sleep(0.02)
    os.kill(killed.pid, signal.SIGKILL)
    assert finish(killed) == KILLED
    assert (run / ".holder").exists(), "the worker goes on"
    assert main([str(w) for w in ("train", recipe, "--data", store.folder, "--fold", 0, "--out", run.parents[1])]) == 2
    assert vcem([*words, run.parents[1], "--on", file], told) == 0, told.read_text()
    assert vcem([*words, tmp_path / "here"], told) == 0, told.read_text()
    assert sums(run.parents[1]) == sums(tmp_path / "here")
    assert "trained, predicted and scored" in told.read_text()
    assert "epoch 40/40" in told.read_text()
