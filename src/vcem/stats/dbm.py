"""The analysis of Dorfman, Berbaum & Metz (1992): a three-way analysis of variance of jackknife pseudovalues.

With the changes of Hillis, Berbaum & Metz (2008) it gives the RRRC test of Obuchowski & Rockette with jackknife
covariances to the last digit: one is a check of the other.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from vcem.core.errors import UsageError
from vcem.stats.auc import deleted_areas, empirical_auc
from vcem.stats.obuchowski_rockette import f_tail, varying
from vcem.stats.ratings import Ratings

Pseudovalues = Float[np.ndarray, "i j k"]


@dataclass(frozen=True)
class PseudoMeanSquares:
    """Mean squares of treatment (T), reader (R), case (C) and their interactions."""

    t: float
    r: float
    c: float
    tr: float
    tc: float
    rc: float
    trc: float


@dataclass(frozen=True)
class PseudoComponents:
    """Variance components of the pseudovalues; `trc` holds the error too."""

    r: float
    c: float
    tr: float
    tc: float
    rc: float
    trc: float


@dataclass(frozen=True)
class FTest:
    """One test that all treatments are equal."""

    statistic: float
    df1: float
    df2: float
    p: float


@dataclass(frozen=True)
class PseudoAnalysis:
    """The whole Dorfman-Berbaum-Metz analysis."""

    mean_squares: PseudoMeanSquares
    components: PseudoComponents
    random_readers_random_cases: FTest
    fixed_readers_random_cases: FTest
    random_readers_fixed_cases: FTest


def pseudovalues(ratings: Ratings) -> Pseudovalues:
    """Return normalised pseudovalues K theta - (K - 1) theta_(k), their mean set to theta (Hillis et al. 2005).

    Raises:
        UsageError: if patients have several cases: pseudovalues of cases are then not independent.
    """
    if ratings.clustered:
        raise UsageError(
            "Some patients have several cases; the DBM analysis holds for independent cases only.",
            "one case per patient",
            "the Obuchowski-Rockette analysis takes whole patients",
        )
    rows = ratings.scores.reshape(-1, len(ratings.cases))
    areas, k = empirical_auc(rows, ratings.truth)[:, None], len(ratings.cases)
    raw = k * areas - (k - 1) * deleted_areas(rows, ratings.truth, ratings.patients)
    return (raw + areas - raw.mean(1, keepdims=True)).reshape(ratings.scores.shape)


def analyse_pseudovalues(values: Pseudovalues) -> PseudoAnalysis:
    """Analyse pseudovalues of at least two treatments and two readers."""
    i, j, k = values.shape
    ms = mean_squares(values)
    df_tr = (i - 1) * (j - 1)
    denominator = ms.tr + max(ms.tc - ms.trc, 0.0)
    df2 = df_tr * (denominator / ms.tr) ** 2 if ms.tr > 0 else float("inf")
    return PseudoAnalysis(
        ms,
        _components(ms, i, j, k),
        _test(ms.t, denominator, i - 1, df2),
        _test(ms.t, ms.tc, i - 1, (i - 1) * (k - 1)),
        _test(ms.t, ms.tr, i - 1, df_tr),
    )


def mean_squares(values: Pseudovalues) -> PseudoMeanSquares:
    """Return the mean squares of a three-way table with one value a cell."""
    i, j, k = values.shape
    mean = values.mean()
    t, r, c = (values.mean(axes, keepdims=True) - mean for axes in ((1, 2), (0, 2), (0, 1)))
    tr = values.mean(2, keepdims=True) - mean - t - r
    tc = values.mean(1, keepdims=True) - mean - t - c
    rc = values.mean(0, keepdims=True) - mean - r - c
    trc = values - mean - t - r - c - tr - tc - rc

    def square(effect: np.ndarray, *levels: int) -> float:
        df = np.prod([n - 1 for n in levels])
        return varying(float((effect**2).sum() * values.size / effect.size / df))

    return PseudoMeanSquares(
        square(t, i), square(r, j), square(c, k), square(tr, i, j), square(tc, i, k), square(rc, j, k),
        square(trc, i, j, k),
    )  # fmt: skip


def _components(ms: PseudoMeanSquares, i: int, j: int, k: int) -> PseudoComponents:
    """Return the components by moments (Dorfman, Berbaum & Metz 1992, table 2)."""
    return PseudoComponents(
        (ms.r - ms.tr - ms.rc + ms.trc) / (i * k),
        (ms.c - ms.tc - ms.rc + ms.trc) / (i * j),
        (ms.tr - ms.trc) / k,
        (ms.tc - ms.trc) / j,
        (ms.rc - ms.trc) / i,
        ms.trc,
    )


def _test(square: float, denominator: float, df1: float, df2: float) -> FTest:
    statistic = square / denominator if varying(denominator) > 0 else float("nan")
    return FTest(statistic, float(df1), float(df2), f_tail(statistic, df1, df2))
