import numpy as np
import pytest
import torch

from calibrations import calibrating_store, trained
from vcem.score.spread import fit_head
from vcem.train.spread import Source, draw_of


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    return tmp_path_factory.mktemp("spread")


@pytest.fixture(scope="module")
def store(here):
    return calibrating_store(here)


@pytest.fixture(scope="module")
def runs(here, store):
    return trained(here, store, folds=(0,))


def test_a_head_learns_where_a_frozen_network_errs(store):
    """It is black in the upper half, and right below."""

    def half_wrong(x, mask):
        y_hat = x.clone()
        y_hat[:, :, :16] = 0
        return torch.cat([y_hat, torch.ones_like(x), torch.ones_like(x)], 1)

    easy = type(store)(store.folder, store.pairs, store.x, store.x, store.mask, store.lesion, store.manifest)
    pairs = [p.pair for p in store.pairs[:12]]
    head = fit_head(half_wrong, easy, pairs, 0.9, 0, 150)
    x, mask = (torch.from_numpy(np.array(a[20:21], np.float32))[:, None] for a in (store.x, store.mask))
    with torch.no_grad():
        distances = head(x, half_wrong(x, mask)[:, :1], mask)[0, :, :, 4]
    dark, right = distances[:, 8], distances[:, 24]
    assert dark[1] > 0.2  # the truth is above
    assert dark[1] > 2 * max(dark[0], right[0], right[1])


def test_the_same_seed_fits_the_same_head(runs, store):
    frozen, pairs = draw_of(Source.CONSTANT, runs[:1]), [p.pair for p in store.pairs[:8]]
    one, other = (fit_head(frozen, store, pairs, 0.9, 3, 2).state_dict() for _ in "ab")
    assert all(torch.equal(one[name], other[name]) for name in one)
