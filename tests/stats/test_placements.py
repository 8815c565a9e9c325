import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from vcem.core.seeds import rng_for
from vcem.stats.placements import comparisons, deleted_areas, empirical_auc, placements


def coarse(seed, rows=3, cases=40, levels=5):
    rng = rng_for(seed, "auc")
    truth = np.arange(cases) % 3 == 0
    return np.round(rng.normal(truth * 1.0, 1, (rows, cases)) * levels / 4), truth


@pytest.mark.parametrize("seed", range(4))
def test_area_with_ties_equals_the_peer(seed):
    scores, truth = coarse(seed)
    assert len(np.unique(scores)) < 12
    expected = [roc_auc_score(truth, row) for row in scores]
    assert np.allclose(empirical_auc(scores, truth), expected, atol=1e-12)


def test_area_knows_perfect_reversed_and_blind_readers():
    truth = np.array([False, False, True, True])
    scores = np.array([[1.0, 2, 3, 4], [4, 3, 2, 1], [2, 2, 2, 2]])
    assert empirical_auc(scores, truth).tolist() == [1, 0, 0.5]


def test_placements_are_row_and_column_means_of_all_comparisons():
    scores, truth = coarse(7)
    psi = comparisons(scores[:, truth], scores[:, ~truth])
    found = placements(scores, truth)
    assert set(np.unique(psi)) == {0.0, 0.5, 1.0}
    assert np.allclose(found.positive, psi.mean(2))
    assert np.allclose(found.negative, psi.mean(1))
    assert np.allclose(found.areas, psi.mean((1, 2)))


def test_deleted_areas_equal_areas_computed_anew():
    scores, truth = coarse(2)
    patients = np.arange(40) // 2  # patients with a positive and a negative case, and with two negative ones
    found = deleted_areas(scores, truth, patients)
    for p in range(20):
        kept = patients != p
        assert np.allclose(found[:, p], empirical_auc(scores[:, kept], truth[kept]), atol=1e-12)
