import torch

from vcem.methods.method import samples_of
from vcem.methods.mirrored import Mirrored


def test_the_prediction_is_the_mean_over_both_sides(method_of, batch):
    plain = method_of("pix2pix")
    plain.nets.eval()
    x, mask = batch.x, batch.mask
    with torch.no_grad():
        both = Mirrored(plain).predict(x, mask)
        expected = (plain.predict(x, mask) + plain.predict(x.flip(3), mask.flip(3)).flip(3)) / 2
        turned = Mirrored(plain).predict(x.flip(3), mask.flip(3)).flip(3)
        assert (both - plain.predict(x, mask)).abs().max() > 1e-3
    torch.testing.assert_close(both, expected)
    torch.testing.assert_close(both, turned)


def test_passes_are_means_over_both_sides(method_of, batch):
    plain = method_of("autoencoder-dropout")
    plain.nets.eval()
    with torch.no_grad():
        both = samples_of(Mirrored(plain), batch.x, batch.mask, 2)
        torch.testing.assert_close(both.mean(0), Mirrored(plain).predict(batch.x, batch.mask))
