import pytest
import torch
from torch import nn

from vcem.core.errors import UsageError
from vcem.methods.bridge import _noise
from vcem.methods.losses import l1
from vcem.methods.method import samples_of, spread_of


@pytest.fixture
def drawing(method_of):
    """A bridge of two passes whose generator no longer draws one grey."""
    made = method_of("bridge", passes=2)
    nn.init.normal_(made.generator.head.weight)
    made.begin(0.3)
    return made


def test_its_losses_are_those_of_pix2pix_with_a_slope(method_of, batch):
    made = method_of("bridge", lambda_l1=7.0, lambda_r1=4.0)
    made.begin(0.25)
    (d, of_d), (g, of_g) = made.turns(batch)
    assert (d, g) == ("d", "g")
    x, y = batch.x * batch.mask, batch.y * batch.mask
    real, fake = (made.judge(torch.cat([x, image], 1)) for image in (y, 0.25 * batch.mask))
    torch.testing.assert_close(of_d["real"], nn.functional.softplus(-real).mean())
    torch.testing.assert_close(of_d["fake"], nn.functional.softplus(fake).mean())
    torch.testing.assert_close(of_g["adversarial"], nn.functional.softplus(-fake).mean())
    torch.testing.assert_close(of_g["l1"], 7 * l1(0.25 * batch.mask, y, batch.mask))
    assert of_d["r1"] > 0


def test_the_slope_is_that_of_the_verdict_along_des_and_the_judge_learns_from_it(method_of, batch):
    made = method_of("bridge")
    made.judge = nn.Conv2d(2, 1, 1).double()  # float32 rounds what the sum over all pixels takes away again
    made.judge.weight.data[:] = torch.tensor([5.0, 0.5])[None, :, None, None]
    slope = made._slope(batch.x.double(), batch.y.double())
    slope.backward()
    assert slope.item() == pytest.approx(0.25)
    assert made.judge.weight.grad.flatten().tolist() == pytest.approx([0, 1])


def test_the_bridge_stands_on_des_and_on_noisy_le(method_of, batch):
    made, e = method_of("bridge", noise=0.1), torch.randn_like(batch.x)
    shares = [torch.full((3, 1, 1, 1), share) for share in (0.0, 0.5, 1.0)]
    begun, half, ended = (made._between(batch.x, batch.y, share, e) for share in shares)
    torch.testing.assert_close(begun, batch.y)
    torch.testing.assert_close(half, (batch.x + batch.y) / 2 + 0.1 * 0.5**0.5 * e)
    torch.testing.assert_close(ended, batch.x + 0.1 * e)


def test_each_turn_gives_gradients_to_its_own_network_only(drawing, batch):
    turns = drawing.turns(batch)
    for own, other in (("D", "G"), ("G", "D")):
        drawing.nets.zero_grad()
        sum(next(turns)[1].values()).backward()
        assert all(p.grad is not None for p in drawing.nets[own].parameters())
        assert all(p.grad is None for p in drawing.nets[other].parameters())


def test_samples_differ_by_their_noise_and_are_the_same_again_and_alone(drawing, batch):
    with torch.no_grad():
        samples = samples_of(drawing, batch.x, batch.mask, 3)
        torch.manual_seed(7)
        alone = [samples_of(drawing, x[None], m[None], 3) for x, m in zip(batch.x, batch.mask, strict=True)]
        other = samples_of(drawing, batch.x, batch.mask, 3, seed=1)
        predicted = drawing.predict(batch.x, batch.mask)
    torch.testing.assert_close(torch.cat(alone, 1), samples, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(predicted, samples[:2].mean(0))
    assert spread_of(samples)[batch.mask > 0].mean() > 1e-4
    assert not torch.equal(samples, other)


def test_steps_and_recursions_count_the_estimates(method_of, batch):
    made, seen = method_of("bridge", steps=3, recursions=2), []
    made.generator.head.register_forward_pre_hook(lambda *_: seen.append(1))
    made.samples(batch.x, batch.mask, 2)
    assert len(seen) == 2 * 3 * 2


def test_noise_is_repeated_beyond_its_tile():
    small, large = (_noise(torch.zeros(1, 1, *size), 0, 1) for size in ((16, 24), (144, 80)))
    torch.testing.assert_close(large[:, :, :16, :24], small)
    torch.testing.assert_close(large[:, :, 64:128], large[:, :, :64])
    assert small.std().item() == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize(("field", "value"), [("masked", False), ("steps", 0), ("passes", 0), ("noise", -0.1),
                                              ("generator", "{judged=true}")])  # fmt: skip
def test_impossible_fields_are_refused(method_of, field, value):
    with pytest.raises(UsageError, match="judged" if field == "generator" else field):
        method_of("bridge", **{field: value})
