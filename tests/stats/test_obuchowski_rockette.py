"""Published results of the Van Dyke study (MRMCaov, RJafroc, OR-DBM MRMC 2.5); its ratings are not part of this."""

from dataclasses import replace

import numpy as np
import pytest

from vcem.core.seeds import rng_for
from vcem.stats.covariance import Covariance
from vcem.stats.obuchowski_rockette import Components, analyse, components, f_tail, from_areas, mean_squares
from vcem.stats.roe_metz import STRUCTURES, simulate
from vcem.study.ratings import read_ratings

AREAS = np.array([
    [0.91964573, 0.85877617, 0.90386473, 0.97310789, 0.82979066],
    [0.94782609, 0.90531401, 0.92173913, 0.99935588, 0.92995169],
])  # fmt: skip


def published_matrix():
    """The covariance matrix that the published mean covariances describe."""
    blocks = np.full((2, 5, 2, 5), 0.00023903)
    for i in range(2):
        blocks[i, :, i, :] = [0.00048396, 0.00020419][i]
    for j in range(5):
        blocks[:, j, :, j] = 0.00034661
    for i in range(2):
        for j in range(5):
            blocks[i, j, i, j] = 0.00080229
    return blocks.reshape(10, 10)


def near(value, expected, digits):
    assert value == pytest.approx(expected, abs=0.5000001 * 10**-digits)


def test_published_areas_and_covariances_give_the_published_tests():
    found = from_areas(AREAS, published_matrix(), ("1", "2"), tuple("12345"))
    near(found.mean_squares.treatment, 0.00479617, 8)
    near(found.mean_squares.reader, 0.00383620, 8)
    near(found.mean_squares.treatment_reader, 0.00055103, 8)
    near(found.components.reader, 0.00153500, 8)
    assert found.components.treatment_reader == pytest.approx(0.00020040, abs=3e-8)
    random = found.random_readers_random_cases
    assert random.statistic == pytest.approx(4.45631869, rel=1e-4)
    assert random.df2 == pytest.approx(15.25967459, rel=1e-4)
    assert random.p == pytest.approx(0.05166569, rel=1e-3)
    near(found.random_readers_fixed_cases.statistic, 8.70, 2)
    near(found.random_readers_fixed_cases.p, 0.0420, 4)
    assert found.fixed_readers_random_cases.statistic == pytest.approx(5.47595, rel=1e-4)
    near(random.treatments[0].se, 0.03317360, 6)
    near(random.treatments[1].se, 0.02156637, 6)


@pytest.fixture
def van_dyke(shared):
    return read_ratings(shared / "vandyke.csv")


@pytest.mark.needs("shared")
def test_van_dyke_areas_mean_squares_and_components(van_dyke):
    found = analyse(van_dyke)
    assert np.allclose(found.areas, AREAS, atol=5.01e-9, rtol=0)
    near(found.areas[0].mean(), 0.89703704, 8)
    near(found.areas[1].mean(), 0.94083736, 8)
    c, ms = found.components, found.mean_squares
    expected = (0.00479617, 0.00383620, 0.00055103, 0.00153500, 0.00020040, 0.00080229, 0.00034661, 0.00034407,
                0.00023903)  # fmt: skip
    values = (ms.treatment, ms.reader, ms.treatment_reader, c.reader, c.treatment_reader, c.error, c.cov1, c.cov2,
              c.cov3)  # fmt: skip
    assert np.allclose(values, expected, atol=5.01e-9, rtol=0)
    for value, correlation in ((c.cov1, 0.43203138), (c.cov2, 0.42886683), (c.cov3, 0.29793328)):
        near(value / c.error, correlation, 8)
    near(found.by_treatment[0].cov2, 0.00048396, 8)
    near(found.by_treatment[1].cov2, 0.00020419, 8)


@pytest.mark.needs("shared")
def test_van_dyke_random_readers_and_cases(van_dyke):
    found = analyse(van_dyke).random_readers_random_cases
    near(found.statistic, 4.45631869, 8)
    near(found.df2, 15.25967459, 8)
    near(found.p, 0.05166569, 8)
    (difference,) = found.differences
    assert difference.of == "1 - 2"
    for value, expected, digits in (
        (difference.value, -0.04380032, 8), (difference.se, 0.02075, 5), (difference.p, 0.05166569, 8),
        (difference.low, -0.08796, 5), (difference.high, 0.00036, 5),
    ):  # fmt: skip
        near(value, expected, digits)
    for single, (se, df, low, high) in zip(
        found.treatments,
        [(0.03317360, 12.74, 0.82522360, 0.96885048), (0.02156637, 12.71, 0.89413783, 0.98753689)],
        strict=True,
    ):
        near(single.se, se, 8)
        near(single.df, df, 2)
        near(single.low, low, 8)
        near(single.high, high, 8)


