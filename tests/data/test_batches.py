from dataclasses import replace

import numpy as np
import pytest
import torch

from vcem.core.errors import UsageError
from vcem.data import batches
from vcem.data.augment import Augment
from vcem.data.batches import Plan, batch_at, in_turn, joined, load_part, mean_des, order, steps_of, stream_at, take
from vcem.folders.prepared import add_channel

NEVER = Augment(0.0, 0.0, 0.0, 0.0)
ALWAYS = Augment(1.0, 0.1, 0.1, 15.0)
PLAN = Plan(seed=0, fold=0, batch=5, augment=NEVER)


@pytest.fixture
def part(toy_store_of):
    store = toy_store_of(size=16)
    return load_part(store, [p.pair for p in store.pairs][:11])


def taken(part, plan, epoch):
    """Names of the pairs of each step, found again by their images."""
    rows = {part.x[i].tobytes(): part.pairs[i] for i in range(len(part))}
    return [
        [rows[x.numpy().tobytes()] for x in batch_at(part, plan, epoch, step)[0]]
        for step in range(steps_of(part, plan))
    ]


def images_by_pair(part, plan, epoch):
    """The augmented images, by the pairs' order of the epoch."""
    made = {}
    for rank in range(plan.ranks):
        own = replace(plan, rank=rank)
        for step in range(steps_of(part, own)):
            chosen = order(part, own, epoch)[step * plan.batch : (step + 1) * plan.batch][rank :: plan.ranks]
            for i, *images in zip(chosen, *batch_at(part, own, epoch, step)[:3], strict=True):
                made[part.pairs[i]] = torch.cat(images)
    return made


def test_every_pair_is_taken_once_an_epoch(part):
    steps = taken(part, PLAN, 1)
    assert [len(s) for s in steps] == [5, 5, 1]
    assert sorted(p for s in steps for p in s) == sorted(part.pairs)


def test_the_order_is_a_function_of_seed_fold_and_epoch(part):
    assert taken(part, PLAN, 1) == taken(part, PLAN, 1)
    orders = [taken(part, plan, epoch) for plan, epoch in (
        (PLAN, 1), (PLAN, 2), (replace(PLAN, seed=1), 1), (replace(PLAN, fold=1), 1))]  # fmt: skip
    assert all(a != b for i, a in enumerate(orders) for b in orders[:i])
    assert order(part, PLAN, 1) == order(part, replace(PLAN, batch=2, rank=1, ranks=2), 1)


@pytest.mark.parametrize("ranks", [2, 3])
def test_ranks_share_each_batch_out(part, ranks):
    alone = taken(part, PLAN, 3)
    shares = [taken(part, replace(PLAN, rank=rank, ranks=ranks), 3) for rank in range(ranks)]
    for step in range(len(shares[0])):
        assert sorted(p for share in shares for p in share[step]) == sorted(alone[step])
        assert max(len(s[step]) for s in shares) - min(len(s[step]) for s in shares) <= 1


@pytest.mark.parametrize(("n", "batch", "ranks", "steps"), [(11, 5, 1, 3), (10, 5, 1, 2), (11, 5, 2, 2), (12, 5, 2, 3),
                                                            (3, 8, 1, 1), (3, 8, 3, 1)])  # fmt: skip
def test_a_last_batch_that_leaves_a_rank_without_a_pair_is_left_out(toy_store_of, n, batch, ranks, steps):
    store = toy_store_of(size=16)
    part = load_part(store, [p.pair for p in store.pairs][:n])
    plan = replace(PLAN, batch=batch, ranks=ranks)
    assert steps_of(part, plan) == steps
    for rank in range(ranks):
        assert all(len(batch_at(part, replace(plan, rank=rank), 1, step)[0]) for step in range(steps))


def test_augmentation_is_a_function_of_seed_fold_epoch_and_pair(part):
    plan = replace(PLAN, augment=ALWAYS)
    first = images_by_pair(part, plan, 1)
    for same in (replace(plan, batch=1), replace(plan, batch=5, ranks=2), replace(plan, batch=4)):
        again = images_by_pair(part, same, 1)
        assert again.keys() <= first.keys()
        assert all(torch.equal(again[pair], first[pair]) for pair in again)
    for other, epoch in ((plan, 2), (replace(plan, seed=1), 1), (replace(plan, fold=1), 1)):
        again = images_by_pair(part, other, epoch)
        assert not any(torch.equal(again[pair], first[pair]) for pair in first)


