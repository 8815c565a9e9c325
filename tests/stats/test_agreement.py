import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import aggregate_raters
from statsmodels.stats.inter_rater import fleiss_kappa as peer_fleiss

from vcem.core.errors import UsageError
from vcem.core.seeds import rng_for
from vcem.stats.agreement import Disagreement, cohen, cohen_kappa, fleiss, pairwise
from vcem.stats.intervals import draw_patients


def birads(seed=0, images=60, readers=4, noise=0.8):
    rng = rng_for(seed, "birads")
    truth = rng.integers(1, 6, (images, 1))
    return np.clip(np.round(truth + rng.normal(0, noise, (images, readers))), 1, 5).astype(np.int64)


def each_own(images=60, resamples=400):
    return np.arange(images), draw_patients(images, resamples, rng_for(0, "agreement"))


@pytest.mark.parametrize("disagreement", Disagreement)
@pytest.mark.parametrize("seed", range(3))
def test_cohen_equals_the_peer(disagreement, seed):
    answers = birads(seed)
    found = cohen(answers[:, 0], answers[:, 1], *each_own(), disagreement)
    peer = {Disagreement.UNWEIGHTED: None, Disagreement.LINEAR: "linear", Disagreement.QUADRATIC: "quadratic"}
    expected = cohen_kappa_score(answers[:, 0], answers[:, 1], weights=peer[disagreement])
    assert found.estimate == pytest.approx(expected, abs=1e-12)
    assert found.low < found.estimate < found.high


def test_weights_follow_the_categories_own_distance():
    # nobody used 2 and 3: from 1 to 4 is still three steps
    answers = np.array([[1, 1], [1, 4], [4, 4], [5, 4], [5, 5], [1, 1]])
    found = cohen(answers[:, 0], answers[:, 1], *each_own(6), Disagreement.LINEAR)
    expected = cohen_kappa_score(answers[:, 0], answers[:, 1], labels=[1, 2, 3, 4, 5], weights="linear")
    assert found.estimate == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_fleiss_equals_the_peer(seed):
    answers = birads(seed)
    expected = peer_fleiss(aggregate_raters(answers)[0])
    assert fleiss(answers, *each_own()).estimate == pytest.approx(expected, abs=1e-12)


def test_known_ends_of_the_scale():
    same = np.array([1, 2, 1, 2, 3])
    assert cohen(same, same, *each_own(5)).estimate == 1
    assert fleiss(np.stack([same, same], 1), *each_own(5)).estimate == pytest.approx(1)
    assert cohen(np.array([1, 2, 1, 2]), np.array([2, 1, 2, 1]), *each_own(4)).estimate == -1
    assert cohen_kappa(np.array([[[5.0, 5], [5, 5]]]), 1 - np.eye(2)).tolist() == [0]


def test_agreement_on_one_category_alone_is_unknown_not_perfect():
    same = np.ones(10, np.int64)
    assert np.isnan(cohen(same, same, *each_own(10)).estimate)
    assert np.isnan(fleiss(np.ones((10, 3), np.int64), *each_own(10)).estimate)


def test_images_of_one_patient_widen_the_interval():
    answers = np.repeat(birads(1, 30), 4, axis=0)  # each patient four times the same
    patients = np.repeat(np.arange(30), 4)
    honest = cohen(answers[:, 0], answers[:, 1], patients, draw_patients(30, 1000, rng_for(0, "wide")))
    fooled = cohen(answers[:, 0], answers[:, 1], *each_own(120, 1000))
    assert honest.estimate == fooled.estimate
    assert honest.high - honest.low > 1.6 * (fooled.high - fooled.low)


def test_bootstrap_draws_equal_a_resample_made_by_hand():
    answers = birads(2, 8)
    weights = np.array([[2.0, 0, 1, 1, 0, 3, 0, 1]])
    drawn = np.repeat(np.arange(8), weights[0].astype(int))
    by_hand = cohen_kappa_score(answers[drawn, 0], answers[drawn, 1])
    found = cohen(answers[:, 0], answers[:, 1], np.arange(8), weights)
    assert found.low == found.high == pytest.approx(by_hand)
    assert fleiss(answers, np.arange(8), weights).low == pytest.approx(peer_fleiss(aggregate_raters(answers[drawn])[0]))


def test_pairs_of_readers():
    found = pairwise(birads(), *each_own(), Disagreement.QUADRATIC)
    assert set(found) == {(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)}


def test_few_patients_get_no_interval_and_no_answers_are_refused():
    answers = birads(0, 4)
    assert np.isnan(cohen(answers[:, 0], answers[:, 1], *each_own(4)).low)
    with pytest.raises(UsageError, match="no answers"):
        cohen(answers[:0, 0], answers[:0, 1], np.zeros(0, np.int64), each_own(4)[1])
    with pytest.raises(UsageError, match="two readers"):
        fleiss(answers[:, :1], *each_own(4))
