import pytest
import torch

from vcem.folders.prepared import UNKNOWN
from vcem.methods.crops import AWAY, crop

SIDE = 16


@pytest.fixture
def scene():
    """Sixty images alike: a breast at the left, one lesion of 9 pixels in it, one channel that numbers the pixels."""
    mask = torch.zeros(60, 1, 40, 30)
    mask[..., :20] = 1
    labels = torch.zeros(60, 1, 40, 30)
    labels[:, :, 10:13, 15:18] = 1
    places = torch.arange(1, 40 * 30 + 1).float().reshape(1, 1, 40, 30).expand(60, -1, -1, -1)
    return torch.cat([places, mask, labels], 1), labels, mask


def cropped(scene, seed=0):
    torch.manual_seed(seed)
    return crop(*scene, SIDE)


def test_parts_are_pieces_of_their_images_in_eight_ways(scene):
    parts = cropped(scene)
    assert parts.shape == (60, 3, SIDE, SIDE)
    ways = set()
    for places in parts[:, 0].int():
        inside = places[places > 0]
        assert len(inside.unique()) == len(inside), "no pixel twice"
        down, across = places[1, 0] - places[0, 0], places[0, 1] - places[0, 0]
        if (places > 0).all():
            ways.add((int(down), int(across)))
            assert {abs(int(down)), abs(int(across))} == {1, 30}
    assert len(ways) == 8


def test_most_parts_hold_the_lesion_and_all_of_them_breast(scene):
    _, mask, labels = cropped(scene).split(1, 1)
    held = (labels.sum((1, 2, 3)) == 9).float().mean()
    assert 0.6 < held < 0.95
    assert (mask.sum((1, 2, 3)) > 0).all()
    centres = torch.stack([one[0].nonzero().float().mean(0) for one in labels if one.any()])
    near = (centres - SIDE / 2).abs().amax(1) <= AWAY * SIDE + 2
    assert near.float().mean() > 0.7


@pytest.mark.parametrize("number", [0, UNKNOWN])
def test_without_a_known_lesion_parts_lie_anywhere_in_the_breast(scene, number):
    images, labels, mask = scene
    parts = cropped((images, torch.full_like(labels, number), mask))
    first = parts[:, 0].flatten(1).amax(1)
    assert len(first.unique()) > 30


def test_the_seed_alone_decides(scene):
    torch.testing.assert_close(cropped(scene), cropped(scene), rtol=0, atol=0)
    assert (cropped(scene) != cropped(scene, seed=1)).any()


def test_an_image_without_a_breast_gives_black(scene):
    images, labels, mask = (torch.zeros_like(t) for t in scene)
    assert not cropped((images, labels, mask)).any()
