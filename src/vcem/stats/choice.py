"""Which of m images is the most realistic? Votes, tests against chance, and a ranking.

One row a vote: the number of the chosen model, the models that stood side by side, the patient. Votes of several
readers on one patient are not independent; the exact tests take them as if they were, the exchange test does not.
"""

from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy import stats
from scipy.sparse.csgraph import connected_components

from vcem.core.errors import UsageError
from vcem.stats.intervals import MIN_PATIENTS, Interval, Weights, holm, percentile
from vcem.stats.proportions import Share, exact_binomial, share

MOST_OUTCOMES = 200_000
MAX_STEPS = 20_000


@dataclass(frozen=True)
class Votes:
    """Votes of a forced choice: `chosen` numbers the models, `shown` says which stood there."""

    models: tuple[str, ...]
    chosen: Int[np.ndarray, " n"]
    shown: Bool[np.ndarray, "n m"]
    patients: Int[np.ndarray, " n"]

    def __post_init__(self) -> None:
        if not self.chosen.size:
            raise UsageError("There are no votes.", "at least one")
        if not self.shown[np.arange(self.chosen.size), self.chosen].all():
            raise UsageError("A vote names a model that was not shown.", "one of the models side by side")
        if (self.shown.sum(1) < 2).any():
            raise UsageError("A vote had one image to choose from.", "two or more")

    @property
    def counts(self) -> Int[np.ndarray, " m"]:
        """Votes of each model."""
        return np.bincount(self.chosen, minlength=len(self.models))


@dataclass(frozen=True)
class Tally:
    """One model's votes among the sets that it stood in.

    `p` is exact and two-sided against 1 / m, `p_adjusted` after Holm for all models. Both are NaN where sets differ in
    size.
    """

    model: str
    votes: Share
    p: float
    p_adjusted: float


def tally(votes: Votes, weights: Weights) -> tuple[Tally, ...]:
    """Return shares, intervals and exact tests against chance of each model."""
    sizes = votes.shown.sum(1)
    chance = 1 / sizes[0] if (sizes == sizes[0]).all() else None
    shares = []
    for model in range(len(votes.models)):
        stood = votes.shown[:, model]
        shares.append(share(votes.chosen[stood] == model, votes.patients[stood], weights))
    p = np.array([exact_binomial(s.hits, s.trials, chance) if chance else np.nan for s in shares])
    return tuple(
        Tally(name, s, float(a), float(b)) for name, s, a, b in zip(votes.models, shares, p, holm(p), strict=True)
    )


def uniform_p(counts: Int[np.ndarray, " m"], rng: np.random.Generator) -> float:
    """Return the p of all models being chosen equally often: the exact multinomial test.

    The sum of the probabilities of all outcomes that are no more probable than the one seen (Read & Cressie 1988,
    section 5.4); from 100,000 random outcomes, the one seen counted among them (Phipson & Smyth 2010), where there are
    too many to list.
    """
    n, m = int(counts.sum()), counts.size
    law = stats.multinomial(n, np.full(m, 1 / m))
    observed = law.pmf(counts) * (1 + 1e-9)
    if comb(n + m - 1, m - 1) <= MOST_OUTCOMES:
        probabilities = law.pmf(_outcomes(n, m))
        return float(min(probabilities[probabilities <= observed].sum(), 1.0))
    drawn = law.pmf(rng.multinomial(n, np.full(m, 1 / m), size=100_000))
    return float((1 + (drawn <= observed).sum()) / (1 + drawn.size))


def _outcomes(n: int, m: int) -> Int[np.ndarray, "o m"]:
    """Return all ways to give n votes to m models, by bars between stars."""
    bars = np.array(list(combinations(range(n + m - 1), m - 1)), dtype=np.int64).reshape(-1, m - 1)
    edges = np.pad(bars, ((0, 0), (1, 1)), constant_values=((0, 0), (-1, n + m - 1)))
    return np.diff(edges, axis=1) - 1


