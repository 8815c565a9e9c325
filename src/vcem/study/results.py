"""Tables that studies of every kind have: agreement and reading times; and one verdict of several readers."""

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np

from vcem.core.errors import UsageError
from vcem.core.seeds import rng_for
from vcem.stats.agreement import Disagreement, cohen, fleiss
from vcem.stats.intervals import Interval, Weights, draw_patients
from vcem.stats.voting import Verdict, weighted_majority
from vcem.study.design import Design
from vcem.study.items import Phase
from vcem.study.readings import Reading, of_phase, patients
from vcem.study.result_tables import Table, number
from vcem.study.times import learning, typical

RESAMPLES = 2000
Category = Callable[[Reading], int]


def weights_of(design: Design, readings: Sequence[Reading]) -> Weights:
    """Return the bootstrap draws of these readings' patients."""
    return draw_patients(int(patients(readings).max()) + 1, RESAMPLES, rng_for(design.seed, "analysis"))


def consensus(readings: Sequence[Reading], answer: Callable[[Reading], str]) -> list[tuple[Reading, Verdict]]:
    """Return the majority weighted by years on each image, with one of its readings."""
    images: dict[tuple[str, tuple[str, ...]], list[Reading]] = {}
    for r in readings:
        images.setdefault((r.case.case, tuple(sorted(r.item.shown))), []).append(r)
    return [
        (own[0], weighted_majority({r.item.reader: answer(r) for r in own}, {r.item.reader: r.years for r in own}))
        for own in images.values()
    ]


def agreement_tables(design: Design, readings: Sequence[Reading], asked: dict[str, Category]) -> list[Table]:
    """Return kappa between readers on the same images, and of each reader with themselves on repeated cases."""
    rows: list[tuple[str, str, str, str]] = []
    for what, category in asked.items():
        rule = Disagreement.QUADRATIC if what == "BI-RADS" else Disagreement.UNWEIGHTED
        rows += _between(design, of_phase(readings, Phase.READING), what, category, rule)
        rows += _within(design, readings, what, category, rule)
    if not rows:
        return []
    note = (
        "Kappa with intervals over patients: Cohen of two readers, quadratic weights for BI-RADS; Fleiss of all, "
        "unweighted; again is one reader on cases shown twice. An interval needs five patients."
    )
    return [Table("Agreement", note, ("answer", "readers", "images", "kappa"), tuple(rows), keys=2)]


def kappa_or_why(kappa: Interval) -> str:
    """Return kappa, or why there is none."""
    return "all gave one and the same answer: no kappa" if np.isnan(kappa.estimate) else number(kappa)


def _between(
    design: Design, read: Sequence[Reading], what: str, category: Category, rule: Disagreement
) -> list[tuple[str, str, str, str]]:
    by_reader = {name.name: {_image(r): r for r in read if r.item.reader == name.name} for name in design.readers}
    rows = []
    for a, b in combinations(by_reader, 2):
        both = [i for i in by_reader[a] if i in by_reader[b]]
        if len(both) > 1:
            first, second = ([by_reader[n][i] for i in both] for n in (a, b))
            rows.append(
                (what, f"{a}, {b}", str(len(both)), kappa_or_why(_kappa(design, first, second, category, rule)))
            )
    everyone = [i for i in next(iter(by_reader.values())) if all(i in own for own in by_reader.values())]
    if len(everyone) > 1 and len(by_reader) > 2:
        table = np.array([[category(own[i]) for own in by_reader.values()] for i in everyone], np.int64)
        own = [next(iter(by_reader.values()))[i] for i in everyone]
        rows.append(
            (
                what,
                "all (Fleiss)",
                str(len(everyone)),
                kappa_or_why(fleiss(table, patients(own), weights_of(design, own))),
            )
        )
    return rows


def _within(
    design: Design, readings: Sequence[Reading], what: str, category: Category, rule: Disagreement
) -> list[tuple[str, str, str, str]]:
    rows = []
    for reader in design.readers:
        own = [r for r in readings if r.item.reader == reader.name]
        first = {(*_image(r), r.item.session): r for r in of_phase(own, Phase.READING)}
        again = [r for r in of_phase(own, Phase.REPEAT) if (*_image(r), r.item.session) in first]
        if len(again) > 1:
            before = [first[(*_image(r), r.item.session)] for r in again]
            kappa = _kappa(design, before, again, category, rule)
            rows.append((what, f"{reader.name} again", str(len(again)), kappa_or_why(kappa)))
    return rows


def _image(r: Reading) -> tuple[str, tuple[str, ...]]:
    return r.case.case, tuple(sorted(r.item.shown))


def _kappa(
    design: Design, first: Sequence[Reading], second: Sequence[Reading], category: Category, rule: Disagreement
) -> Interval:
    codes = [np.array([category(r) for r in own], np.int64) for own in (first, second)]
    return cohen(codes[0], codes[1], patients(first), weights_of(design, first), rule)


def time_tables(design: Design, readings: Sequence[Reading]) -> list[Table]:
    """Return reading times by what was shown and by reader, and how fast readers became."""
    read = [r for r in of_phase(readings, Phase.READING) if not np.isnan(r.seconds)]
    if not read:
        return []
    groups: dict[str, list[Reading]] = {}
    for r in read:
        groups.setdefault(design.reading.arm(r.item.shown) or "all images", []).append(r)
    by_reader = {name.name: [r for r in read if r.item.reader == name.name] for name in design.readers}
    rows = tuple(_time_row(design, name, own) for name, own in (*groups.items(), *by_reader.items()) if own)
    note = (
        "From the first paint to the answer, less what the page was hidden; readings begun twice are left out "
        f"({len(of_phase(readings, Phase.READING)) - len(read)}). {_learning_note(design, read)}"
    )
    return [Table("Reading times", note, ("of", "readings", "geometric mean, s", "quartiles, s"), rows)]


def _time_row(design: Design, name: str, own: Sequence[Reading]) -> tuple[str, str, str, str]:
    t = typical(np.array([r.seconds for r in own]), patients(own), weights_of(design, own))
    digits = 1 if t.mean_s.estimate >= 1 else 3
    quartiles = ", ".join(f"{s:.{digits}f}" for s in (t.lower_quartile_s, t.median_s, t.upper_quartile_s))
    return name, str(t.readings), number(t.mean_s, digits), quartiles


def _learning_note(design: Design, read: Sequence[Reading]) -> str:
    arm = [design.reading.arm(r.item.shown) for r in read]
    try:
        found = learning(
            np.array([r.seconds for r in read]),
            np.array([r.item.position for r in read], np.int64),
            np.unique([r.item.reader for r in read], return_inverse=True)[1].astype(np.int64),
            np.unique(arm, return_inverse=True)[1].astype(np.int64),
        )
    except UsageError:
        return "There are too few to tell whether readers became faster."
    return f"With each doubling of the cases read, times change by the factor {number(found.ratio)}."
