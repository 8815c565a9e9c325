from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from toy_recipes import toy_recipe
from vcem.core.errors import FailureError
from vcem.core.files import sha256
from vcem.core.seeds import seed_for
from vcem.data.batches import Plan, batch_at, load_part
from vcem.folders.log import read_log
from vcem.methods import build
from vcem.methods.method import Batch
from vcem.train.display import Silent
from vcem.train.loop import Job, _Loop, train
from vcem.train.ranks import Ranks
from vcem.train.rundir import load_weights
from vcem.train.step import Stepper

CPU = torch.device("cpu")


@pytest.fixture
def job_of(store, folds, tmp_path):
    """A job of a tiny recipe and its method; settings replace fields."""

    def make(kind, *settings):
        recipe, fold = toy_recipe(tmp_path, kind, *settings), folds.folds[0]
        plan = Plan(recipe.seed, 0, recipe.training.batch, recipe.augment)
        job = Job(
            tmp_path / "run", recipe.training, plan, load_part(store, fold.train), load_part(store, fold.val), CPU
        )
        torch.manual_seed(0)
        return job, build(recipe.method, recipe.size)

    return make


class Told(Silent):
    def __init__(self):
        self.steps, self.epochs = [], []

    def step(self, epoch, done, steps):
        self.steps.append((epoch, done, steps))

    def epoch(self, record, epochs):
        self.epochs.append((record, epochs))


def test_the_log_holds_means_over_pairs(job_of):
    """Epochs are batches of 3 pairs and of 1, so that means over steps would differ."""
    job, method = job_of("pix2pix", "training.epochs=1")
    train(job, method, Silent())
    (record,) = read_log(job.folder, 1)

    _, again = job_of("pix2pix")
    stepper, sums, again_seen = Stepper(again, CPU), {}, []
    again.nets.train()
    for step in (0, 1):
        torch.manual_seed(seed_for(0, "step", 0, 1, step, 0))
        batch = Batch(*batch_at(job.train, job.plan, 1, step))
        again_seen.append(len(batch.x))
        for name, term in stepper.take(batch).items():
            sums[name] = sums.get(name, 0) + term * len(batch.x)
    assert again_seen == [3, 1]
    assert record.losses == pytest.approx({name: value / 4 for name, value in sums.items()}, rel=1e-12)
    assert list(record.losses) == ["d.real", "d.fake", "g.adversarial", "g.l1"]
    torch.testing.assert_close(dict(again.nets.state_dict()), dict(method.nets.state_dict()), rtol=0, atol=0)


def test_validation_does_not_depend_on_the_batch(job_of):
    job, method = job_of("autoencoder")
    losses = []
    for size in (1, 3, 4):
        loop = _Loop(replace(job, plan=replace(job.plan, batch=size)), method, Silent())
        losses.append(loop._validate())
    assert losses == pytest.approx([losses[0]] * 3, rel=1e-5)
    assert not method.nets.training


def test_a_display_hears_every_step_and_epoch(job_of):
    told = Told()
    job, method = job_of("autoencoder", "training.epochs=2")
    train(job, method, told)
    assert told.steps == [(1, 1, 2), (1, 2, 2), (2, 1, 2), (2, 2, 2)]
    assert [(record.epoch, epochs) for record, epochs in told.epochs] == [(1, 2), (2, 2)]
    assert [record for record, _ in told.epochs] == read_log(job.folder, 2)


def test_training_stops_when_validation_no_longer_falls(job_of):
    job, method = job_of("cyclegan", "training.epochs=50", "training.patience=3", "method.adam.lr=1e-30")
    position = train(job, method, Silent())
    assert (position.epoch, position.standing.best_epoch) == (4, 1)
    assert train(job, method, Silent()) == position, "an ended training goes no further"


def test_no_epoch_of_the_warm_up_is_kept_as_the_best(job_of):
    job, method = job_of("cyclegan", "training.epochs=4", "training.warm_up=2", "method.adam.lr=1e-30")
    assert train(job, method, Silent()).standing.best_epoch == 3
    assert [r.best_epoch for r in read_log(job.folder, 4)] == [1, 1, 3, 3]


def test_the_learning_rate_follows_the_recipe(job_of):
    job, method = job_of("autoencoder", "training.epochs=4", "training.decay_from=3")
    loop = _Loop(job, method, Silent())
    loop.run()
    assert [r.lr_factor for r in read_log(job.folder, 4)] == pytest.approx([1, 1, 2 / 3, 1 / 3])
    assert loop.optimisers["g"].param_groups[0]["lr"] == pytest.approx(2e-3 / 3)