@pytest.mark.needs("shared")
def test_van_dyke_fixed_readers_and_fixed_cases(van_dyke):
    found = analyse(van_dyke)
    fixed = found.fixed_readers_random_cases
    near(fixed.statistic, 5.47595, 5)
    near(fixed.p, 0.0193, 4)
    near(fixed.differences[0].se, 0.01872, 5)
    near(fixed.differences[0].low, -0.08049, 5)
    near(fixed.differences[0].high, -0.00711, 5)
    near(fixed.treatments[0].se, 0.02428971, 8)
    near(fixed.treatments[1].se, 0.01677632, 8)
    these = found.random_readers_fixed_cases
    near(these.statistic, 8.70, 2)
    near(these.p, 0.0420, 4)
    near(these.differences[0].se, 0.01485, 5)
    near(these.differences[0].low, -0.08502, 5)
    near(these.differences[0].high, -0.00258, 5)
    published = [(-0.02818, 0.02551, 0.2693), (-0.04654, 0.02630, 0.0768), (-0.01787, 0.03121, 0.5668),
                 (-0.02625, 0.01729, 0.1290), (-0.10016, 0.04406, 0.0230)]  # fmt: skip
    for reader, (difference, se, p) in zip(found.by_reader, published, strict=True):
        near(reader.value, difference, 5)
        near(reader.se, se, 5)
        near(reader.p, p, 4)


@pytest.mark.needs("shared")
def test_van_dyke_with_the_other_covariances(van_dyke):
    found = analyse(van_dyke, Covariance.DELONG)
    c = found.components
    for value, expected in (
        (c.reader, 0.0015364254), (c.treatment_reader, 0.0002045840), (c.error, 0.0007921325), (c.cov1, 0.0003420090),
        (c.cov2, 0.0003395265), (c.cov3, 0.0002358497),
    ):  # fmt: skip
        near(value, expected, 10)
    delong = found.random_readers_random_cases
    near(delong.statistic, 4.484854, 6)
    near(delong.df2, 15.06611, 5)
    near(delong.p, 0.05123303, 8)
    near(delong.differences[0].low, -0.0878671960, 10)
    near(delong.differences[0].high, 0.0002665519, 10)
    unbiased = analyse(van_dyke, Covariance.UNBIASED).random_readers_random_cases
    near(unbiased.statistic, 4.489614, 6)
    near(unbiased.df2, 15.03418, 5)
    near(unbiased.p, 0.0511618, 7)


def random_matrix(q, seed=0):
    root = rng_for(seed, "matrix").normal(0, 0.02, (q, 2 * q))
    return root @ root.T


def test_where_cov2_is_below_cov3_their_difference_is_zero():
    matrix = published_matrix().reshape(2, 5, 2, 5).copy()
    matrix[0, :, 1, :] += 0.0003 * (1 - np.eye(5))
    matrix[1, :, 0, :] += 0.0003 * (1 - np.eye(5))
    found = from_areas(AREAS, matrix.reshape(10, 10), ("1", "2"), tuple("12345"))
    assert found.components.cov2 < found.components.cov3
    assert found.components.excess == 0
    random, fixed = found.random_readers_random_cases, found.random_readers_fixed_cases
    assert (random.statistic, random.df2, random.p) == (fixed.statistic, 4.0, fixed.p)


def test_components_average_the_right_cells():
    matrix = random_matrix(6)
    found = components(mean_squares(AREAS[:, :3]), matrix, (2, 3))
    cells = {"error": [], "cov1": [], "cov2": [], "cov3": []}
    for a in range(6):
        for b in range(6):
            same_i, same_j = a // 3 == b // 3, a % 3 == b % 3
            name = {(1, 1): "error", (0, 1): "cov1", (1, 0): "cov2", (0, 0): "cov3"}[(same_i, same_j)]
            cells[name].append(matrix[a, b])
    assert {n: getattr(found, n) for n in cells} == pytest.approx({n: np.mean(v) for n, v in cells.items()})


def test_three_treatments_give_three_differences_and_one_test():
    model = replace(STRUCTURES["HH"], mu=(1.0, 1.5, 2.0))
    found = analyse(simulate(model, 4, 30, 30, rng_for(0, "three")))
    random = found.random_readers_random_cases
    assert [d.of for d in random.differences] == ["1 - 2", "1 - 3", "2 - 3"]
    assert random.df1 == 2
    assert len(found.by_reader) == 12
    assert random.differences[1].value == pytest.approx(random.differences[0].value + random.differences[2].value)
    assert f_tail(random.statistic, 2, random.df2) == random.p


def test_one_treatment_gives_its_area_alone():
    found = analyse(simulate(replace(STRUCTURES["HH"], mu=(1.5,)), 4, 30, 30, rng_for(0, "one")))
    random = found.random_readers_random_cases
    assert np.isnan(random.statistic)
    assert np.isnan(random.p)
    assert random.differences == found.by_reader == ()
    assert random.treatments[0].low < 0.855 < random.treatments[0].high


def test_perfect_readers_get_no_certainty():
    study = simulate(replace(STRUCTURES["HH"], mu=(99.0, 99.0)), 3, 10, 10, rng_for(0, "perfect"))
    found = analyse(study)
    assert (found.areas == 1).all()
    for part in (found.random_readers_random_cases, found.fixed_readers_random_cases):
        assert np.isnan([part.p, part.differences[0].low, part.treatments[0].low]).all()


def test_the_interval_of_a_difference_shows_what_the_test_says():
    for seed in range(20):
        study = simulate(replace(STRUCTURES["LH"], mu=(1.0, 1.5)), 4, 25, 25, rng_for(seed, "agree"))
        for part in (analyse(study).random_readers_random_cases, analyse(study).fixed_readers_random_cases):
            difference = part.differences[0]
            assert (part.p < 0.05) == (difference.low > 0 or difference.high < 0)
            assert part.p == pytest.approx(difference.p)


def test_excess_is_never_negative():
    assert Components(0, 0, 0, 0, 1.0, 3.0).excess == 0
    assert Components(0, 0, 0, 0, 3.0, 1.0).excess == 2
