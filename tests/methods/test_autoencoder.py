import pytest
import torch
from torch.nn import functional

from vcem.core.errors import UsageError
from vcem.methods.method import samples_of, spread_of


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


@pytest.fixture
def thinned(method_of):
    made = method_of("autoencoder-dropout")
    made.nets.eval()
    return made


def test_passes_differ_and_their_mean_is_the_prediction(thinned, batch):
    with torch.no_grad():
        samples = samples_of(thinned, batch.x, batch.mask, 2)
        torch.testing.assert_close(thinned.predict(batch.x, batch.mask), samples.mean(0), rtol=0, atol=0)
        other = samples_of(thinned, batch.x, batch.mask, 2, seed=1)
    assert samples.shape == (2, *batch.x.shape)
    assert spread_of(samples)[batch.mask > 0].mean() > 1e-4
    assert not torch.equal(samples, other)


def test_a_pass_is_the_same_again_alone_and_whatever_torch_drew_before(thinned, batch):
    with torch.no_grad():
        together = samples_of(thinned, batch.x, batch.mask, 3)
        torch.manual_seed(7)
        alone = [samples_of(thinned, x[None], m[None], 4)[:3] for x, m in zip(batch.x, batch.mask, strict=True)]
    torch.testing.assert_close(torch.cat(alone, 1), together, rtol=1e-5, atol=1e-6)


def test_a_pass_leaves_out_whole_channels_and_keeps_the_level(method_of):
    made = method_of("autoencoder-dropout", dropout=0.4)
    net, x = made.nets["G"].eval(), torch.ones(2, 500, 3, 3)
    kept = net.thinned(x, 0, (0, 1))
    assert sorted(kept.unique().tolist()) == pytest.approx([0, 1 / 0.6])
    assert torch.equal(kept, kept[:1, :, :1, :1].expand_as(kept)), "one thinning for all images and pixels"
    assert kept.mean().item() == pytest.approx(1, abs=0.15)
    assert torch.equal(net.thinned(x, 0, None), x)
    assert len(net.train().thinned(x, 0, None).mean((2, 3)).unique(dim=0)) == 2, "in training one for each image"


def test_one_pass_has_no_spread_and_no_dropout_no_passes(method_of, thinned, batch):
    with pytest.raises(UsageError, match=r"1 pass has no spread(.|\n)*2 passes or more"):
        spread_of(samples_of(thinned, batch.x, batch.mask, 1))
    with pytest.raises(UsageError, match="without dropout"):
        samples_of(method_of("autoencoder"), batch.x, batch.mask, 2)
    with pytest.raises(UsageError, match="'pix2pix' draws one image"):
        samples_of(method_of("pix2pix"), batch.x, batch.mask, 2)


@pytest.mark.parametrize("fields", [{"dropout": 0.1}, {"passes": 2}, {"dropout": 1.0, "passes": 2}])
def test_dropout_and_passes_come_together(method_of, fields):
    with pytest.raises(UsageError, match=r"come together|dropout"):
        method_of("autoencoder", **fields)
