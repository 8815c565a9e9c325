"""A multi-reader multi-case study: areas, each reader against chance, marks, and what the sessions did."""

from collections.abc import Callable, Sequence
from itertools import repeat

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy import stats

from vcem.core.errors import UsageError
from vcem.core.seeds import rng_for
from vcem.stats.auc import empirical_auc
from vcem.stats.covariance import Covariance, covariance
from vcem.stats.intervals import Interval, draw_patients, holm
from vcem.stats.obuchowski_rockette import Estimate, estimate
from vcem.stats.ratings import Ratings
from vcem.study.crossover import Crossover, crossover, washout_days
from vcem.study.design import Design
from vcem.study.items import Phase
from vcem.study.lesions import Lesion
from vcem.study.marks import judge, mark_tables
from vcem.study.mrmc import Mrmc, overall_test
from vcem.study.ratings import Rating, crossed
from vcem.study.readings import Reading, of_phase
from vcem.study.result_tables import Table, number, p_value
from vcem.study.results import RESAMPLES, agreement_tables, weights_of

COLUMNS = ("reader", "treatment", "case", "truth", "rating", "patient")
EXCHANGES = 9999
Values = Float[np.ndarray, "r c s"]


def rating_rows(readings: Sequence[Reading]) -> list[dict[str, str]]:
    """Return the ratings that count, as rows of `ratings.csv`."""
    return [
        {
            "reader": r.item.reader,
            "treatment": r.item.shown[0],
            "case": r.case.case,
            "truth": "1" if r.case.positive else "0",
            "rating": str(r.answers["malignancy"]),
            "patient": r.case.patient,
        }
        for r in of_phase(readings, Phase.READING)
    ]


def ratings_of(readings: Sequence[Reading]) -> Ratings:
    """Return the ratings of a study.

    Raises:
        UsageError: if some are missing.
    """
    return crossed(
        [
            Rating(
                f"row {n}", w["reader"], w["treatment"], w["case"], w["truth"] == "1", float(w["rating"]), w["patient"]
            )
            for n, w in enumerate(rating_rows(readings), 1)
        ],
        "The study",
    )


def multi_reader_tables(
    design: Design,
    treatments: tuple[str, ...],
    readings: Sequence[Reading],
    found: Mrmc,
    lesions: Sequence[Lesion],
    within_mm: float,
) -> list[Table]:
    """Return what the treatments do first, then each reader, marks, sessions and agreement."""
    read = of_phase(readings, Phase.READING)
    judged = judge(read, lesions, within_mm, treatments)
    return [
        treatments_table(found),
        areas_table(design, found.ratings),
        *mark_tables(judged, weights_of(design, read), within_mm),
        *session_tables(design, read, treatments),
        *agreement_tables(design, readings, {"BI-RADS": lambda r: int(r.answers["birads"])}),
    ]


def treatments_table(found: Mrmc) -> Table:
    """Return the mean area of each treatment and all differences, readers and cases random."""
    random = found.analysis.random_readers_random_cases
    adjusted = holm(np.array([e.p for e in random.differences], float))
    rows = [(e.of, _area_or_why(e), "", "") for e in random.treatments] + [
        (e.of, _area_or_why(e), p_value(float("nan") if e.p is None else e.p), p_value(float(p)))
        for e, p in zip(random.differences, adjusted, strict=True)
    ]
    note = (
        "Mean over readers of the empirical area under the ROC curve; readers and cases random (Obuchowski & Rockette, "
        f"Hillis). All treatments alike{overall_test(random)}. Intervals of areas are symmetric and may pass 1."
    )
    return Table("Treatments", note, ("treatment or difference", "area", "p", "p, Holm"), tuple(rows))


def _area_or_why(e: Estimate) -> str:
    return f"{number(Interval(e.value, e.low, e.high), 3)}{', nothing varies' if np.isnan(e.low) else ''}"


def areas_table(design: Design, ratings: Ratings) -> Table:
    """Return each reader's area under each treatment with its own interval, tested against chance."""
    rows = ratings.scores.reshape(-1, len(ratings.cases))
    variances = np.diag(covariance(rows, ratings.truth, ratings.patients, Covariance.DELONG))
    cells, rng = [], rng_for(design.seed, "analysis", "chance")
    for own, variance, (treatment, reader) in zip(
        rows, variances, [(t, r) for t in ratings.treatments for r in ratings.readers], strict=True
    ):
        found = estimate("", float(empirical_auc(own[None], ratings.truth)[0]), float(variance) ** 0.5, float("inf"))
        interval = Interval(found.value, max(found.low, 0.0), min(found.high, 1.0))
        p = chance_p(own, ratings.truth, rng)
        cells.append((treatment, reader, number(interval, 3), p_value(p), interval))
    note = (
        "Empirical area under the ROC curve of the probability of malignancy, with the interval of DeLong over cases; "
        "none where the area is 0 or 1, for nothing varies there. Chance: the rank sum test that ratings of breasts "
        "with and without cancer are alike. Differences of each reader are below."
    )
    drawn = tuple(c[4] for c in cells)
    columns = ("treatment", "reader", "area", "p against chance")
    return Table(
        "Areas under the ROC curve", note, columns, tuple(c[:4] for c in cells), drawn, 0.5, keys=2, axis="0 to 1"
    )


