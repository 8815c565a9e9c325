import errno
from pathlib import Path

import pytest
import torch
from torch import nn

from vcem.core.errors import FailureError
from vcem.core.files import sha256
from vcem.train.state import STATE, Position, differing, load_moments, load_state, save_state
from vcem.train.stop import Standing

POSITION = Position(3, 2, {"g.l1": 0.5}, 9.0, Standing(0.25, 2, 1, 0.1, 0.3, 1))


def made(seed=0, width=3, lr=0.1):
    torch.manual_seed(seed)
    nets = nn.ModuleDict({"G": nn.Sequential(nn.Linear(2, width), nn.BatchNorm1d(width)), "D": nn.Linear(2, 1)})
    optimisers = {name: torch.optim.Adam(nets[name.upper()].parameters(), lr=lr) for name in ("g", "d")}
    for _ in range(3):
        for optimiser in optimisers.values():
            optimiser.zero_grad()
        (nets["G"](torch.randn(4, 2)).square().sum() + nets["D"](torch.randn(4, 2)).sum()).backward()
        for optimiser in optimisers.values():
            optimiser.step()
    return nets, optimisers


@pytest.fixture
def saved(tmp_path):
    save_state(tmp_path, POSITION, *made())
    return tmp_path


def states(nets, optimisers):
    return nets.state_dict(), {n: o.state_dict() for n, o in optimisers.items()}


def test_everything_comes_back(saved):
    nets, optimisers = made(seed=1)
    assert load_state(saved, nets, optimisers) == POSITION
    torch.testing.assert_close(states(nets, optimisers), states(*made()), rtol=0, atol=0)


def test_without_a_checkpoint_training_begins(tmp_path):
    nets, optimisers = made()
    assert load_state(tmp_path, nets, optimisers) == Position()
    torch.testing.assert_close(states(nets, optimisers), states(*made()), rtol=0, atol=0)


def test_the_same_state_gives_the_same_bytes(saved, tmp_path):
    before = sha256(saved / STATE)
    save_state(tmp_path, POSITION, *made())
    assert sha256(tmp_path / STATE) == before


def cut(path):
    path.write_bytes(path.read_bytes()[:-700])


def nothing(path):
    path.write_bytes(b"")


def noise(path):
    path.write_bytes(b"\x00\x01 no checkpoint" * 40)


def flip_a_bit_of_a_weight(path):
    content, weight = bytearray(path.read_bytes()), torch.load(path)["nets"]["D.weight"].numpy().tobytes()
    content[content.index(weight)] ^= 1
    path.write_bytes(bytes(content))


def a_tensor(path):
    torch.save(torch.zeros(3), path)


def a_list(path):
    torch.save([1, 2], path)


def without_optimisers(path):
    torch.save({k: v for k, v in torch.load(path).items() if k != "optimisers"}, path)


def another_position(path):
    torch.save({**torch.load(path), "position": {"epoch": 1}}, path)


@pytest.mark.parametrize(
    "harm", [cut, nothing, noise, flip_a_bit_of_a_weight, a_tensor, a_list, without_optimisers, another_position]
)
def test_a_damaged_checkpoint_says_what_to_do(saved, harm):
    harm(saved / STATE)
    with pytest.raises(FailureError, match=r"state\.pt is damaged(.|\n)*train this fold again"):
        load_state(saved, *made())


def test_a_checkpoint_of_other_networks_is_told_as_such(saved):
    with pytest.raises(FailureError, match=r"of other networks: 6 tensor\(s\) differ, the first is G\.0\.bias"):
        load_state(saved, *made(width=4))


class Attack:
    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return Path.touch, (self.mark,)


def test_code_in_a_checkpoint_never_runs(saved, tmp_path):
    torch.save({**torch.load(saved / STATE), "nets": Attack(tmp_path / "ran")}, saved / STATE)
    with pytest.raises(FailureError, match="is damaged"):
        load_state(saved, *made())
    assert not (tmp_path / "ran").exists()


def test_a_full_disk_leaves_the_older_checkpoint(saved, monkeypatch):
    before = (saved / STATE).read_bytes()

    def full(file):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(FailureError, match="The disk is full"):
        save_state(saved, Position(4), *made(seed=1))
    assert (saved / STATE).read_bytes() == before
    assert [p.name for p in saved.iterdir()] == [STATE]


def test_moments_come_from_another_run_but_learning_rates_do_not(saved):
    nets, optimisers = made(seed=1, lr=0.7)
    weights = {n: t.clone() for n, t in nets.state_dict().items()}
    load_moments(saved, optimisers)
    _, (_, expected) = nets, states(*made())
    for name, optimiser in optimisers.items():
        found = optimiser.state_dict()
        torch.testing.assert_close(found["state"], expected[name]["state"], rtol=0, atol=0)
        assert {g["lr"] for g in found["param_groups"]} == {0.7}
    torch.testing.assert_close(dict(nets.state_dict()), weights, rtol=0, atol=0)


def test_moments_of_other_networks_or_of_no_run_are_refused(saved, tmp_path):
    other = dict(zip(("g", "x"), made()[1].values(), strict=True))
    for folder, optimisers in ((saved, other), (tmp_path / "none", made()[1])):
        with pytest.raises(FailureError, match="is damaged"):
            load_moments(folder, optimisers)


def test_differing_tensors_are_named():
    nets = nn.ModuleDict({"G": nn.Linear(2, 3)})
    assert differing(nets, nets.state_dict()) == []
    assert differing(nets, {"G.weight": torch.zeros(3, 4), "G.bias": torch.zeros(3), "F": torch.zeros(1)}) == [
        "F", "G.weight"]  # fmt: skip
