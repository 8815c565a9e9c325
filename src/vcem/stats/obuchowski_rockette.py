"""The analysis of Obuchowski & Rockette (1995) with the degrees of freedom of Hillis (2007), and what it tests.

Model: area of treatment i and reader j = mu + tau_i + R_j + (tau R)_ij + e_ij, where the errors of all areas covary
because the same cases are read: Cov1 same reader, Cov2 same treatment, Cov3 neither. Three analyses: readers and cases
random (RRRC: the verdict holds for other readers and other cases), readers fixed (FRRC: for these readers), cases fixed
(RRFC: for these cases).
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from jaxtyping import Float
from scipy import stats

from vcem.stats.auc import empirical_auc
from vcem.stats.covariance import Covariance, Matrix, covariance
from vcem.stats.ratings import Ratings

ALPHA = 0.05
ROUNDING = 1e-16  # a variance of areas below it, one digit in 10^8, is rounding: no test may be built on it
AucTable = Float[np.ndarray, "i j"]


@dataclass(frozen=True)
class MeanSquares:
    """Mean squares of the table of areas; NaN for those of treatments if there is one treatment."""

    treatment: float
    reader: float
    treatment_reader: float


@dataclass(frozen=True)
class Components:
    """Variance components and the error covariances. `reader` and `treatment_reader` may come out below 0."""

    reader: float
    treatment_reader: float
    error: float
    cov1: float
    cov2: float
    cov3: float

    @property
    def excess(self) -> float:
        """Cov2 - Cov3, or 0 where the estimate is below: the model demands Cov2 >= Cov3 (Hillis 2014, section 2.3)."""
        return max(self.cov2 - self.cov3, 0.0)


@dataclass(frozen=True)
class Estimate:
    """A difference or an area with its standard error, degrees of freedom and 95 % interval.

    `p` is two-sided for a difference of 0; None for an area. Bounds and p are NaN where nothing varies.
    """

    of: str
    value: float
    se: float
    df: float
    low: float
    high: float
    p: float | None = None


@dataclass(frozen=True)
class Inference:
    """One of the three analyses: the test that all treatments are equal, all differences, each treatment's area.

    The statistic is F, with `df2` infinite where it is a chi-square divided by `df1`. It and p are NaN for one
    treatment.
    """

    statistic: float
    df1: float
    df2: float
    p: float
    differences: tuple[Estimate, ...]
    treatments: tuple[Estimate, ...]


@dataclass(frozen=True)
class Analysis:
    """The whole Obuchowski-Rockette analysis of one study."""

    areas: AucTable
    mean_squares: MeanSquares
    components: Components
    by_treatment: tuple[Components, ...]
    random_readers_random_cases: Inference
    fixed_readers_random_cases: Inference
    random_readers_fixed_cases: Inference
    by_reader: tuple[Estimate, ...]


def analyse(ratings: Ratings, method: Covariance = Covariance.JACKKNIFE) -> Analysis:
    """Analyse a fully crossed study of the empirical area under the ROC curve."""
    rows = ratings.scores.reshape(-1, len(ratings.cases))
    shape = len(ratings.treatments), len(ratings.readers)
    matrix = covariance(rows, ratings.truth, ratings.patients, method)
    areas = empirical_auc(rows, ratings.truth).reshape(shape)
    return from_areas(areas, matrix, ratings.treatments, ratings.readers)


def from_areas(areas: AucTable, matrix: Matrix, treatments: tuple[str, ...], readers: tuple[str, ...]) -> Analysis:
    """Analyse a table of any reader performance measure, given the covariance of its cells over cases."""
    squares = mean_squares(areas)
    parts = components(squares, matrix, areas.shape)
    own = tuple(_own_components(areas, matrix, i) for i in range(len(treatments)))
    study = _Study(areas, squares, parts, own, treatments)
    return Analysis(
        areas, squares, parts, own, _rrrc(study), _frrc(study), _rrfc(study), _by_reader(study, matrix, readers)
    )


def mean_squares(areas: AucTable) -> MeanSquares:
    """Return the mean squares of the two-way table (Hillis 2007, section 2)."""
    i, j = areas.shape
    by_treatment, by_reader, all_of_them = areas.mean(1), areas.mean(0), areas.mean()
    residual = areas - by_treatment[:, None] - by_reader + all_of_them
    nan = float("nan")
    return MeanSquares(
        varying(float(j * ((by_treatment - all_of_them) ** 2).sum() / (i - 1))) if i > 1 else nan,
        varying(float(i * ((by_reader - all_of_them) ** 2).sum() / (j - 1))),
        varying(float((residual**2).sum() / ((i - 1) * (j - 1)))) if i > 1 else nan,
    )


def varying(variance: float) -> float:
    """Return a variance of areas, or 0 where it is rounding."""
    return 0.0 if abs(variance) < ROUNDING else variance


def components(squares: MeanSquares, matrix: Matrix, shape: tuple[int, ...]) -> Components:
    """Return variance components by moments (Hillis 2014, table 1); NaN where one treatment leaves them unknown."""
    i, j = shape
    blocks = matrix.reshape(i, j, i, j)
    same_treatment, same_reader = np.eye(i, dtype=bool)[:, None, :, None], np.eye(j, dtype=bool)[None, :, None, :]

    def mean(where: np.ndarray) -> float:
        chosen = blocks[np.broadcast_to(where, blocks.shape)]
        return float(chosen.mean()) if chosen.size else float("nan")

    error, cov1 = mean(same_treatment & same_reader), mean(~same_treatment & same_reader)
    cov2, cov3 = mean(same_treatment & ~same_reader), mean(~same_treatment & ~same_reader)
    reader = (squares.reader - squares.treatment_reader) / i - cov1 + cov3
    interaction = squares.treatment_reader - error + cov1 + max(cov2 - cov3, 0.0)
    return Components(reader, interaction, error, cov1, cov2, cov3)


def _own_components(areas: AucTable, matrix: Matrix, i: int) -> Components:
    """Return what treatment i alone tells: variance and Cov2 of its own readers."""
    j = areas.shape[1]
    block = matrix.reshape(*areas.shape, *areas.shape)[i, :, i, :]
    error = float(np.trace(block)) / j
    cov2 = float(block.sum() - np.trace(block)) / (j * (j - 1))
    nan = float("nan")
    return Components(float(areas[i].var(ddof=1)) - error + max(cov2, 0.0), nan, error, nan, cov2, nan)


@dataclass(frozen=True)
class _Study:
    areas: AucTable
    squares: MeanSquares
    parts: Components
    own: tuple[Components, ...]
    treatments: tuple[str, ...]

    @property
    def readers(self) -> int:
        return self.areas.shape[1]

    def own_square(self, i: int) -> float:
        """MS(R) of treatment i."""
        return varying(float(self.areas[i].var(ddof=1)))


def _rrrc(study: _Study) -> Inference:
    """Readers and cases random: Hillis (2007), eq. 3 and 7; single treatments Hillis (2014), section 2.6."""
    j, square = study.readers, study.squares.treatment_reader
    denominator = square + j * study.parts.excess

    def own(i: int) -> tuple[float, float]:
        variance = study.own_square(i) + j * max(study.own[i].cov2, 0.0)
        return variance / j, _hillis(variance, study.own_square(i), j - 1)

    return _inference(study, denominator, _hillis(denominator, square, _interaction_df(study)), own)


def _hillis(denominator: float, square: float, df: float) -> float:
    """Return denominator^2 / (MS^2 / df), the degrees of freedom of Hillis (2007, eq. 7)."""
    return df * (denominator / square) ** 2 if square > 0 else float("inf")


def _interaction_df(study: _Study) -> float:
    return float((len(study.treatments) - 1) * (study.readers - 1))


def _frrc(study: _Study) -> Inference:
    """Readers fixed: Hillis (2007), section 4.1; normal and chi-square, the covariance taken as known."""
    j, parts = study.readers, study.parts

    def own(i: int) -> tuple[float, float]:
        return (study.own[i].error + (j - 1) * max(study.own[i].cov2, 0.0)) / j, float("inf")

    return _inference(study, parts.error - parts.cov1 + (j - 1) * parts.excess, float("inf"), own)


def _rrfc(study: _Study) -> Inference:
    """Cases fixed: the ordinary two-way mixed model, F = MS(T) / MS(TR) (Hillis 2007, section 4.2)."""

    def own(i: int) -> tuple[float, float]:
        return study.own_square(i) / study.readers, float(study.readers - 1)

    return _inference(study, study.squares.treatment_reader, _interaction_df(study), own)


def _inference(study: _Study, denominator: float, df2: float, own: Callable[[int], tuple[float, float]]) -> Inference:
    """Assemble an analysis from the denominator of its F and the (variance, df) of each treatment's area."""
    means, df1, denominator = study.areas.mean(1), len(study.treatments) - 1, varying(denominator)
    se = float(np.sqrt(2 * denominator / study.readers)) if df1 else float("nan")
    statistic = study.squares.treatment / denominator if df1 and denominator > 0 else float("nan")
    return Inference(
        statistic,
        float(df1),
        df2,
        f_tail(statistic, df1, df2),
        tuple(
            estimate(minus(study.treatments[a], study.treatments[b]), float(means[a] - means[b]), se, df2, True)
            for a, b in combinations(range(len(means)), 2)
        ),
        tuple(
            estimate(t, float(means[i]), varying(own(i)[0]) ** 0.5, own(i)[1]) for i, t in enumerate(study.treatments)
        ),
    )


