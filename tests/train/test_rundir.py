import json
from dataclasses import replace

import pytest
import torch

from toy_recipes import KINDS, toy_recipe
from toy_run import toy_folds, write_toy_run
from vcem.core.errors import FailureError, UsageError
from vcem.core.files import sha256
from vcem.core.lock import locked
from vcem.core.recipe import dump
from vcem.folders.folds import Fold
from vcem.folders.run import Run, begin, refuse_unfinished
from vcem.methods import build
from vcem.train import rundir
from vcem.train.recipe import load
from vcem.train.rundir import (
    facts_of,
    load_best,
    load_method,
    predict_of,
    read_run,
    save_best,
)


@pytest.fixture
def recipe(tmp_path):
    return toy_recipe(tmp_path, "pix2pix")


@pytest.fixture
def facts(recipe, store, folds):
    return facts_of(recipe, store, 1, folds.folds[1], None)


@pytest.fixture
def run_dir(toy_store_of, tmp_path):
    store = toy_store_of(size=48)
    return write_toy_run(tmp_path / "runs", store, toy_folds(store))


def content(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir()}


def test_facts_name_recipe_data_and_fold(facts, store):
    assert (facts["recipe"], facts["method"], facts["fold"]) == ("toy-pix2pix", "pix2pix", 1)
    assert facts["data"] == store.digest
    assert (facts["protocol"], facts["origin"], facts["size"]) == ("strict", "simulated", 16)
    assert [facts["pairs"][part] for part in ("train", "val", "test")] == [4, 4, 4]
    assert facts["patients"] == {"train": 1, "val": 1, "test": 1, "shared": 0}


def test_facts_count_the_test_patients_who_also_train(recipe, store, folds):
    fold = folds.folds[1]
    leaky = Fold((*fold.train, fold.test[0]), fold.val, fold.test[1:])
    assert facts_of(recipe, store, 1, leaky, None)["patients"] == {"train": 2, "val": 1, "test": 1, "shared": 1}


def test_a_new_run_begins_with_its_recipe_and_facts(recipe, facts, tmp_path):
    folder = tmp_path / "runs" / "fold-01"
    assert begin(folder, dump(recipe), facts) == facts | {"called": []}
    assert read_run(folder).recipe == load(folder / "recipe.toml") == recipe
    assert (read_run(folder).fold, read_run(folder).finished) == (1, False)


def test_the_same_run_goes_on_with_the_facts_it_began_with(recipe, facts, tmp_path):
    begin(tmp_path / "run", dump(recipe), facts | {"threads": 1})
    before = content(tmp_path / "run")
    assert begin(tmp_path / "run", dump(recipe), facts | {"threads": 2})["threads"] == 1
    assert content(tmp_path / "run") == before


@pytest.mark.parametrize("other", ["recipe", "data", "fold", "pairs", "start"])
def test_another_run_is_refused_and_nothing_changes(other, recipe, facts, store, folds, tmp_path):
    folder = tmp_path / "run"
    begin(folder, dump(recipe), facts)
    before = content(folder)
    changed = toy_recipe(tmp_path, "pix2pix", "training.epochs=4")
    asked, name = {
        "recipe": (facts_of(changed, store, 1, folds.folds[1], None), "recipe_digest"),
        "data": (facts | {"data": "0" * 64}, "data"),
        "fold": (facts_of(recipe, store, 2, folds.folds[1], None), "fold"),
        "pairs": (facts_of(recipe, store, 1, folds.folds[2], None), "pairs"),
        "start": (facts | {"init_from": "0" * 64}, "init_from"),
    }[other]
    with pytest.raises(UsageError, match=f"holds another run: its {name} differ(.|\n)*name another --out"):
        begin(folder, dump(recipe), asked)
    assert content(folder) == before


def test_a_folder_of_other_files_is_refused(recipe, facts, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "thesis.txt").write_text("precious")
    with pytest.raises(UsageError, match="already holds other files"):
        begin(folder, dump(recipe), facts)
    assert content(folder) == {"thesis.txt": b"precious"}


def test_a_run_killed_before_its_facts_were_written_begins_again(recipe, facts, tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "recipe.toml").write_text("half a rec")
    (folder / ".run.json.77.partial").write_text("{")
    with locked(folder, "training"):
        begin(folder, dump(recipe), facts)
    assert read_run(folder).recipe == recipe
    assert not (folder / ".run.json.77.partial").exists()


@pytest.mark.parametrize(
    ("facts", "message"),
    [(None, "is not a run"), ("{", "is not JSON"), (json.dumps({"kind": "prepared"}), "of a prepared, not of a run")],
)
def test_a_folder_that_is_no_run_is_told(tmp_path, facts, message):
    if facts:
        (tmp_path / "run.json").write_text(facts)
    with pytest.raises(UsageError, match=message):
        read_run(tmp_path)


