import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from conftest import make_store
from toy_recipes import KINDS, three_folds, toy_recipe
from vcem.core.errors import UsageError
from vcem.core.files import sha256, write_array, write_manifest
from vcem.core.grid import Size
from vcem.core.terms import Protocol
from vcem.folders.folds import Fold, Folds
from vcem.folders.log import read_log
from vcem.folders.prepared import open_store, write_table
from vcem.methods.losses import l1_each
from vcem.train import rundir
from vcem.train.fold import Options, fold_of, method_of, train_fold

ONE = Options(threads=1)


def contents(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir()}


@pytest.fixture
def trained(store, folds, tmp_path):
    """Train a fold of a tiny recipe; settings replace fields."""

    def train(kind="autoencoder", *settings, index=0, out="runs", options=ONE):
        return train_fold(toy_recipe(tmp_path, kind, *settings), store, folds, index, tmp_path / out, options)

    return train


def test_a_finished_run_holds_what_the_house_promises(trained, store):
    run = trained()
    assert {"recipe.toml", "run.json", "log.jsonl", "state.pt", "best.safetensors"} <= set(contents(run.folder))
    facts = json.loads((run.folder / "run.json").read_text())
    assert facts["finished"]
    assert (facts["epochs"], facts["computes_in"], facts["threads"], facts["ranks"]) == (3, "float32", 1, 1)
    assert (facts["device"], facts["torch"]) == ("cpu", torch.__version__)
    records = read_log(run.folder, 3)
    best = min(records, key=lambda r: r.val_l1)
    assert (facts["best_epoch"], facts["best_val_l1"]) == (best.epoch, best.val_l1)


@pytest.mark.parametrize("kind", KINDS)
def test_the_best_networks_have_the_best_validation_loss(kind, trained, store, folds):
    run = trained(kind)
    predict = rundir.predict_of(rundir.load_method(rundir.read_run(run.folder)))
    rows = store.rows(folds.folds[0].val)
    x, y, mask = (torch.tensor(a[rows]).float()[:, None] for a in (store.x, store.y, store.mask))
    inputs = {n: torch.tensor(store.channel(n)[rows]).float()[:, None] for n in run.recipe.method.inputs}
    assert l1_each(predict(x, mask, **inputs), y, mask).mean().item() == pytest.approx(
        run.facts["best_val_l1"], rel=1e-5
    )


def test_a_finished_run_is_left_as_it_is(trained):
    before = contents(trained().folder)
    assert contents(trained().folder) == before


def test_a_run_keeps_the_threads_it_was_begun_with(trained, tmp_path):
    with pytest.raises(InterruptedError):
        interrupted(trained)
    with pytest.raises(UsageError, match=r"begun with 1 thread\(s\), not 2"):
        trained(options=Options(threads=2))
    assert trained(options=Options()).facts["threads"] == 1


def interrupted(trained):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("vcem.train.loop.save_best", stop)
        trained()


def stop(*_):
    raise InterruptedError


def test_recipe_data_and_folds_must_belong_together(store, folds, tmp_path):
    recipe = toy_recipe(tmp_path, "autoencoder")
    assert fold_of(recipe, store, folds, 2) is folds.folds[2]
    empty, strange = Fold((), ("P1_L_CC",), ()), Fold(("P1_L_CC",), ("P9_L_CC",), ())
    wrong = [
        (recipe, folds, 3, "There is no fold 3"), (recipe, folds, -1, "There is no fold -1"),
        (replace(recipe, size=Size(32, 32)), folds, 0, r"16 x 16(.|\n)*32 x 32(.|\n)*vcem prepare"),
        (replace(recipe, protocol=Protocol.PAPER), folds, 0, r"strict protocol(.|\n)*by the paper protocol"),
        (recipe, replace(folds, protocol=Protocol.PAPER), 0, r"folds are by the paper protocol(.|\n)*vcem split"),
        (recipe, Folds(Protocol.STRICT, 0, (empty,)), 0, "no pair to train with"),
        (recipe, Folds(Protocol.STRICT, 0, (strange,)), 0, r"not in .*P9_L_CC(.|\n)*vcem split"),
    ]  # fmt: skip
    for asked, of, index, message in wrong:
        with pytest.raises(UsageError, match=message):
            fold_of(asked, store, of, index)


