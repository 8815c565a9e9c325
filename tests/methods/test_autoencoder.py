import pytest
import torch
from torch.nn import functional


@pytest.mark.parametrize("masked", [False, True])
def test_its_one_turn_is_l1(method_of, batch, masked):
    made = method_of("autoencoder", masked=masked)
    ((whose, loss),) = made.turns(batch)
    assert whose == "g"
    assert list(loss) == ["l1"]
    mask = batch.mask if masked else torch.ones_like(batch.mask)
    y_hat = made.nets["G"](batch.x * mask)
    each = [((a - b).abs() * m).sum() / m.sum() for a, b, m in zip(y_hat, batch.y, mask, strict=True)]
    torch.testing.assert_close(loss["l1"], torch.stack(each).mean())
    if not masked:
        torch.testing.assert_close(loss["l1"], functional.l1_loss(y_hat, batch.y))


def test_it_predicts_what_its_network_draws(method_of, batch):
    made = method_of("autoencoder", masked=False)
    made.nets.eval()
    assert torch.equal(made.predict(batch.x, batch.mask), made.nets["G"](batch.x))


def test_a_masked_one_never_sees_the_air(method_of, batch):
    made = method_of("autoencoder")
    made.nets.eval()
    bright_air = batch.x + (1 - batch.mask)
    assert torch.equal(made.predict(bright_air, batch.mask), made.predict(batch.x, batch.mask))