def chance_p(scores: Float[np.ndarray, " k"], truth: Bool[np.ndarray, " k"], rng: np.random.Generator) -> float:
    """Return the p of ratings being alike with and without cancer: the rank sum test (Mann & Whitney 1947).

    By random exchanges of the truth, the arrangement seen counted among them (Phipson & Smyth 2010): right with ties
    and few cases, where the normal approximation is not.
    """
    ranks = stats.rankdata(scores)
    drawn = rng.permuted(np.tile(ranks, (EXCHANGES, 1)), axis=1)[:, : truth.sum()].sum(1)
    expected = ranks.mean() * truth.sum()
    seen = abs(ranks[truth].sum() - expected)
    return float((1 + (np.abs(drawn - expected) >= seen - 1e-9).sum()) / (1 + EXCHANGES))


def session_tables(design: Design, read: Sequence[Reading], treatments: tuple[str, ...]) -> list[Table]:
    """Return the washout that readers kept, and the effects of sessions, of treatments and of what came before."""
    return [_washout_table(design, read), *_effects(design, read, treatments)]


def _washout_table(design: Design, read: Sequence[Reading]) -> Table:
    rows = []
    for reader in design.readers:
        own = [r for r in read if r.item.reader == reader.name]
        given = [(r.item.session, e.time) for r in own for e in (r.entry, *r.revisions)]
        kept = washout_days([session for session, _ in given], [at for _, at in given])
        rows.append((reader.name, *(f"{days:.1f}" for days in kept)))
    asked = design.reading.days_between_sessions
    between = tuple(f"session {n} to {n + 1}, days" for n in range(1, len(rows[0])))
    note = (
        "From the last answer of a session to the first of the next, by the server's clock; the design asks for "
        f"{asked} days."
    )
    return Table("Washout kept", note, ("reader", *between), tuple(rows))


def _effects(design: Design, read: Sequence[Reading], treatments: tuple[str, ...]) -> list[Table]:
    points = _crossover(design, read, treatments, _towards_truth)
    times = _crossover(design, read, treatments, lambda r: float(np.log(r.seconds)))
    if points is None:
        note = "Some treatment was not read in some session: the two cannot be parted. It takes more cases."
        return [Table("Sessions", note, ("effect",), ())]
    rows = [
        (name, points_of, times_of)
        for name, points_of, times_of in zip(
            _effect_names(treatments),
            [number(e, 1) for e in _all_effects(points)],
            [number(_ratio(e)) for e in _all_effects(times)] or repeat("unknown"),
            strict=False,
        )
    ]
    rows.append(("carried over from the session before, p", _p_or_why(points), _p_or_why(times)))
    note = (
        "Treatments free of sessions and sessions free of treatments, from the Latin square. Towards the truth: points "
        "of probability of malignancy, more where there is cancer, less where there is none. Carry-over and a "
        "treatment that does more in one session than in another cannot be separated: the p is of both. It is "
        "reported, not acted upon."
    )
    return [Table("Sessions", note, ("effect", "towards the truth, points", "reading time, ratio"), tuple(rows))]


def _all_effects(found: Crossover | None) -> tuple[Interval, ...]:
    return (*found.treatments, *found.sessions) if found else ()


def _effect_names(treatments: tuple[str, ...]) -> list[str]:
    return [f"{t} against {treatments[0]}" for t in treatments[1:]] + [
        f"session {n} against 1" for n in range(2, len(treatments) + 1)
    ]


def _p_or_why(found: Crossover | None) -> str:
    if found is None:
        return "unknown"
    return "nothing varies" if np.isnan(found.carry_over_p) else p_value(found.carry_over_p)


def _ratio(effect: Interval) -> Interval:
    return Interval(*(float(np.exp(v)) for v in (effect.estimate, effect.low, effect.high)))


def _towards_truth(r: Reading) -> float:
    rating = float(r.answers["malignancy"])
    return rating if r.case.positive else 100 - rating


def _crossover(
    design: Design, read: Sequence[Reading], treatments: tuple[str, ...], value: Callable[[Reading], float]
) -> Crossover | None:
    """Return the effects on a value; None where they cannot be parted, as for times of readings all begun twice."""
    readers, cases = [r.name for r in design.readers], sorted({r.case.case for r in read})
    values: Values = np.full((len(readers), len(cases), len(treatments)), np.nan)
    shown: Int[np.ndarray, "r c s"] = np.zeros(values.shape, np.int64)
    positive = np.zeros(len(cases), np.int64)
    for r in read:
        at = readers.index(r.item.reader), cases.index(r.case.case), r.item.session - 1
        values[at], shown[at] = value(r), treatments.index(r.item.shown[0])
        positive[at[1]] = bool(r.case.positive)
    rng = rng_for(design.seed, "analysis", "sessions")
    try:
        return crossover(values, shown, positive, draw_patients(len(cases), RESAMPLES, rng), rng)
    except UsageError:
        return None
