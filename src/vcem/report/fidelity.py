"""Tables 4.1 and 4.2 of the paper for these runs, whole image and inside the breast, and medians with intervals."""

from collections.abc import Sequence

import numpy as np

from vcem.folders.scores import is_reference
from vcem.report.collect import DENSITIES
from vcem.report.compare import Comparison, Outcome, against_references
from vcem.report.dots import Column, Dots, Line, kind_of
from vcem.report.published import CAVEAT, MISPRINT, published
from vcem.report.quantities import (
    Quantity,
    method_name,
    number,
    p_value,
    short_name,
    with_bounds,
    with_spread,
)
from vcem.report.study import Study
from vcem.report.tables import Cell, Record, Table, count, listed, row
from vcem.stats.intervals import mean_intervals
from vcem.stats.summary import (
    KruskalWallis,
    fold_means_by_category,
    kruskal_wallis,
    over_folds,
    patient_means_by_category,
    quartiles,
)

MARKS = (
    "A cell marked “no better than” shows no improvement over that trivial reference on the same images, “worse than” "
    "shows a loss: paired test by patient, Holm's correction over all comparisons of {family}, level 0.05. "
    "“Beats all references” needs an improvement over each of them."
)


def table_4_1(study: Study, region: str) -> Table:
    """Make Table 4.1: mean ± SD over folds, the paper's figures below where there are any."""
    rows, records = [], []
    for method in study.scores.methods:
        cells, found = _fold_row(study, region, method)
        rows.append(row(name_cell(study, method), *cells, *_extent(study, method)))
        records += found
    caption = (
        f"Table 4.1, {region}: mean ± standard deviation (n − 1) of the fold means. {MARKS.format(family='the table')}"
        + (f" {CAVEAT}" if region == "whole image" else " The paper has no figures inside the breast.")
    )  # fmt: skip
    notes = (MISPRINT,) if region == "whole image" and "pix2pix" in study.kinds.values() else ()
    header = ("Method", *(q.heading for q in study.regions[region]), "Folds", "Images", "Patients")
    name, title = "table-4-1-" + region.split()[-1], f"Fidelity, {region}"
    return Table(name, title, study.stamp, caption, header, tuple(rows), tuple(records), notes)


def _fold_row(study: Study, region: str, method: str, c: int | None = None) -> tuple[list[Cell], list[Record]]:
    """Return a method's cells and records over all images, or over those of density number `c`."""
    chosen = np.full(len(study.scores.items), True) if c is None else study.scores.densities == c
    family = study.families[region] if c is None else study.density_families[region][c]
    density = "" if c is None else DENSITIES[c]
    cells, records = [], []
    for q in study.regions[region]:
        found = over_folds(study.scores.of(method, q.column)[chosen], study.scores.folds[chosen])
        paper = published(study.kinds.get(method, method), q.column, density)
        mark, verdict = mark_of(family, method, q)
        lines = tuple(line for line in (f"paper: {paper}" if paper else "", verdict) if line)
        cells.append(Cell(with_spread(found.mean, found.sd, q.decimals), lines, mark))
        records.append({
            "method": method, "region": region, "density": density, "metric": q.name, "mean": found.mean,
            "sd_over_folds": found.sd, "folds": found.folds, "folds_expected": study.folds, "images": found.images,
            "paper": paper, "against_references": verdict,
        })  # fmt: skip
    return cells, records


def mark_of(family: Sequence[Comparison], method: str, quantity: Quantity) -> tuple[str, str]:
    """Return the mark and the words for a method against all trivial references on one quantity."""
    outcomes = against_references(family, method, quantity)
    if is_reference(method) or not outcomes:
        return ("muted" if is_reference(method) else ""), ""
    if Outcome.TOO_FEW in outcomes.values():
        return "", "too few patients to compare"
    worse = [short_name(r) for r, o in outcomes.items() if o is Outcome.WORSE]
    level = [short_name(r) for r, o in outcomes.items() if o is Outcome.NO_BETTER]
    words = [f"worse than {listed(worse)}"] if worse else []
    words += [f"no better than {listed(level)}"] if level else []
    if not words:
        return "better", "beats all references"
    return ("worse" if worse else "none"), "; ".join(words)


def name_cell(study: Study, method: str) -> Cell:
    """Return the first cell of a method's row."""
    kind = study.kinds.get(method, method)
    recipe = (f"recipe {method}",) if kind != method else ()
    return Cell(method_name(kind), recipe, "muted" if is_reference(method) else "")


def _extent(study: Study, method: str) -> tuple[Cell, Cell, Cell]:
    known = ~np.isnan(study.scores.cube[study.scores.methods.index(method)]).all(axis=1)
    folds = np.unique(study.scores.folds[known]).size
    short = "worse" if folds < study.folds else ""
    patients = np.unique(study.scores.patients[known]).size
    return Cell(f"{folds} of {study.folds}", mark=short), Cell(str(known.sum())), Cell(str(patients))