def test_images_are_the_stores_own_in_one_layout(toy_store_of):
    store = toy_store_of(size=16)
    pairs = [store.pairs[i].pair for i in (7, 2)]
    x, y, mask, _ = take(load_part(store, pairs), [0, 1])
    for image, array in ((x, store.x), (y, store.y), (mask, store.mask)):
        assert image.shape == (2, 1, 16, 16)
        assert image.dtype is torch.float32
        np.testing.assert_array_equal(image[:, 0].numpy(), array[[7, 2]])


def test_images_too_many_for_memory_are_read_from_the_map(toy_store_of, monkeypatch):
    store = toy_store_of(size=16)
    pairs = [store.pairs[i].pair for i in (7, 2, 5)]
    plan = replace(PLAN, batch=2, augment=ALWAYS)
    loaded = load_part(store, pairs)
    monkeypatch.setattr(batches, "IN_MEMORY_BYTES", 0)
    mapped = load_part(store, pairs)
    assert len(mapped.x) == len(store.x)
    assert len(loaded.x) == len(loaded) == len(mapped) == 3
    for step in (0, 1):
        for one, other in zip(batch_at(loaded, plan, 1, step)[:3], batch_at(mapped, plan, 1, step)[:3], strict=True):
            assert torch.equal(one, other)


def test_in_turn_goes_through_all_pairs_unchanged(part):
    x = torch.cat([images.x for images in in_turn(part, 4)])
    np.testing.assert_array_equal(x[:, 0].numpy(), part.x)
    assert [len(images[0]) for images in in_turn(part, 4)] == [4, 4, 3]


def test_extra_channels_come_by_name_and_are_augmented_as_their_kind_is(toy_store_of):
    store = toy_store_of(size=16)
    store = add_channel(store.folder, "twin", np.asarray(store.x))
    part = load_part(store, [p.pair for p in store.pairs[:5]], ("lesion", "twin"))
    plan = replace(PLAN, augment=ALWAYS)
    images = batch_at(part, plan, 1, 0)
    assert torch.equal(images.extra["twin"], images.x), "a grey channel goes the way of LE"
    assert set(images.extra["lesion"].unique().tolist()) == {0, 1}, "a mask stays one"
    assert not torch.equal(images.extra["lesion"], take(part, order(part, plan, 1)).extra["lesion"])
    alone = batch_at(load_part(store, part.pairs), plan, 1, 0)
    assert alone.extra == {}
    assert all(torch.equal(a, b) for a, b in zip(alone[:3], images[:3], strict=True)), "LE, DES and mask as without"


def test_a_channel_that_the_data_lack_is_told(toy_store_of):
    store = toy_store_of(size=16)
    told = r"no channel 'low_dose'(.|\n)*one of des_0, des_10, le_0, le_10, lesion\n(.|\n)*add_channel"
    with pytest.raises(UsageError, match=told):
        load_part(store, [store.pairs[0].pair], ("low_dose",))


def test_a_stream_takes_every_pair_before_one_comes_again(part):
    rows = {part.x[i].tobytes(): part.pairs[i] for i in range(len(part))}
    seen = [rows[x.numpy().tobytes()] for n in range(22) for x in stream_at(part, replace(PLAN, batch=3), n).x]
    assert [len(set(seen[k : k + 11])) for k in range(0, 66, 11)] == [11] * 6
    assert seen[:11] == [part.pairs[i] for i in order(part, PLAN, 1)]


def test_a_stream_is_shared_by_ranks(part):
    whole = stream_at(part, replace(PLAN, augment=ALWAYS), 2).x
    shares = [stream_at(part, replace(PLAN, augment=ALWAYS, rank=r, ranks=2), 2).x for r in (0, 1)]
    torch.testing.assert_close(whole[0::2], shares[0], rtol=0, atol=0)
    torch.testing.assert_close(whole[1::2], shares[1], rtol=0, atol=0)


def test_two_batches_become_one(toy_store_of):
    store = toy_store_of(size=16)
    part = load_part(store, [p.pair for p in store.pairs], ["lesion"])
    both = joined(take(part, [0, 1]), take(part, [5]))
    expected = take(part, [0, 1, 5])
    torch.testing.assert_close(list(both[:3]), list(expected[:3]))
    torch.testing.assert_close(both.extra, expected.extra)


def test_the_mean_des_is_of_the_breast(part):
    expected = np.mean([y[mask].mean() for y, mask in zip(part.y, part.mask, strict=True)])
    assert mean_des(part) == pytest.approx(expected, rel=1e-6)
