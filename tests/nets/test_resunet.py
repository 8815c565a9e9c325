import pytest
import torch
from torch.nn import functional

from vcem.core.errors import UsageError
from vcem.nets.resunet import Breast, BreastNorm, PixelNorm, ResUNet, ResUNetShape, check_size, doubled, given

SHAPE = ResUNetShape(4, 3, 1, 4)


def drawing(shape=SHAPE, judged=False):
    """A network whose head no longer draws nothing."""
    torch.manual_seed(0)
    net = ResUNet(shape, judged=judged).eval()
    torch.nn.init.normal_(net.head.weight)
    net.mean.fill_(0.3)
    return net


def breasts(h=32, w=24):
    torch.manual_seed(1)
    mask = torch.zeros(2, 1, h, w)
    mask[0, :, 4:30, :17], mask[1, :, :, :9] = 1, 1
    return torch.rand(2, 1, h, w) * mask, mask


def test_it_begins_with_the_mean_in_the_breast_and_nothing_in_air():
    net = ResUNet(SHAPE)
    net.mean.fill_(0.3)
    x, mask = breasts()
    torch.testing.assert_close(net(x, mask), 0.3 * mask)


@pytest.mark.parametrize(("shape", "judged"), [(SHAPE, False), (ResUNetShape(4, 3, 1, 4, "batch", 3), True)])
def test_air_around_the_breast_and_other_images_of_the_batch_change_nothing(shape, judged):
    net, (x, mask) = drawing(shape, judged), breasts()
    with torch.no_grad():
        y_hat = net(x, mask)
        assert y_hat[mask > 0].std() > 0.05
        assert not y_hat[mask == 0].any()
        for i in (0, 1):
            torch.testing.assert_close(net(x[i : i + 1], mask[i : i + 1]), y_hat[i : i + 1])
        more = [functional.pad(t, (8, 16, 16, 8)) for t in (x, mask)]
        torch.testing.assert_close(net(*more)[:, :, 16:-8, 8:-16], y_hat)


def test_the_norm_is_group_norm_of_the_pixels_inside():
    torch.manual_seed(2)
    x, mask = torch.randn(2, 16, 6, 5), torch.zeros(2, 1, 6, 5)
    mask[:, :, 1:4, :3] = 1
    norm = BreastNorm(16)
    torch.nn.init.normal_(norm.weight)
    torch.nn.init.normal_(norm.bias)
    expected = functional.group_norm(x[:, :, 1:4, :3], 8, norm.weight, norm.bias)
    normed = norm(x, Breast(mask, mask.sum((2, 3))))
    torch.testing.assert_close(normed[:, :, 1:4, :3], expected, rtol=1e-4, atol=1e-4)


def test_the_norm_of_a_pixel_sees_no_other_pixel():
    torch.manual_seed(2)
    x, mask = torch.randn(2, 16, 6, 5), torch.ones(2, 1, 6, 5)
    norm, breast = PixelNorm(16), Breast(mask, mask.sum((2, 3)))
    torch.nn.init.normal_(norm.weight)
    torch.nn.init.normal_(norm.bias)
    expected = functional.layer_norm(x.movedim(1, 3), (16,), norm.weight, norm.bias).movedim(3, 1)
    torch.testing.assert_close(norm(x, breast), expected, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(norm(x[:, :, 2:3, 3:4], breast), norm(x, breast)[:, :, 2:3, 3:4])


def test_a_judged_lesion_is_drawn_by_its_verdict_where_it_is_found():
    net, (x, mask) = drawing(judged=True), breasts()
    net.amounts.copy_(torch.tensor([0.1, 0.05]))
    torch.nn.init.zeros_(net.judge.weight)
    with torch.no_grad():
        nowhere, unsure, inside = torch.tensor([-30.0, 0.0]), torch.tensor([30.0, -2.0]), mask[0, 0, 8:24, 2:14] > 0
        images = []
        for bias in (nowhere, unsure, torch.tensor([30.0, 4.0])):
            net.judge.bias.copy_(bias)
            images.append(net(x, mask)[0, 0, 8:24, 2:14][inside])
    torch.testing.assert_close(images[1], images[0])
    torch.testing.assert_close(images[2], images[0] + 0.3)


def test_doubling_is_bilinear_with_air_beyond_the_edge():
    x = torch.rand(1, 2, 5, 4)
    wide = functional.interpolate(functional.pad(x, (3, 3, 3, 3)), scale_factor=2, mode="bilinear")
    torch.testing.assert_close(doubled(x), wide[:, :, 6:-6, 6:-6])


def test_a_shape_that_cannot_be_halved_is_refused():
    with pytest.raises(UsageError, match=r"cannot halve 128 x 72 pixels(.|\n)*multiples of 32"):
        check_size(ResUNetShape(), (128, 72))
    with pytest.raises(UsageError, match="levels of 2 or more"):
        check_size(ResUNetShape(levels=1), (128, 128))
    check_size(ResUNetShape(), (256, 128))


def test_the_gradient_at_an_image_without_spread_is_finite():
    x, mask = torch.full((1, 1, 8, 8), 0.5, requires_grad=True), torch.ones(1, 1, 8, 8)
    given(x, mask).square().sum().backward()
    assert x.grad.isfinite().all()