def _by_reader(study: _Study, matrix: Matrix, readers: tuple[str, ...]) -> tuple[Estimate, ...]:
    """Return each reader's own differences, with that reader's own variance (Hillis 2007, section 4.1)."""
    blocks = matrix.reshape(*study.areas.shape, *study.areas.shape)
    found = []
    for j, reader in enumerate(readers):
        own = components(MeanSquares(0, 0, 0), blocks[:, j, :, j], (len(study.treatments), 1))
        se = float(np.sqrt(max(varying(2 * (own.error - own.cov1)), 0.0)))
        for a, b in combinations(range(len(study.treatments)), 2):
            name = f"reader {reader}: {minus(study.treatments[a], study.treatments[b])}"
            difference = float(study.areas[a, j] - study.areas[b, j])
            found.append(estimate(name, difference, se, float("inf"), True))
    return tuple(found)


def minus(first: str, second: str) -> str:
    """Return the name of a difference; names of several words, such as `LE + DES`, in brackets."""
    return " - ".join(f"({name})" if " " in name else name for name in (first, second))


def estimate(of: str, value: float, se: float, df: float, tested: bool = False) -> Estimate:
    """Return a value with its t interval (normal for infinite df) and, if it is a difference, its p.

    Where nothing varies, as among perfect readers, bounds and p are NaN: no spread seen is no certainty.
    """
    half = _t_quantile(df) * se if se > 0 else float("nan")
    p = f_tail((value / se) ** 2 if se > 0 else float("nan"), 1, df) if tested else None
    return Estimate(of, value, se, df, value - half, value + half, p)


def _t_quantile(df: float) -> float:
    return float(stats.norm.ppf(1 - ALPHA / 2) if np.isinf(df) else stats.t.ppf(1 - ALPHA / 2, df))


def f_tail(statistic: float, df1: float, df2: float) -> float:
    """Return the p value of an F statistic; of a chi-square divided by df1 where df2 is infinite."""
    if np.isnan(statistic):
        return float("nan")
    return float(stats.chi2.sf(statistic * df1, df1) if np.isinf(df2) else stats.f.sf(statistic, df1, df2))
