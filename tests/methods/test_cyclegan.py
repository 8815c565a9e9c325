import pytest
import torch

from vcem.core.errors import UsageError


def masked_l1(a, b, mask):
    each = [((i - j).abs() * m).sum() / m.sum().clamp_min(1) for i, j, m in zip(a, b, mask, strict=True)]
    return torch.stack(each).mean()


def plain(made, batch, masked, sigmoid=True, within=None):
    """Every term by one forward an image kind, as the authors' code; L1 terms within a mask of their own if given."""
    mask = batch.mask if masked else torch.ones_like(batch.mask)
    x, y, nets = batch.x * mask, batch.y * mask, made.nets

    def draw(name, image):
        return nets[name](image) * mask

    def judge(name, image, wanted):
        verdict = nets[name](image)
        return (((torch.sigmoid(verdict) if sigmoid else verdict) - wanted) ** 2).mean()

    y_hat, x_hat = draw("G", x), draw("F", y)
    looked_at = mask if within is None else within
    return {
        "d.y": (judge("D_y", y, 1) + judge("D_y", y_hat, 0)) / 2,
        "d.x": (judge("D_x", x, 1) + judge("D_x", x_hat, 0)) / 2,
        "g.adversarial": judge("D_y", y_hat, 1) + judge("D_x", x_hat, 1),
        "g.cycle": 10 * (masked_l1(draw("F", y_hat), x, looked_at) + masked_l1(draw("G", x_hat), y, looked_at)),
        "g.identity": 5 * (masked_l1(draw("G", y), y, looked_at) + masked_l1(draw("F", x), x, looked_at)),
        "g.paired": masked_l1(y_hat, y, looked_at) + masked_l1(x_hat, x, looked_at),
    }


def terms(made, batch):
    return {f"{whose}.{name}": term for whose, loss in made.turns(batch) for name, term in loss.items()}


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("sigmoid", [False, True])
def test_losses_are_those_of_a_plain_computation(method_of, batch, masked, sigmoid):
    made = method_of("cyclegan", masked=masked, sigmoid=sigmoid)
    found, expected = terms(made, batch), plain(made, batch, masked, sigmoid)
    assert list(found) == ["d.y", "d.x", "g.adversarial", "g.cycle", "g.identity"], "the judges first; no paired term"
    for name, term in found.items():
        torch.testing.assert_close(term, expected[name], rtol=2e-5, atol=1e-6)


def test_a_paired_term_can_be_asked_for(method_of, batch):
    made = method_of("cyclegan", lambda_paired=3.0)
    torch.testing.assert_close(terms(made, batch)["g.paired"], 3 * plain(made, batch, True)["g.paired"])


@pytest.mark.parametrize(("name", "source", "target"), [("G", "x", "y"), ("F", "y", "x")])
def test_translation_and_identity_in_one_forward_are_those_of_two(method_of, batch, name, source, target):
    made = method_of("cyclegan", masked=False)
    x, y = getattr(batch, source), getattr(batch, target)
    translated, same = made._draw(name, x, y, batch.mask)
    torch.testing.assert_close(translated, made.nets[name](x), rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(same, made.nets[name](y), rtol=1e-5, atol=1e-6)


def test_each_turn_gives_gradients_to_its_own_networks_only(method_of, batch):
    made = method_of("cyclegan")
    turns = made.turns(batch)
    for own, others in ((("D_y", "D_x"), ("G", "F")), (("G", "F"), ("D_y", "D_x"))):
        made.nets.zero_grad()
        sum(next(turns)[1].values()).backward()
        assert all(p.grad is not None for name in own for p in made.nets[name].parameters())
        assert all(p.grad is None for name in others for p in made.nets[name].parameters())
        assert all(p.requires_grad for p in made.nets.parameters())


def test_the_generators_answer_the_new_judges(method_of, batch):
    made = method_of("cyclegan")
    turns = made.turns(batch)
    next(turns)
    with torch.no_grad():
        for name in ("D_y", "D_x"):
            made.nets[name].layers[-1].bias += 1  # as if they had stepped
    torch.testing.assert_close(next(turns)[1]["adversarial"], plain(made, batch, True)["g.adversarial"])


def test_gradients_of_the_generators_are_those_of_a_plain_computation(method_of, batch):
    made = method_of("cyclegan")
    loss = dict(made.turns(batch))["g"]
    expected = plain(made, batch, True)
    weights = [*made.nets["G"].parameters(), *made.nets["F"].parameters()]
    found = torch.autograd.grad(sum(loss.values()), weights)
    wanted = torch.autograd.grad(expected["g.adversarial"] + expected["g.cycle"] + expected["g.identity"], weights)
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-5)


def test_it_predicts_des_from_le(method_of, batch):
    made = method_of("cyclegan", masked=False)
    assert torch.equal(made.predict(batch.x, batch.mask), made.nets["G"](batch.x))
    assert not torch.equal(made.nets["F"](batch.x), made.nets["G"](batch.x))


def test_residual_u_nets_draw_both_ways_in_the_breast_under_the_same_losses(method_of, batch):
    made = method_of("cyclegan-resunet")
    made.begin(0.25)
    loss = terms(made, batch)
    assert list(loss) == ["d.y", "d.x", "g.adversarial", "g.cycle", "g.identity"]
    x, y, mask = batch.x * batch.mask, batch.y * batch.mask, batch.mask
    y_hat, x_hat, y_same, x_same = 0.25 * mask, 0.5 * mask, 0.25 * mask, 0.5 * mask  # heads begin with zeros
    torch.testing.assert_close(loss["g.identity"], 5 * (masked_l1(y_same, y, mask) + masked_l1(x_same, x, mask)))
    torch.testing.assert_close(loss["g.cycle"], 10 * (masked_l1(x_hat, x, mask) + masked_l1(y_hat, y, mask)))
    assert {type(made.nets[name]).__name__ for name in "GF"} == {"ResUNet"}


def test_a_residual_u_net_has_no_features_in_air(method_of):
    with pytest.raises(UsageError, match="masked is true"):
        method_of("cyclegan-resunet", masked=False)


@pytest.mark.parametrize(("table", "message"), [
    ('{kind="unet"}', "resnet"), ('{kind="resunet", depth=3}', "depth"), ("{levels=3}", "levels"),
    ('{kind="resunet", judged=true}', "judged"),
])  # fmt: skip
def test_a_wrong_generator_is_told(method_of, table, message):
    with pytest.raises(UsageError, match=rf"generator(.|\n)*{message}"):
        method_of("cyclegan", generator=table)


def test_every_l1_term_comes_once_more_inside_lesions(method_of, batch):
    made = method_of("cyclegan", lambda_lesion=3.0, lambda_paired=1.0)
    copies = plain(made, batch, True, within=(batch.extra["lesion"] > 0) * batch.mask)
    expected = 3 * (copies["g.cycle"] + copies["g.identity"] + copies["g.paired"])
    torch.testing.assert_close(terms(made, batch)["g.lesion"], expected, rtol=2e-5, atol=1e-6)
