"""`vcem study mrmc`: the whole multi-reader multi-case analysis of one table, as JSON and as lines."""

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vcem.core.errors import UsageError
from vcem.stats.covariance import Covariance
from vcem.stats.dbm import PseudoAnalysis, analyse_pseudovalues, pseudovalues
from vcem.stats.obuchowski_rockette import Analysis, Estimate, Inference, analyse
from vcem.stats.power import Generalises, Pilot, Plan, cases_needed, power
from vcem.stats.ratings import Ratings
from vcem.study.imrmc import read_imrmc
from vcem.study.ratings import read_ratings


@dataclass(frozen=True)
class Planned:
    """A study planned from this one: its power with the cases asked for, and the fewest cases that reach the target."""

    asked: Plan
    target: float
    reached: Plan | None


@dataclass(frozen=True)
class Mrmc:
    """What one table of ratings says. `dbm` is None where it does not apply."""

    ratings: Ratings
    covariance: Covariance
    analysis: Analysis
    dbm: PseudoAnalysis | None
    plan: tuple[Planned, ...] = ()


def read_study(path: Path) -> Ratings:
    """Read a table of ratings: an iMRMC file by its ending, CSV otherwise."""
    return read_imrmc(path) if path.suffix == ".imrmc" else read_ratings(path)


def mrmc(ratings: Ratings, method: Covariance) -> Mrmc:
    """Analyse a table; DBM beside Obuchowski-Rockette where cases are independent and treatments are two or more."""
    several = len(ratings.treatments) > 1 and method is Covariance.JACKKNIFE and not ratings.clustered
    dbm = analyse_pseudovalues(pseudovalues(ratings)) if several else None
    return Mrmc(ratings, method, analyse(ratings, method), dbm)


def plan(found: Mrmc, effect: float, readers: int | None, cases: int | None, target: float) -> tuple[Planned, ...]:
    """Plan a study of two treatments with this one as its pilot, for each of the three analyses.

    It has this study's numbers of readers and cases where none are given.

    Raises:
        UsageError: if this study has one treatment only, or the plan is impossible.
    """
    if len(found.ratings.treatments) < 2:
        raise UsageError("A plan needs a pilot of at least two treatments.", "a table with two treatments")
    pilot = Pilot(found.analysis.components, len(found.ratings.cases))
    readers = len(found.ratings.readers) if readers is None else readers
    cases = len(found.ratings.cases) if cases is None else cases
    return tuple(
        Planned(power(pilot, readers, cases, effect, to), target, cases_needed(pilot, readers, effect, target, to))
        for to in Generalises
    )


def plain(found: Mrmc) -> dict[str, Any]:
    """Return the analysis as JSON holds it. NaN and infinity become null: infinite df mean a normal distribution."""
    ratings, analysis = found.ratings, asdict(found.analysis)
    areas = {
        treatment: dict(zip(ratings.readers, map(float, found.analysis.areas[i]), strict=True))
        for i, treatment in enumerate(ratings.treatments)
    }
    own = dict(zip(ratings.treatments, analysis["by_treatment"], strict=True))
    content = {
        "treatments": ratings.treatments,
        "readers": ratings.readers,
        "cases": len(ratings.cases),
        "positive": int(ratings.truth.sum()),
        "patients": int(ratings.patients.max()) + 1,
        "covariance": found.covariance.value,
        **analysis,
        "areas": areas,
        "by_treatment": own,
        "dbm": asdict(found.dbm) if found.dbm else None,
        "plan": [asdict(p) for p in found.plan],
    }
    kept: dict[str, Any] = _finite(content)
    return kept


def _finite(value: Any) -> Any:  # noqa: ANN401 (whatever JSON can hold)
    if isinstance(value, dict):
        return {key: _finite(v) for key, v in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def lines(found: Mrmc) -> list[str]:
    """Return the analysis as lines to read."""
    r, a = found.ratings, found.analysis
    said = [
        f"{len(r.treatments)} treatments, {len(r.readers)} readers, {len(r.cases)} cases ({int(r.truth.sum())} "
        f"positive) of {int(r.patients.max()) + 1} patients; empirical AUC, {found.covariance} covariance"
    ]
    for treatment, row in zip(r.treatments, a.areas, strict=True):
        said.append(f"AUC {treatment}: " + ", ".join(f"{n} {v:.4f}" for n, v in zip(r.readers, row, strict=True)))
    said += _inference_lines("readers and cases random", a.random_readers_random_cases)
    if len(r.treatments) > 1:
        said += _inference_lines("these readers, cases random", a.fixed_readers_random_cases)
        said += _inference_lines("readers random, these cases", a.random_readers_fixed_cases)
        said += ["each reader, cases random", *(f"  {_text(e)}" for e in a.by_reader)]
    if a.components.cov2 < a.components.cov3:
        said.append("Cov2 is below Cov3: their difference is taken as 0")
    return said + [_plan_line(p) for p in found.plan]


def _inference_lines(title: str, found: Inference) -> list[str]:
    return [title + overall_test(found), *(f"  {_text(e)}" for e in (*found.treatments, *found.differences))]


def overall_test(found: Inference) -> str:
    """Return the test that all treatments are alike, or why there is none; nothing for one treatment."""
    if not found.df1:
        return ""
    if math.isnan(found.statistic):
        return ": nothing varies but the treatment means, so there is no test"
    if math.isinf(found.df2):
        return f": X2({found.df1:.0f}) = {found.df1 * found.statistic:.4f}, p {found.p:.4f}"
    return f": F({found.df1:.0f}, {found.df2:.2f}) = {found.statistic:.4f}, p {found.p:.4f}"


def _text(e: Estimate) -> str:
    if math.isnan(e.low):
        return f"{e.of}: {e.value:.4f}, no spread seen: no interval, and no certainty either"
    p = "" if e.p is None else f", p {e.p:.4f}"
    df = "normal" if math.isinf(e.df) else f"df {e.df:.2f}"
    return f"{e.of}: {e.value:.4f} (95 % {e.low:.4f} to {e.high:.4f}), SE {e.se:.5f}, {df}{p}"


def _plan_line(plan: Planned) -> str:
    asked = plan.asked
    said = (
        f"plan: {asked.readers} readers, {asked.cases} cases, effect {asked.effect:g}, generalising to "
        f"{asked.to.replace('-', ' ')}: power {asked.power:.4f}"
    )
    if plan.reached is None:
        return f"{said}; no number of cases gives {plan.target:g}, take more readers"
    return f"{said}; {plan.target:g} needs {plan.reached.cases} cases"
