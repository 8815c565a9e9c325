import numpy as np
import pytest
from PIL import Image

from vcem.core.errors import FailureError
from vcem.ingest.masks import read_mask


def write(path, mask):
    Image.fromarray(mask.astype(np.uint8) * 255).save(path)
    return path


def area(points):
    x, y = np.array(points).T
    return abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2


def test_each_region_is_one_polygon_around_its_pixels(tmp_path):
    mask = np.zeros((20, 30), bool)
    mask[2:8, 3:9] = True
    mask[12:18, 20:28] = True
    first, second = read_mask(write(tmp_path / "a.png", mask), 30, 20)
    assert (first.shape, second.shape) == ("polygon", "polygon")
    assert np.array(first.points).min(0).tolist() == [2.5, 1.5]
    assert np.array(first.points).max(0).tolist() == [8.5, 7.5]
    assert area(second.points) == pytest.approx(48, abs=1)


def test_region_at_the_edge_of_the_image_is_closed(tmp_path):
    mask = np.zeros((20, 30), bool)
    mask[:5, :6] = True
    (found,) = read_mask(write(tmp_path / "a.png", mask), 30, 20)
    assert area(found.points) == pytest.approx(30, abs=1)


def test_hole_does_not_replace_the_rim(tmp_path):
    mask = np.zeros((20, 30), bool)
    mask[2:18, 2:18] = True
    mask[6:14, 6:14] = False
    (found,) = read_mask(write(tmp_path / "a.png", mask), 30, 20)
    assert area(found.points) == pytest.approx(256, abs=1)


def test_empty_mask_has_no_outline(tmp_path):
    assert read_mask(write(tmp_path / "a.png", np.zeros((20, 30))), 30, 20) == []


def test_mask_of_another_size_is_refused(tmp_path):
    with pytest.raises(FailureError, match="30 x 20 pixels"):
        read_mask(write(tmp_path / "a.png", np.zeros((20, 30))), 31, 20)


def test_truncated_mask_is_a_failure(tmp_path):
    path = write(tmp_path / "a.png", np.eye(200))
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(FailureError, match="cannot be read"):
        read_mask(path, 200, 200)
