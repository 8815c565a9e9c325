import dataclasses

import pytest
import torch

from vcem.core.seeds import rng_for
from vcem.train.recipe import Curve, Plateau, Training
from vcem.train.stop import Standing, is_over, learning_rate_factor, observe


def training(**fields):
    return Training(**{"epochs": 100, "batch": 1, "patience": 3} | fields)


def course(rules, losses):
    """The standing after each epoch."""
    standings, standing = [], Standing()
    for epoch, loss in enumerate(losses, 1):
        standing = observe(standing, rules, epoch, loss)
        standings.append(standing)
    return standings


def ends_after(rules, losses):
    for epoch, standing in enumerate(course(rules, losses), 1):
        if is_over(standing, rules, epoch):
            return epoch
    return None


def test_the_lowest_loss_is_the_best_and_a_tie_is_not_lower():
    assert [s.best_epoch for s in course(training(), [5.0, 4.0, 4.5, 4.0, 3.0])] == [1, 2, 2, 2, 5]


def test_training_ends_after_patience_epochs_without_a_better_one():
    assert ends_after(training(), [5.0, 4.0, 4.0, 4.1, 4.2, 1.0]) == 5
    assert ends_after(training(), [5.0, 4.0, 4.0, 4.1, 3.9, 4.0, 4.0]) is None
    assert ends_after(training(epochs=2), [3.0, 2.0, 1.0]) == 2


def test_the_best_during_the_warm_up_counts_no_longer_after_it():
    standings = course(training(warm_up=2), [1.0, 0.5, 3.0, 4.0, 2.0])
    assert [s.best_epoch for s in standings] == [1, 2, 3, 3, 5]
    assert standings[-1].best == 2.0


def test_no_patience_is_lost_during_the_warm_up():
    losses = [1.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0]
    assert ends_after(training(), losses) == 4
    assert ends_after(training(warm_up=5), losses) == 9, "epoch 6 is the first that may be the best"


def test_an_end_within_the_warm_up_still_has_a_best_epoch():
    rules = training(epochs=3, warm_up=50)
    assert course(rules, [3.0, 1.0, 2.0])[-1].best_epoch == 2
    assert ends_after(rules, [3.0, 1.0, 2.0]) == 3


@pytest.mark.parametrize("seed", range(20))
def test_the_plateau_is_torchs(seed):
    rng = rng_for(seed, "plateau")
    patience, factor = int(rng.integers(0, 5)), float(rng.choice([0.1, 0.5]))
    rules = training(plateau=Plateau(patience, factor), patience=1000, epochs=1000)
    losses = list(1 + 0.5 ** np_steps(rng, 60) + rng.normal(0, 3e-4, 60))
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimiser, "min", factor, patience, eps=0)
    expected = []
    for loss in losses:
        scheduler.step(loss)
        expected.append(optimiser.param_groups[0]["lr"])
    found = [learning_rate_factor(s, rules, epoch + 1) for epoch, s in enumerate(course(rules, losses), 1)]
    assert found == pytest.approx(expected, rel=1e-9)
    assert min(expected) < 1, "the learning rate did fall"


def np_steps(rng, n):
    return rng.uniform(0, 0.6, n).cumsum()


def test_an_improvement_of_less_than_a_ten_thousandth_is_none_to_the_plateau_but_is_the_best():
    rules = training(plateau=Plateau(patience=0))
    last = course(rules, [1.0, 0.99995])[-1]
    assert last.lr_scale == pytest.approx(0.1)
    assert last.best_epoch == 2


def test_the_learning_rate_falls_in_equal_steps_towards_0():
    rules = training(epochs=6, decay_from=4)
    factors = [learning_rate_factor(Standing(), rules, epoch) for epoch in range(1, 7)]
    assert factors == pytest.approx([1, 1, 1, 0.75, 0.5, 0.25])


def test_decay_and_plateau_multiply():
    rules = training(epochs=4, decay_from=3)
    assert learning_rate_factor(Standing(lr_scale=0.1), rules, 4) == pytest.approx(0.1 / 3)


def test_without_either_it_stays():
    assert learning_rate_factor(Standing(), training(), 99) == 1


def test_a_standing_is_plain_numbers_that_a_checkpoint_can_hold():
    standing = course(training(), [2.0, 1.0])[-1]
    assert Standing(**dataclasses.asdict(standing)) == standing


@pytest.mark.parametrize("curve", ["cosine", "one-cycle"])
def test_a_curve_rises_and_falls_within_epochs_and_ignores_the_plateau(curve):
    rules = training(epochs=10, curve=Curve(curve, 0.2))
    rates = [learning_rate_factor(Standing(lr_scale=0.1), rules, e, s / 4) for e in range(1, 11) for s in range(4)]
    assert rates[0] == pytest.approx(0.04)
    assert rates[8] == max(rates) == 1.0
    assert rates[:9] == sorted(rates[:9])
    assert rates[8:] == sorted(rates[8:], reverse=True)
    assert rates[24] == pytest.approx(0.5), "half way down the cosine"
    assert rates[-1] < 0.01
    half_way_up = rates[4]
    assert half_way_up == pytest.approx(0.52), "both curves cross there"
    assert (rates[2] < 0.04 + 0.96 / 4) == (curve == "one-cycle")


def test_a_curve_and_another_schedule_are_refused():
    with pytest.raises(ValueError, match="leave decay_from and plateau out"):
        training(curve=Curve("cosine"), decay_from=3)