def exchange_p(votes: Votes, rng: np.random.Generator, draws: int = 9999) -> float:
    """Return the p of all models being alike, from random exchanges of their names within each patient.

    If models were alike, exchanging their names in all votes on a patient would change nothing; the spread of the total
    votes is compared with that after random exchanges, the arrangement seen counted among them (Phipson & Smyth 2010).

    Raises:
        UsageError: if not all models stood in every set.
    """
    if not votes.shown.all():
        raise UsageError("Models were shown in different sets.", "all models side by side each time")
    m = len(votes.models)
    owners, number = np.unique(votes.patients, return_inverse=True)
    by_patient = np.zeros((owners.size, m))
    np.add.at(by_patient, (number, votes.chosen), 1.0)
    observed = ((by_patient.sum(0) - votes.chosen.size / m) ** 2).sum()
    spread = [((rng.permuted(by_patient, axis=1).sum(0) - votes.chosen.size / m) ** 2).sum() for _ in range(draws)]
    return float((1 + (np.array(spread) >= observed - 1e-9).sum()) / (1 + draws))


@dataclass(frozen=True)
class Ranked:
    """A model's strength: how probably it is chosen when all models stand side by side."""

    model: str
    strength: Interval


def bradley_terry(votes: Votes, weights: Weights, prior: float = 0.5) -> tuple[Ranked, ...]:
    """Rank the models, strongest first, by the model of Bradley & Terry (1952) for choices of one out of several.

    P(i chosen out of S) = s_i / sum of s_k over k in S (Luce 1959), fitted with the MM steps of Hunter (2004, eq. 3 and
    30). A model that wins always, as in the paper's first test, has no finite strength; `prior` therefore gives each
    model so many wins and as many losses against an imaginary model of strength 1. Intervals draw patients.

    Raises:
        UsageError: if `prior` is 0 and some models never lose to the others, so that no finite strengths exist.
    """
    sets, number = np.unique(votes.shown, axis=0, return_inverse=True)
    number = number.ravel()
    wins, stood = np.zeros((weights.shape[1], len(votes.models))), np.zeros((weights.shape[1], len(sets)))
    np.add.at(wins, (votes.patients, votes.chosen), 1.0)
    np.add.at(stood, (votes.patients, number), 1.0)
    if prior == 0:
        _refuse_infinite(votes)
    seen = fit_strengths(wins.sum(0, keepdims=True), stood.sum(0, keepdims=True), sets, prior)[0]
    # a resample may leave a model without any win: only the prior keeps its strength finite
    drawn = fit_strengths(weights @ wins, weights @ stood, sets, max(prior, 0.01))
    enough = np.unique(votes.patients).size >= MIN_PATIENTS
    ranked = [Ranked(n, percentile(float(seen[i]), drawn[:, i], enough)) for i, n in enumerate(votes.models)]
    return tuple(sorted(ranked, key=lambda r: -r.strength.estimate))


def _refuse_infinite(votes: Votes) -> None:
    """Refuse unless every model is reached from every other along wins (Ford 1957)."""
    beaten = np.zeros((len(votes.models), len(votes.models)))
    for winner, stood in zip(votes.chosen, votes.shown, strict=True):
        beaten[winner] += stood
    if connected_components(beaten, directed=True, connection="strong")[0] > 1:
        raise UsageError(
            "Some models never lose to the others: their strength has no finite estimate.", "a prior above 0"
        )


def fit_strengths(
    wins: Float[np.ndarray, "b m"], stood: Float[np.ndarray, "b s"], sets: Bool[np.ndarray, "s m"], prior: float
) -> Float[np.ndarray, "b m"]:
    """Return strengths that sum to 1 from the wins of each model and how often each set was shown (Hunter 2004).

    Each step sets s_i to its wins over the sum of 1 / (sum of strengths) of the sets that it stood in.
    """
    strengths = np.ones_like(wins)
    member = sets.astype(float)
    for _ in range(MAX_STEPS):
        rivals = (stood / (strengths @ member.T)) @ member + 2 * prior / (strengths + 1)
        new = np.divide(wins + prior, rivals, out=np.zeros_like(wins), where=rivals > 0)
        if prior == 0:
            new *= new.shape[1] / new.sum(1, keepdims=True)
        done = np.abs(new - strengths).max() <= 1e-9 * new.max()
        strengths = new
        if done:
            break
    return strengths / strengths.sum(1, keepdims=True)
