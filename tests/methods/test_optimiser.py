import pytest
import torch

from vcem.methods.optimiser import Adam, TorchOptimiser, chosen, settle


def weight():
    return torch.tensor([1.0, -2.0], requires_grad=True)


def course(optimiser):
    w = weight()
    made = optimiser.build([w])
    for _ in range(3):
        made.zero_grad()
        w.square().sum().backward()
        made.step()
    return w.detach()


def test_torchs_adam_by_name_steps_as_the_papers():
    named = TorchOptimiser("Adam", 0.1, {"betas": [0.5, 0.9], "weight_decay": 0.01})
    assert torch.equal(course(Adam(0.1, 0.5, 0.9, 0.01)), course(named))
    assert not torch.equal(course(TorchOptimiser("AdamW", 0.1, named.options)), course(named))


class Recipe:
    def __init__(self, adam=None, optimiser=None):
        self.adam, self.optimiser = adam, optimiser


def test_a_recipe_has_one_optimiser_the_papers_if_it_names_none():
    paper, sgd = Adam(0.1, 0.5), TorchOptimiser("SGD", 0.1)
    for recipe, expected in ((Recipe(), paper), (Recipe(Adam(1, 0)), Adam(1, 0)), (Recipe(optimiser=sgd), sgd)):
        settle(recipe, paper)
        assert chosen(recipe) == expected
    with pytest.raises(ValueError, match="not both"):
        settle(Recipe(paper, sgd), paper)
