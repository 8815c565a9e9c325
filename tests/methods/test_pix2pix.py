import copy

import pytest
import torch
from torch.nn import functional

from vcem.train.step import Stepper, to_channels_last

bce = functional.binary_cross_entropy_with_logits


def masked_l1(a, b, mask):
    return torch.stack([((i - j).abs() * m).sum() / m.sum() for i, j, m in zip(a, b, mask, strict=True)]).mean()


def pieces(batch, masked):
    mask = batch.mask if masked else torch.ones_like(batch.mask)
    return batch.x * mask, batch.y * mask, mask


@pytest.mark.parametrize("masked", [False, True])
def test_losses_are_those_of_a_plain_computation(method_of, batch, masked):
    made = method_of("pix2pix", masked=masked)
    made.nets.eval()  # no dropout, and batch norm that keeps no count of forwards
    G, D, (x, y, mask) = made.nets["G"], made.nets["D"], pieces(batch, masked)
    y_hat = G(x) * mask
    real, fake = D(torch.cat([x, y], 1)), D(torch.cat([x, y_hat], 1))

    (d, of_d), (g, of_g) = made.turns(batch)
    assert (d, g) == ("d", "g"), "D steps first"
    torch.testing.assert_close(of_d["real"], bce(real, torch.ones_like(real)) / 2)
    torch.testing.assert_close(of_d["fake"], bce(fake, torch.zeros_like(fake)) / 2)
    torch.testing.assert_close(of_g["adversarial"], bce(fake, torch.ones_like(fake)))
    torch.testing.assert_close(of_g["l1"], 100 * masked_l1(y_hat, y, mask))
    assert [len(of_d), len(of_g)] == [2, 2]


def test_lambda_weighs_l1(method_of, batch):
    losses = []
    for weight in (100.0, 7.0):
        made = method_of("pix2pix", lambda_l1=weight)
        made.nets.eval()
        losses.append(dict(made.turns(batch))["g"]["l1"])
    torch.testing.assert_close(losses[0] / 100, losses[1] / 7)


def test_each_turn_gives_gradients_to_its_own_networks_only(method_of, batch):
    made = method_of("pix2pix")
    turns = made.turns(batch)
    for own, other in (("D", "G"), ("G", "D")):
        made.nets.zero_grad()
        sum(next(turns)[1].values()).backward()
        assert all(p.grad is not None and p.grad.any() for p in made.nets[own].parameters())
        assert all(p.grad is None for p in made.nets[other].parameters())
        assert all(p.requires_grad for p in made.nets.parameters())


def test_the_generator_answers_the_new_discriminator(method_of, batch):
    made = method_of("pix2pix")
    made.nets.eval()
    turns = made.turns(batch)
    next(turns)
    with torch.no_grad():
        made.nets["D"].layers[-1].bias += 1  # as if D had stepped
    _, loss = next(turns)
    x, _, mask = pieces(batch, masked=True)
    fake = made.nets["D"](torch.cat([x, made.nets["G"](x) * mask], 1))
    torch.testing.assert_close(loss["adversarial"], bce(fake, torch.ones_like(fake)))


def eager_loop(nets, batch, steps, adam):
    """The authors' alternating update, written out; each step with a seed of its own, as the loop does."""
    x, y, mask = pieces(batch, masked=True)
    of = {n: torch.optim.Adam(nets[n].parameters(), adam.lr, (adam.beta1, adam.beta2)) for n in ("D", "G")}
    G, D = nets["G"], nets["D"]
    for step in range(steps):
        torch.manual_seed(step)
        y_hat = torch.where(mask > 0, G(x), 0)
        real, fake = D(torch.cat([x, y], 1)), D(torch.cat([x, y_hat.detach()], 1))
        of["D"].zero_grad()
        ((bce(real, torch.ones_like(real)) + bce(fake, torch.zeros_like(fake))) / 2).backward()
        of["D"].step()
        fake = D(torch.cat([x, y_hat], 1))
        of["G"].zero_grad()
        (bce(fake, torch.ones_like(fake)) + 100 * masked_l1(y_hat, y, mask)).backward()
        of["G"].step()


def test_alternating_updates_equal_a_plain_eager_loop(method_of, batch):
    made = method_of("pix2pix")
    plain, before = copy.deepcopy(made.nets), copy.deepcopy(made.nets.state_dict())
    to_channels_last(plain)
    eager_loop(plain, batch, 4, made.recipe.adam)
    stepper = Stepper(made, torch.device("cpu"))
    for step in range(4):
        torch.manual_seed(step)
        stepper.take(batch)
    after = made.nets.state_dict()
    for name, tensor in plain.state_dict().items():
        torch.testing.assert_close(after[name], tensor, rtol=1e-5, atol=1e-6)
    moved = [n for n, p in made.nets.named_parameters() if (after[n] - before[n]).abs().max() > 1e-4]
    assert len(moved) == len(list(made.nets.parameters())), "every weight has moved a hundred tolerances"


def test_the_l1_term_comes_once_more_inside_lesions(method_of, batch):
    made = method_of("pix2pix", lambda_lesion=3.0)
    made.nets.eval()
    x, y, mask = pieces(batch, masked=True)
    lesions = (batch.extra["lesion"] > 0) * mask
    apart = ((made.nets["G"](x) - y).abs() * lesions).sum((1, 2, 3)) / lesions.sum((1, 2, 3)).clamp_min(1)
    torch.testing.assert_close(dict(made.turns(batch))["g"]["lesion"], 3 * 100 * apart.mean())
