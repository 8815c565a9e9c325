import numpy as np
import pytest
import torch

from vcem.core.errors import FailureError, UsageError
from vcem.metrics.batch import as_batch, as_pair, mean_inside, spread_inside, sum_inside, together, window_centres

IMAGE = np.zeros((4, 5), np.float32)
NOWHERE = np.zeros((1, 2, 2), bool)


@pytest.mark.parametrize("shape", [(4, 5), (1, 4, 5), (1, 1, 4, 5)])
def test_one_image_in_any_of_three_forms_is_one_batch(shape, given):
    assert as_batch(given(np.zeros(shape, np.float32))).shape == (1, 4, 5)


@pytest.mark.parametrize(("held", "kept"), [("float16", "float32"), ("float32", "float32"), ("float64", "float64")])
def test_precision_is_single_at_least(held, kept, given):
    batch = as_batch(given(IMAGE.astype(held)))
    assert type(batch) is type(given(IMAGE))
    assert np.asarray(batch).dtype == kept


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.int32, bool])
def test_integers_are_refused(kind, given):
    with pytest.raises(UsageError, match=r"wrap around(.|\n)*divide"):
        as_batch(given(IMAGE.astype(kind)))


@pytest.mark.parametrize("shape", [(5,), (2, 3, 4, 5), (1, 1, 1, 4, 5)])
def test_other_numbers_of_axes_are_refused(shape, given):
    with pytest.raises(UsageError, match="shape"):
        as_batch(given(np.zeros(shape, np.float32)))


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_refused(wrong, given):
    with pytest.raises(FailureError, match="not finite"):
        as_batch(given(np.full((4, 5), wrong, np.float32)))


def test_infinities_of_both_signs_do_not_cancel(given):
    with pytest.raises(FailureError, match="not finite"):
        as_batch(given(np.array([[np.inf, -np.inf]], np.float32)))


def test_mixed_precision_becomes_the_finer(given):
    y, y_hat, region = as_pair(given(IMAGE), given(IMAGE.astype(np.float64)))
    assert np.asarray(y).dtype == np.asarray(y_hat).dtype == np.float64
    assert region is None


def test_arrays_beside_a_tensor_become_tensors():
    tensor = torch.zeros(4, 5)
    for images in ((tensor, IMAGE, IMAGE > 0), (IMAGE, tensor, IMAGE > 0), (IMAGE, IMAGE, tensor > 0)):
        assert all(isinstance(a, torch.Tensor) for a in together(*images))
    assert together(IMAGE, None)[1] is None


@pytest.mark.parametrize(("other", "mask", "message"), [
    (np.zeros((4, 6), np.float32), None, "prediction has 1 image.s. of 4 x 6"),
    (IMAGE, np.ones((5, 5), bool), "mask has 1 image.s. of 5 x 5"),
    (np.zeros((2, 4, 5), np.float32), None, "2 image"),
    (IMAGE, np.zeros((4, 5), bool), "mask is empty"),
])  # fmt: skip
def test_what_does_not_fit_is_refused(other, mask, message, given):
    with pytest.raises(UsageError, match=message):
        as_pair(given(IMAGE), given(other), None if mask is None else given(mask))


def test_sums_and_means_run_over_the_region_in_double_precision(given):
    values = given(np.arange(6, dtype=np.float32).reshape(1, 2, 3))
    region = given(np.array([[[True, False, False], [False, False, True]]]))
    assert sum_inside(values, region).item() == 5
    assert mean_inside(values, region).item() == 2.5
    assert mean_inside(values, None).item() == 2.5
    assert np.asarray(mean_inside(values, None)).dtype == np.float64
    assert spread_inside(values, region).item() == spread_inside(values, None).item() == 5
    assert spread_inside(values[:, :, :2], region[:, :, :2]).item() == 0


@np.errstate(invalid="ignore")
def test_mean_over_nothing_is_nan(given):
    assert np.isnan(mean_inside(given(np.ones((1, 2, 2))), given(NOWHERE)).item())


def test_window_centres_lie_a_radius_inside(given):
    region = np.zeros((1, 7, 8), bool)
    region[0, 3, 0:4] = True
    centres = window_centres(given(region), 2)
    assert centres.shape == (1, 3, 4)
    assert centres[0, 1].tolist() == [True, True, False, False]
    assert window_centres(given(region), 1, step=2)[0, 1].tolist() == [True, True, False]
    assert window_centres(None, 2) is None
