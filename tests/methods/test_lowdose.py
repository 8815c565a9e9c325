from dataclasses import replace

import pytest
import torch

from toy_recipes import toy_recipe
from vcem.core.errors import UsageError
from vcem.core.seeds import seed_for

DOSED = ("le_0", "des_0", "le_10", "des_10")


@pytest.fixture
def dosed(batch, toy_store_of):
    """The batch with the exams at no dose and at 10 %."""
    store = toy_store_of(size=16)
    extra = {name: torch.tensor(store.channel(name)[:3])[:, None] for name in DOSED}
    return replace(batch, extra={**batch.extra, **extra})


def drawing(made, weight):
    """Let the method add the same grey to every pixel."""
    torch.nn.init.constant_(made.generator.head.bias, weight)
    return made


def test_what_it_adds_is_the_missing_share(method_of, dosed):
    inside = dosed.mask == 1
    for dose, added in ((0, 0.2), (10, 0.18), (100, 0.0)):
        made = drawing(method_of("lowdose", dose=dose), 0.2)
        inputs = {f"le_{dose}": dosed.extra["le_0"], f"des_{dose}": dosed.extra["des_0"]}
        with torch.no_grad():
            change = made.predict(dosed.x, dosed.mask, **inputs) - dosed.extra["des_0"]
        torch.testing.assert_close(change[inside], torch.full_like(change[inside], added), rtol=0, atol=1e-6)


def test_the_image_depends_on_le_des_and_dose_of_that_exam_and_on_no_other(method_of, dosed):
    made = method_of("lowdose", dose=10)
    made.nets.eval()
    torch.nn.init.normal_(made.generator.head.weight)
    inputs = {"le_10": dosed.extra["le_10"], "des_10": dosed.extra["des_10"]}
    with torch.no_grad():
        y_hat = made.predict(dosed.x, dosed.mask, **inputs)
        assert torch.equal(made.predict(dosed.y, dosed.mask, **inputs), y_hat), "LE at the full dose is not looked at"
        assert torch.equal(made.predict(inputs["le_10"], dosed.mask, des_10=inputs["des_10"]), y_hat)
        for name in inputs:
            assert not torch.equal(made.predict(dosed.x, dosed.mask, **inputs | {name: dosed.y}), y_hat)
        made.recipe = replace(made.recipe, dose=0)
        other = made.predict(dosed.x, dosed.mask, le_0=inputs["le_10"], des_0=inputs["des_10"])
        assert not torch.allclose(other - inputs["des_10"], (y_hat - inputs["des_10"]) / 0.9, atol=1e-6)


def test_doses_of_a_step_are_drawn_pair_by_pair_from_its_seed(method_of, dosed):
    made, seen = method_of("lowdose", lesion_weight=1.0, lambda_contrast=0.0), set()
    inside = dosed.mask.sum((1, 2, 3))
    apart = {d: ((dosed.extra[f"des_{d}"] - dosed.y).abs() * dosed.mask).sum((1, 2, 3)) / inside for d in (0, 10)}
    for step in range(20):
        losses = []
        for _ in range(2):
            torch.manual_seed(seed_for(0, "step", 0, 1, step, 0))
            ((_, loss),) = made.turns(dosed)
            losses.append(loss["distance"].item())
        assert losses[0] == losses[1]
        seen.add(round(losses[0], 6))
    possible = {round(sum(apart[d][i] for i, d in enumerate(ds)).item() / 3, 6)
                for ds in [(a, b, c) for a in (0, 10) for b in (0, 10) for c in (0, 10)]}  # fmt: skip
    assert seen == possible


@pytest.mark.parametrize(("setting", "message"), [
    ("doses=[0, 120]", "dose of 120 % is impossible"), ("doses=[5, 5]", "5 % is there twice"),
    ("doses=[]", "one dose or more"), ("dose=-1", "dose of -1 % is impossible"), ("masked=false", "masked is true"),
    ("doses=[2.5]", "method.doses"), ("lesion_weight=-1", "lesion_weight"),
])  # fmt: skip
def test_an_impossible_recipe_is_one_clear_error(tmp_path, setting, message):
    with pytest.raises(UsageError, match=message):
        toy_recipe(tmp_path, "lowdose", f"method.{setting}")