def test_best_networks_are_those_of_the_best_epoch_not_the_last(job_of):
    job, method = job_of("autoencoder", "training.epochs=1", "training.patience=1")
    train(job, method, Silent())
    best = sha256(job.folder / "best.safetensors")
    spoiled = replace(job, training=replace(job.training, epochs=2), train=with_y(job.train, 1 - job.train.y))
    _, method = job_of("autoencoder")
    position = train(spoiled, method, Silent())
    assert (position.epoch, position.standing.best_epoch) == (2, 1), "it learned the negative and became worse"
    assert sha256(job.folder / "best.safetensors") == best


def with_y(part, y):
    return replace(part, y=y)


def test_a_loss_that_is_not_finite_ends_training_and_keeps_the_checkpoint(job_of):
    job, method = job_of("autoencoder", "training.epochs=1")
    train(job, method, Silent())
    kept = {p.name: p.read_bytes() for p in job.folder.iterdir()}
    infinite = with_y(job.train, np.full_like(job.train.y, np.inf))
    broken = replace(job, training=replace(job.training, epochs=5), train=infinite)
    with pytest.raises(FailureError, match=r"In epoch 2 the loss is no longer finite: g\.l1(.|\n)*the learning rate"):
        train(broken, method, Silent())
    assert {p.name: p.read_bytes() for p in job.folder.iterdir()} == kept


def test_torchs_switches_are_as_before(job_of):
    job, method = job_of("autoencoder", "training.epochs=1")
    seen = []

    class Look(Silent):
        def step(self, epoch, done, steps):
            seen.append(torch.are_deterministic_algorithms_enabled())

    before = torch.are_deterministic_algorithms_enabled(), torch.utils.deterministic.fill_uninitialized_memory
    train(job, method, Look())
    assert seen == [True, True]
    after = torch.are_deterministic_algorithms_enabled(), torch.utils.deterministic.fill_uninitialized_memory
    assert (before, after) == ((False, True), (False, True))


@pytest.mark.parametrize(("every", "ranks", "due"), [(0, 1, []), (1, 1, [1, 2, 3, 4]), (2, 1, [2, 4]), (2, 2, [])])
def test_checkpoints_within_an_epoch(every, ranks, due):
    loop = SimpleNamespace(job=SimpleNamespace(checkpoint_steps=every, ranks=Ranks(0, ranks)))
    assert [done for done in range(1, 6) if _Loop._checkpoint_is_due(loop, done, 5)] == due


def test_every_option_of_the_loop_goes_on_to_the_same_bits(job_of, store, tmp_path):
    """Stopped after each third step, in the middle of an epoch and at its end."""
    settings = ("training.average=0.9", 'training.curve={kind="one-cycle", rise=0.3}', "training.clip_norm=0.1",
                "training.beside=0.34", "training.batch=3", "mirrored=true")  # fmt: skip

    def trained(name, stops):
        job, method = job_of("resunet", *settings)
        part = load_part(store, [p.pair for p in store.pairs[9:]], method.recipe.channels)
        plans = [replace(job.plan, batch=n) for n in (2, 1)]
        train_part = load_part(store, job.train.pairs, method.recipe.channels)
        job = replace(job, folder=tmp_path / name, plan=plans[0], beside=(part, plans[1]), checkpoint_steps=1,
                      train=train_part)  # fmt: skip
        job.folder.mkdir(exist_ok=True)
        while True:
            try:
                return job.folder, train(job, method, Stops(stops))
            except KeyboardInterrupt:
                _, method = job_of("resunet", *settings)

    (whole, position), (broken, same) = trained("whole", 0), trained("broken", 3)
    assert replace(position, seconds=0) == replace(same, seconds=0)
    assert sha256(whole / "best.safetensors") == sha256(broken / "best.safetensors")
    states = [torch.load(folder / "state.pt", weights_only=True) for folder in (whole, broken)]
    for name in ("nets", "average", "optimisers"):
        torch.testing.assert_close(states[0][name], states[1][name], rtol=0, atol=0)
    assert any((states[0]["nets"][n] != states[0]["average"][f"nets.{n}"]).any() for n in states[0]["nets"])


class Stops(Silent):
    def __init__(self, every):
        self.every, self.seen = every, 0

    def step(self, epoch, done, steps):
        self.seen += 1
        if self.every and self.seen % (self.every + 1) == 0:
            raise KeyboardInterrupt


def test_the_best_networks_are_the_average_that_was_validated(job_of):
    job, method = job_of("autoencoder", "training.average=0.9", "training.epochs=1")
    loop = _Loop(job, method, Silent())
    loop.run()
    (record,) = read_log(job.folder, 1)
    loop.average = None
    load_weights(job.folder / "best.safetensors", method.nets, "")
    assert loop._validate() == record.val_l1
