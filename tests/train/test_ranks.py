"""Several processes on one training."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

import ranks_worker
from processes import finish, free_port, start
from toy_recipes import toy_file, toy_recipe
from vcem.core.errors import UsageError
from vcem.folders.folds import Fold, Folds, write_folds
from vcem.folders.log import read_log
from vcem.train import fold
from vcem.train.fold import Options, train_fold
from vcem.train.ranks import Ranks, average_buffers, average_gradients, joined, total, wait

WORKER = Path(ranks_worker.__file__)


def test_alone_nothing_is_averaged():
    with joined(torch.device("cpu")) as ranks:
        assert ranks == Ranks(0, 1)
        assert ranks.first
    net = nn.BatchNorm1d(1)
    net.weight.grad = torch.tensor([3.0])
    wait(ranks)
    average_gradients([net], 0.5, ranks)
    average_buffers(net, ranks)
    assert net.weight.grad.item() == 3
    assert total({"a": 1.5}, ranks) == {"a": 1.5}


def test_averages_of_two(tmp_path):
    port = free_port()
    together = [start(ranks_worker.averages, number, 2, port, str(tmp_path)) for number in (0, 1)]
    assert [finish(p) for p in together] == [0, 0]
    one, other = (json.loads((tmp_path / f"{number}.json").read_text()) for number in (0, 1))
    assert (one.pop("first"), other.pop("first")) == (True, False)
    assert one == other
    assert one["gradient"] == pytest.approx(0.75 * 1 + 0.25 * 5), "each pair weighs the same"
    assert one["mean"] == 3
    assert (one["bias"], one["batches"]) == (None, 0)
    assert one["sums"] == {"pairs": 4.0, "g.l1": 2e9 + 1}, "float32 would lose the 1"


def end_of(folder, epochs):
    return torch.load(folder / "state.pt", weights_only=True)["nets"], read_log(folder, epochs)


@pytest.mark.slow
def test_two_ranks_of_torchrun_train_as_one_process_does(store, tmp_path):
    """CycleGAN has no batch norm, so the parts of a batch give the gradients of the whole; here 3, 3 and 2 pairs."""
    names = tuple(p.pair for p in store.pairs)
    folds = Folds(store.protocol, 0, (Fold(names[:8], names[8:], ()),))
    write_folds(store.folder / "folds.json", folds)
    recipe, alone = toy_file(tmp_path, "cyclegan", batch=3), tmp_path / "alone"
    words = ["train", recipe, "--data", store.folder, "--fold", 0, "--threads", 1, "--out", tmp_path / "two"]
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", 2]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(WORKER.parent)}
    ran = subprocess.run([str(w) for w in (*command, WORKER, tmp_path, *words)], env=environment, capture_output=True,
                         text=True, check=False)  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count("is best, validation L1") >= 1

    first, second = (torch.load(tmp_path / f"rank-{rank}.pt", weights_only=True) for rank in (0, 1))
    torch.testing.assert_close(dict(second), dict(first), rtol=0, atol=0)
    run = train_fold(toy_recipe(tmp_path, "cyclegan"), store, folds, 0, alone, Options(threads=1))
    nets, records = end_of(tmp_path / "two" / "toy-cyclegan" / "fold-00", 3)
    expected, records_alone = end_of(run.folder, 3)
    torch.testing.assert_close(dict(first), dict(nets), rtol=0, atol=0)
    for two, one in zip(records, records_alone, strict=True):
        assert two.losses == pytest.approx(one.losses, rel=1e-3)
        assert two.val_l1 == pytest.approx(one.val_l1, rel=1e-3)
    begun, images = fold.method_of(toy_recipe(tmp_path, "cyclegan"), 0, None).nets, torch.tensor(store.y[:4, None])
    for net in ("G", "F", "D_x", "D_y"):  # what they do: before a norm, single weights may follow rounding alone
        first_did, two_do, one_does = (outputs(begun[net], net, state, images) for state in ({}, nets, expected))
        assert (two_do - one_does).norm() < 0.01 * (first_did - one_does).norm(), net


def outputs(net, name, state, images):
    trained = {k.removeprefix(f"{name}."): v for k, v in state.items() if k.startswith(f"{name}.")}
    net.load_state_dict(trained or net.state_dict())
    with torch.no_grad():
        return net(images)


@pytest.mark.parametrize("kind", ["autoencoder", "pix2pix"])
def test_ranks_end_with_the_same_networks_under_batch_norm(kind, store, folds, tmp_path):
    recipe, port, told = toy_file(tmp_path, kind, batch=4), free_port(), tmp_path / "told.txt"
    words = ["train", recipe, "--data", store.folder, "--fold", 0, "--threads", 1, "--out", tmp_path / "two"]
    words += ["--checkpoint-steps", 1]
    args = (2, port, str(told), str(tmp_path), words)
    assert [finish(p) for p in [start(ranks_worker.rank, number, *args) for number in (0, 1)]] == [0, 0], (
        told.read_text()
    )
    first, second = (torch.load(tmp_path / f"rank-{rank}.pt", weights_only=True) for rank in (0, 1))
    torch.testing.assert_close(dict(second), dict(first), rtol=0, atol=0)
    nets, records = end_of(tmp_path / "two" / f"toy-{kind}" / "fold-00", 3)
    torch.testing.assert_close(dict(first), dict(nets), rtol=0, atol=0)
    assert [r.epoch for r in records] == [1, 2, 3], "only the first rank writes"
    assert "Traceback" not in told.read_text()


def test_more_processes_than_pairs_of_a_batch_are_refused(store, folds, tmp_path, monkeypatch):
    monkeypatch.setattr(fold, "joined", lambda device: joined_as(Ranks(0, 4)))
    with pytest.raises(UsageError, match=r"A batch of 3 cannot be shared by 4 processes(.|\n)*training\.batch"):
        train_fold(toy_recipe(tmp_path, "autoencoder"), store, folds, 0, tmp_path / "runs", Options())
    assert not list((tmp_path / "runs").rglob("run.json"))


class joined_as:  # noqa: N801 (stands for the context manager of that form)
    def __init__(self, ranks):
        self.ranks = ranks

    def __enter__(self):
        return self.ranks

    def __exit__(self, *_):
        return None
