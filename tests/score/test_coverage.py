from dataclasses import replace

import numpy as np
import pytest

from calibrations import calibrating_store
from vcem.folders.truth import Facts
from vcem.score.coverage import _told_apart, coverage_rows, half_width, needed, regions_of
from vcem.score.spread import Stated


def stated_of(store, y_hat, below=0.1, above=0.1):
    shape = np.broadcast_shapes(np.shape(y_hat), store.y[:1].shape)
    made = (np.broadcast_to(np.asarray(a, np.float32), shape) for a in (y_hat, below, above))
    return Stated(*made)


@pytest.fixture
def store(tmp_path):
    return calibrating_store(tmp_path)


def test_the_factor_that_a_pixel_needs_is_its_error_in_distances(store):
    y = store.y[0]
    region = np.zeros(y.shape, bool)
    region[10, :2] = True
    stated = stated_of(store, np.where(np.arange(32) % 2, y + 0.3, y - 0.1)[None], below=0.1, above=0.05)
    np.testing.assert_allclose(needed(y, stated, 0, region), [2, 3], rtol=1e-5)  # 0.1 above, 0.3 below


def test_coverage_is_the_share_of_a_regions_pixels(store):
    inside = dict(regions_of(store, 0))["lesion"]
    stated = stated_of(store, np.where(inside, store.y[0] + 0.25, store.y[0])[None])
    breast, lesion = coverage_rows(store, 0, stated, 0, (2.0, 3.0))
    assert (lesion["covered"], lesion["covered_wide"]) == (0, 1)
    assert breast["covered"] == pytest.approx(1 - inside.sum() / store.mask[0].sum())
    assert lesion["error"] == pytest.approx(0.25, abs=1e-5)


def test_a_width_is_what_is_left_of_the_interval_between_black_and_white(store):
    assert half_width(stated_of(store, np.full((1, 32, 32), 0.9)), 0, 2.0)[0, 0] == pytest.approx(0.15)


def test_the_surest_pixels_err_least_where_the_distance_follows_the_error(store):
    wrong = np.linspace(0.02, 0.2, 32)
    stated = stated_of(store, (store.y[0] + wrong)[None], below=wrong, above=wrong)
    breast = coverage_rows(store, 0, stated, 0, (1.0, 1.0))[0]
    assert breast["error_25"] < breast["error_50"] < breast["error_75"] < breast["error"]


def test_where_all_pixels_are_equally_sure_none_errs_less(store):
    wrong = np.linspace(0.02, 0.2, 32)[:, None]  # the first rows least
    breast = coverage_rows(store, 0, stated_of(store, (store.y[0] + wrong)[None]), 0, (1.0, 1.0))[0]
    assert [breast[f"error_{share}"] for share in (25, 50, 75)] == pytest.approx([breast["error"]] * 3)


def test_what_is_invented_and_missed_is_told_by_a_distance_that_knows_it(store):
    facts = Facts(0.0, 1.0, 1.0, 0, 1, ())
    iodine, drawn, unsure = np.zeros((32, 32)), np.full((32, 32), 0.5), np.full((32, 32), 0.1)
    iodine[:8], unsure[8:] = 1, 0.3  # drawn everywhere, there only in the upper quarter
    iodine[24:], drawn[24:], unsure[24:, ::2] = 0, 0, 0.05
    iodine[24:, 1::2] = 1
    stated = Stated(*(a[None].astype(np.float32) for a in (drawn, unsure, unsure)))
    cells = _told_apart(iodine, facts, stated, 0, np.ones((32, 32), bool))
    assert cells == {"auc_invented": 1, "auc_invented_iodine": 0.5, "auc_missed": 1, "auc_missed_iodine": 0.5}


def test_a_lesion_of_a_few_pixels_is_no_region(store):
    small = np.zeros_like(store.lesion)
    small[:, 10, 2:6] = 1
    assert [name for name, _ in regions_of(replace(store, lesion=small), 0)] == ["breast"]