def table_4_2(study: Study, region: str) -> Table:
    """Make Table 4.2: the same by ACR density, with Kruskal-Wallis over the densities."""
    rows, records = [], []
    for method in study.scores.methods:
        for c, density in enumerate(DENSITIES):
            cells, found = _fold_row(study, region, method, c)
            rows.append(row(name_cell(study, method), density, *cells, *_numbers(study, c)))
            records += found
        tests, found = _kruskal_rows(study, region, method)
        rows += tests
        records += found
    unknown = int((study.scores.densities < 0).sum())
    header = ("Method", "ACR", *(q.heading for q in study.regions[region]), "Images", "Patients")
    caption = (
        f"Table 4.2, {region}: mean ± standard deviation of the fold means within each ACR density. Kruskal–Wallis "
        "tests whether the four densities share one distribution. Its p by patients uses one mean for each patient, "
        "because images of one patient are not independent; its p by folds is the paper's variant, on fold means. "
        "Neither is corrected for the number of tests, and a p above 0.05 shows no equality where a density has few "
        "patients. " + MARKS.format(family="the density")
    )
    notes = (f"{count(unknown, 'test image has', 'test images have')} no known density and "
             f"{'is' if unknown == 1 else 'are'} in no row.",) if unknown else ()  # fmt: skip
    name = "table-4-2-" + region.split()[-1]
    title = f"By breast density, {region}"
    return Table(name, title, study.stamp, caption, header, tuple(rows), tuple(records), notes)


def _numbers(study: Study, c: int) -> tuple[int, int]:
    chosen = study.scores.densities == c
    return int(chosen.sum()), int(np.unique(study.scores.patients[chosen]).size)


def _kruskal_rows(study: Study, region: str, method: str) -> tuple[list[tuple[Cell, ...]], list[Record]]:
    s = study.scores
    rows, records = [], []
    for words, by, groups in (("p, patients", patient_means_by_category, s.patients),
                              ("p, folds", fold_means_by_category, s.folds)):  # fmt: skip
        found = [kruskal_wallis(by(s.of(method, q.column), groups, s.densities, 4)) for q in study.regions[region]]
        rows.append(row(name_cell(study, method), words, *map(_kruskal_cell, found), "", ""))
        records += [
            {"method": method, "region": region, "density": f"Kruskal-Wallis {words}", "metric": q.name, "h": k.h,
             "p": k.p, "sizes": " ".join(map(str, k.sizes))}
            for q, k in zip(study.regions[region], found, strict=True)
        ]  # fmt: skip
    return rows, records


def _kruskal_cell(found: KruskalWallis) -> Cell:
    return Cell(p_value(found.p), mark="test")


def intervals_table(study: Study, region: str) -> Table:
    """Make the table of means over images with patient-bootstrap intervals, and medians with quartiles."""
    rows, records = [], []
    for method in study.scores.methods:
        cells = []
        for q in study.regions[region]:
            values = study.scores.of(method, q.column)
            interval = study.mean(method, q.column)
            middle = quartiles(values)
            spread = f"{number(middle.lower, q.decimals)} to {number(middle.upper, q.decimals)}"
            text = with_bounds(interval, q.decimals)
            cells.append(Cell(text, (f"median {number(middle.median, q.decimals)}, quartiles {spread}",)))
            records.append({
                "method": method, "region": region, "metric": q.name, "mean": interval.estimate, "low": interval.low,
                "high": interval.high, "median": middle.median, "lower_quartile": middle.lower,
                "upper_quartile": middle.upper, "images": int((~np.isnan(values)).sum()),
            })  # fmt: skip
        rows.append(row(name_cell(study, method), *cells))
    caption = (
        f"Mean over images, {region}, with 95 % intervals from {study.draws.resamples} resamples of whole patients "
        "(percentile bootstrap), and below it median and quartiles over images. The mean is over images, so it can "
        "differ in the last digits from the mean of the fold means above."
    )
    header = ("Method", *(q.heading for q in study.regions[region]))
    name = "intervals-" + region.split()[-1]
    return Table(name, f"Intervals, {region}", study.stamp, caption, header, tuple(rows), tuple(records))


def intervals_dots(study: Study, region: str) -> Dots:
    """Draw the means of that table with their intervals."""
    quantities, methods = study.regions[region], study.scores.methods
    values = np.stack([[study.scores.of(m, q.column) for m in methods] for q in quantities])
    found = [mean_intervals(own.T, study.scores.patients, study.draws.weights) for own in values]
    lines = tuple(
        Line(study.short(m), kind_of(study, m), tuple(own[i] for own in found)) for i, m in enumerate(methods)
    )
    columns = tuple(Column(q.column, q.heading, q.higher_is_better, q.decimals) for q in quantities)
    caption = (
        f"Mean over images, {region}, with 95 % patient-bootstrap intervals. The dotted line is the best reference."
    )
    name = "intervals-" + region.split()[-1]
    return Dots(name, f"Fidelity, {region}", study.stamp, caption, columns, lines)
