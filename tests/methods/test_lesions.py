import numpy as np
import pytest
import torch

from vcem.folders.prepared import UNKNOWN
from vcem.methods.lesions import contrast_error, finding, known, outlined
from vcem.metrics.lesion import measure_lesions


@pytest.fixture
def scene():
    """Two images: three lesions, one of them too small to measure; nobody outlined the second."""
    rng = np.random.default_rng(0)
    y, y_hat = rng.random((2, 1, 2, 40, 40), dtype=np.float32).swapaxes(1, 2)
    labels, mask = np.zeros((2, 1, 40, 40), np.float32), np.ones((2, 1, 40, 40), np.float32)
    labels[0, 0, 4:12, 5:14], labels[0, 0, 12:20, 10:16], labels[0, 0, 30:32, 30:32] = 1, 2, 3
    labels[1] = UNKNOWN
    mask[:, :, :, 36:] = 0
    return y, y_hat, labels, mask


def test_contrast_is_that_of_the_score(scene):
    y, y_hat, labels, mask = scene
    scored = measure_lesions(y[0, 0], y_hat[0, 0], mask[0, 0] > 0, labels[0, 0].astype(np.uint8))
    expected = np.mean([(s.contrast_pred - s.contrast_truth) ** 2 for s in scored if s.measurable])
    assert [s.measurable for s in scored] == [True, True, False]
    assert float(contrast_error(*map(torch.tensor, (y_hat - y, labels, mask)))) == pytest.approx(expected, rel=1e-4)


def test_what_nobody_outlined_counts_nowhere(scene):
    y, y_hat, labels, mask = map(torch.tensor, scene)
    assert known(labels).flatten().tolist() == [1, 0]
    assert outlined(labels).sum((1, 2, 3)).tolist() == [8 * 9 + 8 * 6 + 4, 0]
    assert contrast_error(y_hat[1:] - y[1:], labels[1:], mask[1:]) == 0


def test_finding_is_low_for_the_right_map_and_not_for_the_empty_one():
    lesions, mask = torch.zeros(2, 1, 8, 8), torch.ones(2, 1, 8, 8)
    lesions[0, :, 2:5, 2:5] = 1
    right, nothing = (lesions - 0.5) * 40, torch.full_like(lesions, -20.0)
    assert finding(right, lesions, mask) < 1e-3
    assert finding(nothing, lesions, mask) > 0.8
    assert finding(nothing[1:], lesions[1:], mask[1:]) < 1e-3, "an image without lesions asks for an empty map"
