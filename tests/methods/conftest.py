"""A batch of toy pairs and a tiny method of each kind."""

import pytest
import torch

from toy_recipes import toy_recipe
from vcem.core.seeds import seed_for
from vcem.methods import build
from vcem.methods.method import Batch


@pytest.fixture
def batch(toy_store_of):
    """Three pairs of 16 x 16."""
    store = toy_store_of(size=16)
    x, y, mask, lesion = (torch.tensor(a[:3]).float()[:, None] for a in (store.x, store.y, store.mask, store.lesion))
    return Batch(x, y, mask, {"lesion": lesion})


@pytest.fixture
def method_of(tmp_path):
    """A tiny method of a kind, with fields such as `masked=False` replaced."""

    def make(kind, **fields):
        torch.manual_seed(seed_for(0, kind))
        settings = [f"method.{name}={str(value).lower()}" for name, value in fields.items()]
        return build(toy_recipe(tmp_path, kind, *settings).method, (16, 16))

    return make