@pytest.mark.parametrize("kind", KINDS)
def test_best_networks_come_back(kind, tmp_path):
    recipe = toy_recipe(tmp_path, kind)
    saved, other = build(recipe.method, recipe.size), build(recipe.method, recipe.size)
    save_best(tmp_path, saved.nets)
    load_best(Run(tmp_path, {}), other.nets)
    torch.testing.assert_close(other.nets.state_dict(), saved.nets.state_dict(), rtol=0, atol=0)
    first = sha256(tmp_path / "best.safetensors")
    save_best(tmp_path, other.nets)
    assert sha256(tmp_path / "best.safetensors") == first


def test_networks_of_another_shape_are_refused(tmp_path):
    save_best(tmp_path, build(toy_recipe(tmp_path, "cyclegan").method, (16, 16)).nets)
    wider = build(toy_recipe(tmp_path, "cyclegan", "method.generator.width=4").method, (16, 16))
    before = {n: t.clone() for n, t in wider.nets.state_dict().items()}
    with pytest.raises(UsageError, match=r"differ from this recipe's in \d+ tensor\(s\), the first is F\."):
        load_best(Run(tmp_path, {}), wider.nets)
    torch.testing.assert_close(dict(wider.nets.state_dict()), before, rtol=0, atol=0)


def test_damaged_or_missing_weights_are_told(run_dir):
    path, run = run_dir / "best.safetensors", read_run(run_dir)
    for harmed in (path.read_bytes()[:300], b"", b"no weights" * 99):
        path.write_bytes(harmed)
        with pytest.raises(FailureError, match=r"best\.safetensors (is damaged|was changed)(.|\n)*train this"):
            load_method(run)
    path.unlink()
    for asked in (lambda: load_method(run), lambda: run.weights):
        with pytest.raises(UsageError, match=r"has no best\.safetensors(.|\n)*vcem train"):
            asked()


def test_an_unfinished_run_is_refused(run_dir):
    run = read_run(run_dir)
    assert refuse_unfinished(run) is run
    unfinished = replace(run, facts=run.facts | {"finished": False})
    for asked in (refuse_unfinished, load_method):
        with pytest.raises(UsageError, match="has not ended"):
            asked(unfinished)


def test_a_fine_tuning_names_the_weights_it_starts_from(run_dir, recipe, store, folds):
    facts = facts_of(recipe, store, 0, folds.folds[0], run_dir)
    assert facts["init_from"] == sha256(run_dir / "best.safetensors")
    (run_dir / "run.json").write_text(json.dumps(read_run(run_dir).facts | {"finished": False}))
    with pytest.raises(UsageError, match="has not ended"):
        facts_of(recipe, store, 0, folds.folds[0], run_dir)


@pytest.mark.parametrize(("origin", "data", "refused"), [
    ("simulated", "same", True), ("simulated", "other", False), ("clinical", "other", True),
])  # fmt: skip
def test_a_start_that_learned_from_whom_the_fold_tests_is_refused(run_dir, recipe, store, folds, origin, data, refused):
    """The run learned from P1 and P2; some folds hold one of them out, and women of two simulations share names."""
    told = read_run(run_dir).facts | {"origin": origin} | ({"data": store.digest} if data == "same" else {})
    (run_dir / "run.json").write_text(json.dumps(told))
    known = replace(store, manifest=store.manifest | {"origin": origin})
    held = [(k, {store.patients[p] for p in f.test} & {"P1", "P2"}) for k, f in enumerate(folds.folds)]
    assert any(both for _, both in held)
    for k, both in held:
        if both and refused:
            with pytest.raises(UsageError, match=f"learned from {len(both)} patient"):
                facts_of(recipe, known, k, folds.folds[k], run_dir)
        else:
            assert facts_of(recipe, known, k, folds.folds[k], run_dir)["init_from"]


def test_the_generator_of_a_run_predicts_and_leaves_torchs_random_state_alone(run_dir):
    x, mask = torch.rand(2, 1, 48, 48), torch.ones(2, 1, 48, 48)
    before = torch.random.get_rng_state()
    opened = read_run(run_dir)
    predict = predict_of(load_method(opened))
    assert torch.equal(torch.random.get_rng_state(), before)
    y_hat = predict(x, mask)
    method = load_method(read_run(run_dir))
    assert not method.nets.training
    assert torch.equal(y_hat, method.predict(x, mask))
    assert (opened.recipe.name, rundir.KIND) == ("toy-autoencoder", "run")
