import copy

import pytest
import torch
from torch import nn

from vcem.methods.method import Batch, Group, MethodRecipe
from vcem.methods.optimiser import Adam
from vcem.train.step import Stepper, to_channels_last

CPU = torch.device("cpu")


class Duel:
    """Two turns over two networks of one weight: D wants G - D = 1, G wants G x D low."""

    recipe = MethodRecipe()

    def __init__(self, rate=0.1):
        adam = Adam(rate, 0.5, 0.9, 0.01)
        self.nets = nn.ModuleDict({name: nn.Conv2d(1, 1, 1, bias=False) for name in "GD"})
        for net in self.nets.values():
            nn.init.constant_(net.weight, 0.5)
        self.groups = {"d": Group(("D",), adam), "g": Group(("G",), adam)}
        self.seen = []

    def turns(self, batch):
        G, D = (self.nets[name].weight.sum() for name in "GD")
        self.seen.append((G.item(), D.item()))
        yield "d", {"near": (G.detach() - D - 1).square(), "small": D.square() * 3}
        D = self.nets["D"].weight.sum()
        self.seen.append((G.item(), D.item()))
        yield "g", {"product": G * D.detach() * 100}

    def predict(self, x, mask):
        return self.nets["G"](x)


@pytest.fixture
def batch():
    return Batch(*torch.rand(3, 2, 1, 4, 4))


def test_terms_are_told_by_turn_and_name(batch):
    terms = Stepper(Duel(), CPU).take(batch)
    assert terms == pytest.approx({"d.near": 1.0, "d.small": 0.75, "g.product": 100 * 0.5 * 0.4}, abs=1e-5)


def test_each_turn_steps_its_networks_before_the_next_turn(batch):
    duel = Duel()
    Stepper(duel, CPU).take(batch)
    (g0, d0), (g1, d1) = duel.seen
    assert (g0, d0) == (0.5, 0.5)
    assert (g1, d1) == (0.5, pytest.approx(0.4)), "Adam's first step is the learning rate against the gradient's sign"
    assert duel.nets["G"].weight.item() == pytest.approx(0.4)


def test_adam_is_torchs_with_the_recipes_numbers(batch):
    duel, plain = Duel(), Duel()
    stepper = Stepper(duel, CPU)
    own = torch.optim.Adam(plain.nets["D"].parameters(), 0.1, (0.5, 0.9), weight_decay=0.01)
    for _ in range(5):
        stepper.take(batch)
    for G, _ in duel.seen[::2]:
        D = plain.nets["D"].weight.sum()
        own.zero_grad()
        ((G - D - 1).square() + D.square() * 3).backward()
        own.step()
    torch.testing.assert_close(duel.nets["D"].weight, plain.nets["D"].weight)


def test_the_learning_rate_is_the_recipes_times_the_factor():
    stepper = Stepper(Duel(), CPU)
    for factor in (0.5, 0.25):
        stepper.set_learning_rate(factor)
        rates = [g["lr"] for o in stepper.optimisers.values() for g in o.param_groups]
        assert rates == [0.1 * factor] * 2


@pytest.mark.parametrize("clip", [None, 0.25, 1e9])
def test_gradients_are_clipped_to_the_norm(batch, clip):
    duel = Duel()
    Stepper(duel, CPU, clip_norm=clip).take(batch)
    assert duel.nets["G"].weight.grad.norm().item() == pytest.approx(0.25 if clip == 0.25 else 40.0, rel=1e-4)


def test_filters_lie_channels_last_and_stay_the_same_numbers():
    nets = nn.ModuleDict({"G": nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ConvTranspose2d(4, 2, 3))})
    before = copy.deepcopy(nets.state_dict())
    to_channels_last(nets)
    torch.testing.assert_close(dict(nets.state_dict()), dict(before), rtol=0, atol=0)
    assert all(nets["G"][i].weight.is_contiguous(memory_format=torch.channels_last) for i in (0, 2))
