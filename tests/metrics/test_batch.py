import numpy as np
import pytest
import torch

from vcem.core.errors import FailureError, UsageError
from vcem.metrics.batch import as_batch, as_pair, mean_inside, sum_inside, window_centres

IMAGE = np.zeros((4, 5), np.float32)


@pytest.mark.parametrize("shape", [(4, 5), (1, 4, 5), (1, 1, 4, 5)])
def test_one_image_in_any_of_three_forms_is_one_batch(shape):
    assert as_batch(np.zeros(shape, np.float32)).shape == (1, 4, 5)


@pytest.mark.parametrize(("given", "kept"), [("float16", "float32"), ("float32", "float32"), ("float64", "float64")])
def test_precision_is_single_at_least(given, kept):
    assert as_batch(IMAGE.astype(given)).dtype == getattr(torch, kept)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.int32, bool])
def test_integers_are_refused(kind):
    with pytest.raises(UsageError, match=r"wrap around(.|\n)*divide"):
        as_batch(IMAGE.astype(kind))


@pytest.mark.parametrize("shape", [(5,), (2, 3, 4, 5), (1, 1, 1, 4, 5)])
def test_other_numbers_of_axes_are_refused(shape):
    with pytest.raises(UsageError, match="shape"):
        as_batch(np.zeros(shape, np.float32))


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_refused(wrong):
    with pytest.raises(FailureError, match="not finite"):
        as_batch(np.full((4, 5), wrong, np.float32))


def test_infinities_of_both_signs_do_not_cancel():
    with pytest.raises(FailureError, match="not finite"):
        as_batch(np.array([[np.inf, -np.inf]], np.float32))


def test_mixed_precision_becomes_the_finer():
    y, y_hat, region = as_pair(IMAGE, IMAGE.astype(np.float64))
    assert y.dtype == y_hat.dtype == torch.float64
    assert region is None


@pytest.mark.parametrize(("other", "mask", "message"), [
    (np.zeros((4, 6), np.float32), None, "prediction has 1 image.s. of 4 x 6"),
    (IMAGE, np.ones((5, 5), bool), "mask has 1 image.s. of 5 x 5"),
    (np.zeros((2, 4, 5), np.float32), None, "2 image"),
    (IMAGE, np.zeros((4, 5), bool), "mask is empty"),
])  # fmt: skip
def test_what_does_not_fit_is_refused(other, mask, message):
    with pytest.raises(UsageError, match=message):
        as_pair(IMAGE, other, mask)


def test_sums_and_means_run_over_the_region_in_double_precision():
    values = torch.arange(6.0).reshape(1, 2, 3)
    region = torch.tensor([[[True, False, False], [False, False, True]]])
    assert sum_inside(values, region).item() == 5
    assert mean_inside(values, region).item() == 2.5
    assert mean_inside(values, None).item() == 2.5
    assert mean_inside(values, None).dtype == torch.float64


def test_mean_over_nothing_is_nan():
    assert torch.isnan(mean_inside(torch.ones(1, 2, 2), torch.zeros(1, 2, 2, dtype=torch.bool))).all()


def test_window_centres_lie_a_radius_inside():
    region = torch.zeros(1, 7, 8, dtype=torch.bool)
    region[0, 3, 0:4] = True
    centres = window_centres(region, 2)
    assert centres.shape == (1, 3, 4)
    assert centres[0, 1].tolist() == [True, True, False, False]
    assert window_centres(None, 2) is None
