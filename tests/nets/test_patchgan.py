import pytest
import torch

from vcem.core.errors import UsageError
from vcem.methods.method import parameters
from vcem.nets.patchgan import PatchGAN, PatchGANShape, check_size


@pytest.mark.parametrize(("images", "norm", "count"), [(2, "batch", 2_764_609), (1, "instance", 2_762_689)])
def test_it_has_the_parameters_of_the_authors_network(images, norm, count):
    with torch.device("meta"):
        assert parameters(PatchGAN(PatchGANShape(), images, norm)) == count


@pytest.mark.parametrize(("size", "patches"), [(256, 30), (512, 62)])
def test_it_gives_one_verdict_a_patch(size, patches):
    with torch.device("meta"):
        assert PatchGAN(PatchGANShape(), 1, "instance")(torch.empty(1, 1, size, size)).shape[2:] == (patches, patches)


def test_seventy_pixels_see_into_each_verdict():
    net = torch.nn.Sequential(*(m for m in PatchGAN(PatchGANShape(2, 3), 1, "batch").layers)).eval()
    x = torch.randn(1, 1, 128, 128, requires_grad=True)
    net(x)[0, 0, 7, 7].backward()
    rows = x.grad[0, 0].abs().sum(1).nonzero()
    assert int(rows.max() - rows.min()) + 1 == 70


def test_a_size_that_leaves_no_patch_is_refused():
    with pytest.raises(UsageError, match="at least 24"):
        check_size(PatchGANShape(), (24, 16))
    check_size(PatchGANShape(), (24, 32))
