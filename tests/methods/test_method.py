from dataclasses import dataclass
from typing import Literal

import pytest
import torch
from torch import nn

from toy_recipes import three_folds, toy_text
from vcem.core.errors import UsageError
from vcem.core.recipe import strict
from vcem.methods import METHODS, Entry, build, register_method
from vcem.methods.method import Batch, Group, Method, MethodRecipe, frozen, in_breast, parameters
from vcem.methods.optimiser import Adam, TorchOptimiser
from vcem.nets.autoencoder import AutoencoderShape
from vcem.train.fold import Options, train_fold
from vcem.train.recipe import load

PAPERS = ("autoencoder", "pix2pix", "cyclegan")


def test_the_table_holds_every_method_under_its_kind():
    assert list(METHODS) == [*PAPERS, "resunet", "lowdose", "bridge"]
    for kind, entry in METHODS.items():
        with torch.device("meta"):
            made = build(entry.recipe(kind=kind), (256, 256))
        assert isinstance(made, entry.method)
        assert isinstance(made, Method)
        assert made.recipe.masked == (kind not in PAPERS), "the paper's methods know no mask"


@pytest.mark.parametrize("kind", [pytest.param(k, marks=pytest.mark.slow if k == "bridge" else ()) for k in METHODS])
@pytest.mark.parametrize("size", [256, 512])
def test_the_networks_take_both_sizes(kind, size):
    image = torch.empty(1, 1, size, size, device="meta")
    with torch.device("meta"):
        made = build(METHODS[kind].recipe(kind=kind), (size, size))
        assert made.predict(image, image, **dict.fromkeys(made.recipe.inputs, image)).shape == image.shape


@pytest.mark.parametrize("kind", METHODS)
def test_every_network_steps_on_exactly_one_turn(kind):
    with torch.device("meta"):
        made = build(METHODS[kind].recipe(kind=kind), (256, 256))
    stepping = [name for group in made.groups.values() for name in group.nets]
    assert sorted(stepping) == sorted(made.nets)


@pytest.mark.parametrize(("kind", "adam"), [
    ("autoencoder", Adam(1e-3, 0.9, 0.999, 1e-5)), ("pix2pix", Adam(2e-4, 0.5, 0.999, 1e-5)),
    ("cyclegan", Adam(1e-5, 0.5, 0.999, 1e-5)),
])  # fmt: skip
def test_defaults_are_the_papers(kind, adam):
    recipe = METHODS[kind].recipe(kind=kind)
    assert recipe.adam == adam
    weights = {name: value for name, value in vars(recipe).items() if name.startswith("lambda")}
    expected = {"autoencoder": {}, "pix2pix": {"lambda_l1": 100.0, "lambda_lesion": None},
                "cyclegan": {"lambda_cycle": 10.0, "lambda_identity": 5.0, "lambda_paired": 0.0,
                             "lambda_lesion": None}}  # fmt: skip
    assert weights == expected[kind]


@pytest.mark.parametrize(("kind", "size"), [("autoencoder", 100), ("pix2pix", 128), ("cyclegan", 30), ("cyclegan", 16)])
def test_a_size_that_a_network_cannot_take_is_refused(kind, size):
    with torch.device("meta"), pytest.raises(UsageError, match=f"{size} x {size} pixels"):
        build(METHODS[kind].recipe(kind=kind), (size, size))


def test_within_the_breast_the_air_is_black():
    mask = torch.tensor([[1.0, 0], [0, 1]]).view(1, 1, 2, 2)
    batch = Batch(torch.full((1, 1, 2, 2), 0.5), torch.ones(1, 1, 2, 2), mask).within_breast()
    assert torch.equal(batch.x, 0.5 * mask)
    assert torch.equal(batch.y, mask)
    assert torch.equal(batch.mask, mask)


def test_in_breast_blackens_the_air_of_a_masked_method_only():
    y_hat, mask = torch.full((1, 1, 1, 2), torch.nan), torch.tensor([[[[0.0, 1.0]]]])
    assert in_breast(y_hat, mask, False) is y_hat
    assert in_breast(y_hat, mask, True)[0, 0, 0, 0] == 0, "even of a value that times 0 is not 0"


def test_gradients_pass_through_frozen_networks_and_leave_their_weights_alone():
    net, x = nn.Linear(2, 1), torch.ones(1, 2, requires_grad=True)
    with frozen(net):
        net(x).sum().backward()
    assert torch.equal(x.grad, net.weight.detach())
    assert net.weight.grad is None
    assert all(p.requires_grad for p in net.parameters())


def test_networks_thaw_after_an_error():
    net = nn.Linear(2, 1)
    with pytest.raises(KeyError), frozen(net):
        raise KeyError
    assert net.weight.requires_grad


def test_parameters_are_the_trained_numbers():
    assert parameters(nn.Sequential(nn.Conv2d(2, 3, 4), nn.BatchNorm2d(3))) == 2 * 3 * 16 + 3 + 2 * 3
    assert METHODS["autoencoder"].recipe(kind="autoencoder").generator == AutoencoderShape(24, 4)


@strict
@dataclass(frozen=True)
class PlainRecipe(MethodRecipe):
    kind: Literal["plain"]
    optimiser: TorchOptimiser
    extra: tuple[str, ...] = ("lesion",)


class Plain:
    """One layer, and a loss that weighs lesions."""

    def __init__(self, recipe, shape):
        self.recipe = recipe
        self.nets = nn.ModuleDict({"G": nn.Conv2d(1, 1, 1)})
        self.groups = {"g": Group(("G",), recipe.optimiser)}

    def turns(self, batch):
        weight = 1 + 9 * batch.extra["lesion"]
        yield "g", {"l2": (weight * (self.nets["G"](batch.x) - batch.y).square()).mean()}

    def predict(self, x, mask):
        return self.nets["G"](x).clamp(0, 1)


@pytest.fixture
def plain(monkeypatch):
    monkeypatch.setattr(METHODS, "_registered", {})
    register_method("plain", Entry(Plain, PlainRecipe, "one layer"))


def test_a_registered_method_is_read_strictly_and_trains_with_its_lesion_masks(plain, toy_store_of, tmp_path):
    text = toy_text("autoencoder").replace('kind = "autoencoder"\nmasked = true\n', 'kind = "plain"\n')
    text = text.replace("adam = {lr = 2e-3, beta1 = 0.5}", 'optimiser = {kind = "SGD", lr = 0.1}')
    text = text.replace("generator = {width = 2, levels = 2}", "")
    (tmp_path / "plain.toml").write_text(text)
    store = toy_store_of(size=16)
    recipe = load(tmp_path / "plain.toml")
    run = train_fold(recipe, store, three_folds(store), 0, tmp_path, Options(threads=1))
    assert run.finished
    assert "package" not in run.facts
    with pytest.raises(UsageError, match=r"method\.width"):
        load(tmp_path / "plain.toml", ["method.width=3"])
    METHODS._registered.clear()
    with pytest.raises(UsageError, match=r"no method 'plain' here(.|\n)*autoencoder, pix2pix, cyclegan"):
        load(tmp_path / "plain.toml")


def test_what_is_no_whole_method_is_refused(plain):
    with pytest.raises(UsageError, match="extends MethodRecipe"):
        Entry(Plain, Plain, "a class that is not a recipe")
    register_method("plain", Entry(lambda recipe, shape: nn.Linear(1, 1), PlainRecipe, "no method"))
    with pytest.raises(UsageError, match="lacks recipe, nets, groups, turns, predict"):
        build(PlainRecipe("plain", TorchOptimiser("SGD", 0.1)), (16, 16))