def test_each_fold_begins_with_networks_of_its_own_and_leaves_torchs_random_state_alone(tmp_path):
    recipe, before = toy_recipe(tmp_path, "pix2pix"), torch.random.get_rng_state()
    first, again, other = (method_of(recipe, index, None).nets.state_dict() for index in (0, 0, 1))
    assert torch.equal(torch.random.get_rng_state(), before)
    torch.testing.assert_close(again, first, rtol=0, atol=0)
    assert not torch.equal(other["G.head.weight"], first["G.head.weight"])


@pytest.mark.parametrize("kind", KINDS)
def test_fine_tuning_starts_from_the_best_networks_of_another_run(kind, trained, tmp_path):
    source = trained(kind)
    begun = method_of(toy_recipe(tmp_path, kind, "seed=7"), 1, source.folder).nets.state_dict()
    torch.testing.assert_close(dict(begun), dict(rundir.load_method(source).nets.state_dict()), rtol=0, atol=0)
    still = ["name='tuned'", "method.adam.lr=1e-30", "training.epochs=1", "augment.probability=0"]
    tuned = trained(kind, *still, out="tuned", options=replace(ONE, init_from=source.folder))
    weights = [dict(rundir.load_method(run).nets.named_parameters()) for run in (tuned, source)]
    trace = 1e-28 if kind == "lowdose" else 0  # of a weight that is still 0 such a step leaves a trace
    torch.testing.assert_close(*weights, rtol=0, atol=trace)
    assert tuned.facts["init_from"] == sha256(source.folder / "best.safetensors")


def test_fine_tuning_can_keep_adams_moments(trained):
    source = trained("pix2pix", "name='pre'")
    steps = []
    for keep in ("true", "false"):
        run = trained("pix2pix", f"name='keep-{keep}'", f"training.keep_moments={keep}", "training.epochs=1",
                      options=replace(ONE, init_from=source.folder))  # fmt: skip
        state = torch.load(run.folder / "state.pt", weights_only=True)["optimisers"]["g"]["state"]
        steps.append({int(s["step"]) for s in state.values()})
    assert steps == [{3 * 2 + 2}, {2}], "the source took two steps in each of three epochs"


@pytest.mark.parametrize(("kind", "setting", "message"), [
    ("pix2pix", "size=16", "is a run of autoencoder(.|\n)*a run of pix2pix"),
    ("autoencoder", "method.generator.width=3", r"differ from this recipe's in \d+ tensor"),
])  # fmt: skip
def test_other_networks_cannot_be_fine_tuned_and_nothing_is_begun(kind, setting, message, trained, tmp_path):
    source = trained()
    with pytest.raises(UsageError, match=message):
        trained(kind, setting, out="tuned", options=replace(ONE, init_from=source.folder))
    assert not [p for p in (tmp_path / "tuned").rglob("*") if p.is_file() and p.name != ".lock"]


@pytest.mark.parametrize("other", [
    {"protocol": "paper", "size": 16}, {"protocol": "strict", "size": 32},
    {"protocol": "strict", "size": 16, "frame": "breast"},
])  # fmt: skip
def test_a_run_on_other_images_cannot_be_fine_tuned_and_nothing_is_begun(other, trained, store, folds, tmp_path):
    source = trained()
    elsewhere = make_store(tmp_path / "other", size=int(other["size"]), protocol=str(other["protocol"]))
    write_manifest(elsewhere.folder, "prepared", other | {"origin": "simulated"})
    again = open_store(elsewhere.folder)
    recipe = toy_recipe(tmp_path, "autoencoder", f"protocol='{other['protocol']}'", f"size={other['size']}")
    own = Folds(again.protocol, 0, folds.folds)
    with pytest.raises(UsageError, match=r"was trained on strict images of 16 x 16 pixels of the field, .*other holds"):
        train_fold(recipe, again, own, 0, tmp_path / "tuned", replace(ONE, init_from=source.folder))
    assert not list((tmp_path / "tuned").rglob("run.json"))


