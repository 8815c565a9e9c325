"""How sure a mean, a difference or a share is, with the patient as the unit.

Images of one patient resemble each other, so patients are drawn, each with all images (Field & Welsh 2007,
"Bootstrapping clustered data"). One matrix of draws serves every method and metric of a report: their resampled means
are then paired, and a thousand intervals cost one matrix product.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy import stats

LEVEL = 0.95
MIN_PATIENTS = 5  # below this a percentile interval is far too short, and none is given

Columns = Float[np.ndarray, "n k"]
Patients = Int[np.ndarray, " n"]
Weights = Float[np.ndarray, "b p"]


@dataclass(frozen=True)
class Interval:
    """An estimate with the bounds of its 95 % interval; the bounds are NaN where no honest ones can be given."""

    estimate: float
    low: float
    high: float


UNKNOWN = Interval(float("nan"), float("nan"), float("nan"))


def draw_patients(patients: int, resamples: int, rng: np.random.Generator) -> Weights:
    """Draw how often each patient stands in each resample: `patients` draws with replacement."""
    picked = rng.integers(patients, size=(resamples, patients)) + patients * np.arange(resamples)[:, None]
    counts = np.bincount(picked.ravel(), minlength=resamples * patients)
    return counts.reshape(resamples, patients).astype(np.float64)


def draw_signs(patients: int, resamples: int, rng: np.random.Generator) -> Weights:
    """Draw for each resample which patients have the two methods exchanged (-1)."""
    return rng.integers(2, size=(resamples, patients)) * 2.0 - 1.0


def patient_totals(values: Columns, patients: Patients, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return sums and numbers of the known values for each of `count` patients, `p k` each. NaN is unknown."""
    known = ~np.isnan(values)
    sums, numbers = np.zeros((count, values.shape[1])), np.zeros((count, values.shape[1]))
    np.add.at(sums, patients, np.where(known, values, 0.0))
    np.add.at(numbers, patients, known)
    return sums, numbers


def mean_draws(values: Columns, patients: Patients, weights: Weights) -> Float[np.ndarray, "b k"]:
    """Return the mean over images of each resample and column; NaN for a resample without a value."""
    sums, numbers = patient_totals(values, patients, weights.shape[1])
    totals = weights @ numbers
    means: np.ndarray = np.divide(weights @ sums, totals, out=np.full_like(totals, np.nan), where=totals > 0)
    return means


def mean_intervals(values: Columns, patients: Patients, weights: Weights) -> list[Interval]:
    """Return the mean over images of each column with its patient-bootstrap percentile interval.

    Args:
        values: one row per image, one column per quantity; differences of two methods give the paired
            interval of the difference.
        patients: number of each image's patient.
        weights: from `draw_patients`.
    """
    draws = mean_draws(values, patients, weights)
    sums, numbers = patient_totals(values, patients, weights.shape[1])
    estimates = [s / n if n else float("nan") for s, n in zip(sums.sum(0), numbers.sum(0), strict=True)]
    enough = (numbers > 0).sum(0) >= MIN_PATIENTS
    return [percentile(float(e), draws[:, k], bool(enough[k])) for k, e in enumerate(estimates)]


def percentile(estimate: float, draws: Float[np.ndarray, " b"], enough: bool = True) -> Interval:
    """Return the percentile interval (Efron & Tibshirani 1993, chapter 13) of draws; NaN draws are left out."""
    known = draws[~np.isnan(draws)]
    if not enough or not known.size:
        return Interval(estimate, float("nan"), float("nan"))
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(estimate, float(low), float(high))


def sign_flip_p(differences: Columns, patients: Patients, signs: Weights) -> Float[np.ndarray, " k"]:
    """Return two-sided p values of mean differences being zero: paired randomisation test by patient.

    If two methods were equally good, exchanging them in all images of any patient would change nothing; the observed
    mean is compared with the means after random exchanges (Fisher 1935, section 21). The observed arrangement counts as
    one of them (Phipson & Smyth 2010), so p is never 0 and the test stays honest with few patients.

    Args:
        differences: one row per image, one column per comparison.
        patients: number of each image's patient.
        signs: from `draw_signs`.
    """
    sums, numbers = patient_totals(differences, patients, signs.shape[1])
    observed = np.abs(sums.sum(0))
    # a hair below, so that rounding cannot turn an equal arrangement into a smaller one
    as_far = (np.abs(signs @ sums) >= observed * (1 - 1e-9)).sum(0)
    p = (1 + as_far) / (1 + signs.shape[0])
    return np.where(numbers.sum(0) > 0, p, np.nan)


def holm(p: Float[np.ndarray, " k"]) -> Float[np.ndarray, " k"]:
    """Adjust the p values of one family so that the chance of any false finding stays below the level (Holm 1979).

    NaN stays NaN and is no member of the family.
    """
    order = np.argsort(p)  # NaN comes last
    family = order[: np.count_nonzero(~np.isnan(p))]
    adjusted = np.full_like(p, np.nan)
    adjusted[family] = np.minimum(np.maximum.accumulate(p[family] * np.arange(len(family), 0, -1)), 1)
    return adjusted


def share_interval(hits: Float[np.ndarray, " n"], patients: Patients, weights: Weights) -> Interval:
    """Return a share of lesions with its interval: by patient bootstrap, or exact where all or none are hits.

    At 0 or 1 every resample is alike and the bootstrap would claim certainty. There the exact interval of Clopper &
    Pearson (1934) is given with each patient as one trial, as if lesions of one patient told the same thing twice.
    """
    interval = mean_intervals(hits[:, None], patients, weights)[0]
    if interval.estimate not in (0.0, 1.0):
        return interval
    trials = np.unique(patients[~np.isnan(hits)]).size
    exact = stats.binomtest(round(interval.estimate * trials), trials).proportion_ci(LEVEL, "exact")
    return Interval(interval.estimate, float(exact.low), float(exact.high))
