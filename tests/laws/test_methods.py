"""Laws over every method."""

import pytest
import torch

from toy_recipes import FORMS_SLOW, KINDS, three_folds, toy_recipe
from vcem.core.errors import UsageError
from vcem.core.files import sha256
from vcem.core.seeds import seed_for
from vcem.data.batches import Plan, in_turn, load_part
from vcem.methods import METHODS, build
from vcem.methods.method import Batch
from vcem.train.display import Silent
from vcem.train.fold import Options, train_fold
from vcem.train.loop import Job, train
from vcem.train.step import Stepper

every = pytest.mark.parametrize("kind", KINDS)
DOSED = ["le_0", "des_0", "le_10", "des_10"]
CPU = torch.device("cpu")
ONE_THREAD = Options(threads=1)


@pytest.fixture
def store(toy_store_of):
    return toy_store_of(size=16)


@pytest.fixture
def made(request, tmp_path):
    torch.manual_seed(seed_for(0, "law"))
    return lambda kind: build(toy_recipe(tmp_path, kind).method, (16, 16))


def batch_of(store, n):
    (images,) = in_turn(load_part(store, [p.pair for p in store.pairs[:n]], ["lesion", *DOSED]), n)
    return Batch(*images)


def drawn(method, batch, *rows):
    """Return the method's images of some rows of a batch, or of all."""
    chosen = [*rows] or slice(None)
    inputs = {name: batch.extra[name][chosen] for name in method.recipe.inputs}
    return method.predict(batch.x[chosen], batch.mask[chosen], **inputs)


def test_the_laws_hold_for_the_whole_table():
    assert {kind.partition("-")[0] for kind in KINDS} == set(METHODS)


@pytest.mark.parametrize("kind", FORMS_SLOW)
def test_it_overfits_two_pairs(kind, made, store):
    batch, stepper = batch_of(store, 2), Stepper(made(kind), CPU)
    stepper.set_learning_rate(5)
    course = [stepper.take(batch) for _ in range(50)]
    distance = [sum(v for name, v in terms.items() if name.startswith("g.") and "adv" not in name) for terms in course]
    assert sum(distance[-5:]) / 5 < 0.6 * distance[0]


@every
def test_its_images_keep_their_shape_lie_in_range_and_are_black_in_the_air(kind, made, store):
    method, batch = made(kind), batch_of(store, 5)
    method.nets.eval()
    with torch.inference_mode():
        y_hat = drawn(method, batch)
    assert y_hat.shape == batch.x.shape
    assert 0 <= y_hat.min() <= y_hat.max() <= 1
    assert method.recipe.masked
    assert not y_hat[batch.mask == 0].any(), "exactly 0"
    assert y_hat[batch.mask == 1].all()


@every
def test_each_image_is_predicted_alone(kind, made, store):
    method, batch = made(kind), batch_of(store, 3)
    method.nets.eval()
    with torch.inference_mode():
        together = drawn(method, batch)
        alone = [drawn(method, batch, i) for i in range(len(batch.x))]
    torch.testing.assert_close(together, torch.cat(alone), rtol=1e-5, atol=1e-6)


@every
def test_it_trains_in_bfloat16_with_weights_and_losses_in_single_precision(kind, made, store):
    batch, method = batch_of(store, 3), made(kind)
    stepper = Stepper(method, CPU, torch.bfloat16)
    for _ in range(3):
        losses = stepper.take(batch)
        assert all(torch.tensor(list(losses.values())).isfinite())
    assert {p.dtype for p in method.nets.parameters()} == {torch.float32}
    steps = 2 if kind == "lowdose" else 1  # whose head begins with zeros, before and beside which nothing is rounded
    steppers = [Stepper(made(kind), CPU), Stepper(made(kind), CPU, torch.bfloat16)]
    exact, half = ([stepper.take(batch) for _ in range(steps)] for stepper in steppers)
    assert exact != half, "it does compute in bfloat16"


@every
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(kind, store, tmp_path):
    folds, sums = three_folds(store), []
    for out, seed in (("a", 0), ("b", 0), ("c", 1)):
        recipe = toy_recipe(tmp_path, kind, f"seed={seed}", "training.epochs=2")
        run = train_fold(recipe, store, folds, 1, tmp_path / out, ONE_THREAD)
        sums.append(sha256(run.folder / "best.safetensors"))
    assert sums[0] == sums[1] != sums[2]


class StopAt(Silent):
    """Ends training at the n-th step."""

    def __init__(self, n):
        self.left = n

    def step(self, epoch, done, steps):
        self.left -= 1
        if self.left < 0:
            raise InterruptedError


@pytest.mark.parametrize("kind", FORMS_SLOW)
@pytest.mark.parametrize("checkpoint_steps", [0, 1])
def test_a_stopped_training_goes_on_to_the_same_bits(kind, checkpoint_steps, store, tmp_path):
    recipe, fold = toy_recipe(tmp_path, kind, "training.batch=1"), three_folds(store).folds[0]
    parts = [load_part(store, pairs, recipe.method.channels) for pairs in (fold.train, fold.val)]

    def run(name, display):
        torch.manual_seed(0)
        method = build(recipe.method, (16, 16))
        folder = tmp_path / name
        plan = Plan(recipe.seed, 0, 1, recipe.augment)
        train(Job(folder, recipe.training, plan, *parts, CPU, checkpoint_steps=checkpoint_steps), method, display)
        return torch.load(folder / "state.pt", weights_only=True), sha256(folder / "best.safetensors")

    unbroken, weights = run("unbroken", Silent())
    for n in (0, 2, 4, 5):  # before any checkpoint, within the first epoch, at its end, in the second
        with pytest.raises(InterruptedError):
            run("broken", StopAt(n))
    resumed, again = run("broken", Silent())
    assert weights == again
    del unbroken["position"]["seconds"], resumed["position"]["seconds"]
    torch.testing.assert_close(resumed, unbroken, rtol=0, atol=0)


@every
def test_a_generator_takes_every_multiple_of_its_step_and_no_other_size(kind, made, tmp_path):
    recipe, method = toy_recipe(tmp_path, kind).method, made(kind)
    method.nets.eval()
    step = recipe.multiple
    for shape in ((16, 16), (16, 16 + step), (48, 32)):
        x = torch.rand(1, 1, *shape)
        assert method.predict(x, torch.ones_like(x), **dict.fromkeys(recipe.inputs, x)).shape == x.shape
    with pytest.raises(UsageError, match=f"multiples of {step}"):
        build(recipe, (16, 16 + step // 2))
