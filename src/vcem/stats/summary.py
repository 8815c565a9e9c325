"""Per-image values brought down to a line of a table: over folds as the paper has it, over patients, over densities.

Images without a value (NaN, such as the contrast error of an image without a lesion) are left out of every mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy import stats

Values = Float[np.ndarray, " n"]
Labels = Int[np.ndarray, " n"]


@dataclass(frozen=True)
class FoldSummary:
    """Mean and standard deviation of the fold means. `sd` is NaN for a single fold."""

    mean: float
    sd: float
    folds: int
    images: int


@dataclass(frozen=True)
class Quartiles:
    """Median and quartiles over images, linear interpolation between order statistics."""

    lower: float
    median: float
    upper: float


@dataclass(frozen=True)
class KruskalWallis:
    """Test statistic, p value from its chi-squared limit, and the values in each group. NaN where it has no meaning."""

    h: float
    p: float
    sizes: tuple[int, ...]


def group_means(values: Values, groups: Labels) -> Float[np.ndarray, " groups"]:
    """Return the mean of each group that has a value, in ascending order of the group numbers."""
    known = ~np.isnan(values)
    if not known.any():
        return np.empty(0)
    _, index = np.unique(groups[known], return_inverse=True)
    means: np.ndarray = np.bincount(index, values[known]) / np.bincount(index)
    return means


def over_folds(values: Values, folds: Labels) -> FoldSummary:
    """Summarise as Tables 4.1 and 4.2 of the paper do: a mean for each fold, then mean and SD (n - 1) of those.

    The SD is that of the fold means: how much a fold's result moves, not how much images differ.
    """
    means = group_means(values, folds)
    mean = float(means.mean()) if means.size else float("nan")
    sd = float(means.std(ddof=1)) if means.size > 1 else float("nan")
    return FoldSummary(mean, sd, means.size, int((~np.isnan(values)).sum()))


def quartiles(values: Values) -> Quartiles:
    """Return the quartiles over images; NaN where no image has a value."""
    known = values[~np.isnan(values)]
    if not known.size:
        return Quartiles(*[float("nan")] * 3)
    return Quartiles(*map(float, np.quantile(known, [0.25, 0.5, 0.75])))


def kruskal_wallis(groups: Sequence[Float[np.ndarray, " _"]]) -> KruskalWallis:
    """Test whether groups of independent values share one distribution (Kruskal & Wallis 1952), ties corrected.

    The values must be independent: images of one patient are not, fold means of overlapping folds are not.
    Empty groups are left out; fewer than two groups leave nothing to test.
    """
    known = [g[~np.isnan(g)] for g in groups]
    sizes = tuple(g.size for g in known)
    filled = [g for g in known if g.size]
    if len(filled) < 2:
        return KruskalWallis(float("nan"), float("nan"), sizes)
    if np.ptp(np.concatenate(filled)) == 0:
        return KruskalWallis(0.0, 1.0, sizes)
    h, p = stats.kruskal(*filled)
    return KruskalWallis(float(h), float(p), sizes)


def fold_means_by_category(values: Values, folds: Labels, categories: Labels, count: int) -> list[np.ndarray]:
    """Return the fold means within each of `count` categories: what the paper tested. Category -1 is unknown."""
    return [group_means(values[categories == c], folds[categories == c]) for c in range(count)]


def patient_means_by_category(values: Values, patients: Labels, categories: Labels, count: int) -> list[np.ndarray]:
    """Return one mean for each patient, sorted into the patient's category: independent values for a test.

    A patient whose images carry several categories counts once, in the commonest (the highest of equally common ones).
    """
    kept = categories >= 0
    values, patients, categories = values[kept], patients[kept], categories[kept]
    names, index = np.unique(patients, return_inverse=True)
    votes = np.zeros((names.size, count))
    np.add.at(votes, (index, categories), 1)
    own = count - 1 - votes[:, ::-1].argmax(axis=1)
    return [group_means(values[own[index] == c], index[own[index] == c]) for c in range(count)]
