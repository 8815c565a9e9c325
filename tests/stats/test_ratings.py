import numpy as np
import pytest

from vcem.stats.ratings import Ratings


@pytest.mark.parametrize(("patients", "clustered"), [([0, 1, 2], False), ([0, 1, 1], True)])
def test_a_study_is_clustered_when_a_patient_has_several_cases(patients, clustered):
    scores = np.zeros((1, 2, 3))
    found = Ratings(("LE",), ("A", "B"), ("1", "2", "3"), np.array([True, False, False]), scores, np.array(patients))
    assert found.clustered == clustered