def test_a_size_that_the_networks_cannot_take_leaves_nothing_behind(trained, tmp_path):
    with pytest.raises(UsageError, match="cannot halve 16 x 16 pixels 5 times"):
        trained("pix2pix", "method.generator.depth=5")
    assert not list((tmp_path / "runs").rglob("run.json"))
    assert trained("pix2pix").finished, "the mended recipe goes to the same folder"


@pytest.mark.parametrize(("kind", "settings"), [
    ("resunet", []), ("pix2pix", ["method.lambda_lesion=1.0"]), ("cyclegan", ["method.lambda_lesion=1.0"]),
])  # fmt: skip
def test_pairs_without_outlines_are_counted_and_told(kind, settings, store, capsys):
    """Every second toy pair has no lesion in DES, but all have an outline: take some away."""
    write_array(store.folder / "lesion.npy", np.where(np.arange(12)[:, None, None] % 3 == 0, 0, store.lesion))
    write_manifest(store.folder, "prepared", {"protocol": "strict", "size": 16, "origin": "simulated"})
    again = open_store(store.folder)
    folds = three_folds(again)
    recipe = toy_recipe(store.folder.parent, kind, "training.epochs=1", *settings)
    train_fold(recipe, again, folds, 0, store.folder.parent / "runs", ONE)
    told = capsys.readouterr().err
    assert "1 of 4 training pairs have no outlined lesion and are not said to be normal" in told


def test_what_share_of_a_batch_comes_from_where(trained, store, folds, toy_store_of, tmp_path):
    other = make_store(tmp_path / "other", n=8, size=16)
    settings = ("training.beside=0.34", "training.epochs=1")
    with pytest.raises(UsageError, match="gives a share of each batch to other data"):
        trained("resunet", *settings)
    with pytest.raises(UsageError, match="gives no share"):
        trained("resunet", options=replace(ONE, beside=other.folder))
    with pytest.raises(UsageError, match=r"1 patient\(s\) whom this fold validates or tests with"):
        trained("resunet", *settings, options=replace(ONE, beside=other.folder))
    elsewhere = {"protocol": "strict", "size": 16, "origin": "clinical"}
    write_manifest(other.folder, "prepared", elsewhere)
    run = trained("resunet", *settings, options=replace(ONE, beside=other.folder))
    assert run.facts["beside"] == open_store(other.folder).digest
    assert run.facts["finished"]
    write_table(other.folder, other.pairs[::-1])
    write_manifest(other.folder, "prepared", elsewhere)
    with pytest.raises(UsageError, match="its beside differ"):
        trained("resunet", *settings, options=replace(ONE, beside=other.folder))


def before_contrast(store, x_before):
    """Give the store LE before contrast, as a simulation does."""
    return replace(store, x_before=x_before, iodine=np.zeros_like(store.x))


def test_le_before_contrast_trains_in_place_of_le_after(trained, store, folds, tmp_path):
    """With LE before contrast given as LE the networks are the same: LE after contrast is not looked at."""
    x_before = np.asarray(store.x)[:, ::-1].copy()
    recipe = toy_recipe(tmp_path, "autoencoder", "le=before")
    run = train_fold(recipe, before_contrast(store, x_before), folds, 0, tmp_path / "before", ONE)
    plain = toy_recipe(tmp_path, "autoencoder")
    other = train_fold(plain, replace(store, x=x_before), folds, 0, tmp_path / "given", ONE)
    assert run.weights == other.weights != trained().weights


def test_without_le_before_contrast_nothing_begins(trained, tmp_path):
    with pytest.raises(UsageError, match="no channel 'x_before'"):
        trained("autoencoder", "le=before")
    assert not (tmp_path / "runs").exists()
