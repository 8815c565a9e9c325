"""Two reports beside each other: today's and last month's, or internal and external.

A report keeps the tables of its scores, so that it can be compared when runs and images are gone. Where both tested the
same images, differences are paired; elsewhere the numbers stand side by side and nothing is tested.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from vcem.core.building import rebuilt
from vcem.core.errors import UsageError
from vcem.core.files import MANIFEST, read_json, read_manifest, refuse_mixture, write_bytes, write_manifest, write_text
from vcem.folders.scores import ALIKE, LESIONS, MARKS, SCORES
from vcem.metrics.table import Area
from vcem.report.collect import labels
from vcem.report.compare import Block, Comparison, Outcome, image_block, lesion_block
from vcem.report.dots import Dots, Line
from vcem.report.free_response import COMPARED, LE, marks_of
from vcem.report.glance import glance
from vcem.report.markdown import markdown
from vcem.report.page import Page, Section, render
from vcem.report.quantities import HALLUCINATED, Quantity, bounds, number, p_value, with_bounds
from vcem.report.study import Study, read_study
from vcem.report.tables import Cell, Record, Table, count, row, write_tables
from vcem.stats.free_response import Marks, found_difference, found_interval
from vcem.stats.intervals import Interval, holm, mean_intervals, sign_flip_p

REPORT, KIND, MADE_BY, KEPT = "report", "comparison of reports", "vcem report", "scores"
FOUND = Quantity(f"found_at_{COMPARED:g}", f"Found at {COMPARED:g}", True, 3)
_MARKS = {Outcome.BETTER: "better", Outcome.WORSE: "worse"}


def keep_scores(study: Study, folder: Path) -> None:
    """Copy the tables of all runs into a report, a folder for each method and fold."""
    names = labels(study.runs)
    for run in study.runs:
        own = folder / KEPT / names[run.recipe, run.method].replace("/", "-") / f"fold-{run.fold:02d}"
        for table in (LESIONS, MARKS, SCORES):
            if (run.folder / table).is_file():
                write_bytes(own / table, (run.folder / table).read_bytes())


def is_report(folder: Path) -> bool:
    """Return whether a folder is a finished report."""
    return (folder / MANIFEST).is_file() and read_json(folder / MANIFEST, "a manifest").get("kind") == REPORT


@dataclass(frozen=True)
class Both:
    """Two reports by name, with what each warns of.

    `apart` says why their images are not the same, empty if they are.
    """

    names: tuple[str, str]
    studies: tuple[Study, Study]
    apart: str
    warnings: tuple[str, ...] = ()

    @property
    def methods(self) -> list[str]:
        """The methods that both have: the learned ones, and where images are not the same the references too."""
        first, second = (s.scores for s in self.studies)
        return [m for m in (first.methods if self.apart else first.learned) if m in second.methods]


def compare_reports(first: Path, second: Path, out: Path, title: str = "", date: str = "", seed: int = 0) -> Page:
    """Write page, table and CSV files of two reports beside each other.

    Raises:
        UsageError: if one is no report or keeps no scores, or `out` holds something else.
    """
    refuse_mixture(out, KIND)
    manifests, studies = zip(*(_reported(folder, seed) for folder in (first, second)), strict=True)
    a, b = first.resolve().name, second.resolve().name
    names = (a, b) if a != b else ("first", "second")
    both = Both(names, studies, why_apart(*studies), _warnings(names, manifests))
    if not set(studies[0].scores.learned) & set(studies[1].scores.learned):
        raise UsageError("The two reports have no method in common.", "reports of the same methods or recipes")
    page = _page(both, title or f"{both.names[0]} and {both.names[1]}", date)
    with rebuilt(out, KIND) as building:
        write_tables(building, page.tables)
        write_text(building / "tables.md", markdown(page))
        write_text(building / "index.html", render(page))
        facts = {name: dict(study.scores.common) for name, study in zip(both.names, studies, strict=True)}
        write_manifest(building, KIND, {"reports": facts, "seed": seed, "title": page.title})
    return page


def _reported(folder: Path, seed: int) -> tuple[dict[str, Any], Study]:
    manifest = read_manifest(folder, REPORT, MADE_BY)
    if not (folder / KEPT).is_dir():
        raise UsageError(f"{folder} keeps no scores: an older vcem made it.", "a report of today", "make it again")
    return manifest, read_study([folder / KEPT], None, seed)


def _warnings(names: Sequence[str], manifests: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    """Return what each report said must be read first, once where both say it."""
    own = [manifest.get("warnings", []) for manifest in manifests]
    all_said = list(dict.fromkeys([*own[0], *own[1]]))
    who = {w: [name for name, said in zip(names, own, strict=True) if w in said] for w in all_said}
    return tuple(w if len(who[w]) > 1 else f"{who[w][0]}: {w}" for w in all_said)


def why_apart(first: Study, second: Study) -> str:
    """Say why two studies did not test the same images, empty if they share some.

    Names alone prove nothing: LE handed back must have the same scores, which no network and no fold changes.
    """
    for what in ALIKE:
        own = [s.scores.common[what] for s in (first, second)]
        if own[0] != own[1]:
            return f"they differ in {what}, {own[0]} and {own[1]}"
    here, there = shared(_tests(first), _tests(second))
    if not here:
        return "they have no test image in common"
    if any(first.scores.items[i].patient != second.scores.items[j].patient for i, j in zip(here, there, strict=True)):
        return "images of the same name are of other patients"
    if LE not in first.scores.methods or LE not in second.scores.methods:
        return "LE handed back was not scored in both, so that nothing shows the images to be the same"
    columns = [c for c in first.scores.columns if c in second.scores.columns]
    a, b = (np.stack([s.scores.of(LE, c)[own] for c in columns]) for s, own in ((first, here), (second, there)))
    if not np.allclose(a, b, rtol=1e-4, atol=1e-6, equal_nan=True):
        return "LE handed back has other scores in them: the images or the metrics were changed in between"
    return ""


def shared(
    first: Sequence[tuple[int, Hashable]], second: Sequence[tuple[int, Hashable]]
) -> tuple[list[int], list[int]]:
    """Return where the same things stand in two lists of (fold, name).

    By name alone where each stands once in both, for then a fold is only the network that tested it.
    """
    once = all(len({name for _, name in own}) == len(own) for own in (first, second))
    a, b = ([name if once else (fold, name) for fold, name in own] for own in (first, second))
    place = {key: k for k, key in enumerate(b)}
    both = [(k, place[key]) for k, key in enumerate(a) if key in place]
    return [i for i, _ in both], [j for _, j in both]


def _tests(study: Study) -> list[tuple[int, Hashable]]:
    return [(i.fold, i.pair) for i in study.scores.items]


def _lesions(study: Study) -> list[tuple[int, Hashable]]:
    return [(fold, (pair, k)) for fold, pair, k in study.lesions.names]


def differences(both: Both) -> list[Comparison]:
    """Return second minus first for every method and quantity that both have, one family of Holm's correction."""
    if both.apart:
        return []
    a, b = both.studies
    known = [q for q in a.regions[Area.BREAST.words] if q.column in b.scores.columns]
    images = tuple(image_block(s.scores, [*known, HALLUCINATED]) for s in both.studies)
    lesions = tuple(lesion_block(s.lesions) for s in both.studies)
    found = [*_paired(both, images, shared(_tests(a), _tests(b))), *_found(both)]
    found += _paired(both, lesions, shared(_lesions(a), _lesions(b)))
    adjusted = holm(np.array([c.p for c in found], dtype=float))
    family = int((~np.isnan(adjusted)).sum())
    return [replace(c, p_holm=float(p), family=family) for c, p in zip(found, adjusted, strict=True)]


def _paired(both: Both, blocks: tuple[Block, ...], where: tuple[list[int], list[int]]) -> list[Comparison]:
    draws = both.studies[0].draws
    wanted = [(m, k) for m in both.methods for k in range(len(blocks[0].quantities))]
    if not where[0] or not wanted:
        return []
    one, two = ([block.cube[block.methods.index(m), own, k] for m, k in wanted]
                for block, own in zip(blocks, where, strict=True))  # fmt: skip
    columns, patients = np.column_stack(two) - np.column_stack(one), blocks[0].patients[where[0]]
    intervals, p = mean_intervals(columns, patients, draws.weights), sign_flip_p(columns, patients, draws.signs)
    known = ~np.isnan(columns)
    return [
        Comparison(m, m, blocks[0].quantities[k], intervals[n], float(p[n]), int(known[:, n].sum()),
                   np.unique(patients[known[:, n]]).size)
        for n, (m, k) in enumerate(wanted)
    ]  # fmt: skip


def _found(both: Both) -> list[Comparison]:
    """Return the differences of lesions found, where both tested the same images and lesions and no others."""
    a, b = both.studies
    lit = [[name for name, on in zip(_lesions(s), s.lesions.enhancing, strict=True) if on] for s in both.studies]
    here, there = shared(*lit)
    whole = len(here) == len(lit[0]) == len(lit[1]) and a.scores.patient_names == b.scores.patient_names
    if not whole or not here or len(a.scores.items) != len(b.scores.items):
        return []
    found = []
    for m in both.methods:
        first, second = (marks_of(s).get(m) for s in both.studies)
        if first and second and first.best.size == second.best.size == len(here):
            found.append(_found_by(m, _in_order(first, here), _in_order(second, there), a))
    return found


def _in_order(marks: Marks, order: list[int]) -> Marks:
    return replace(marks, best=marks.best[order], lesion_patients=marks.lesion_patients[order])


def _found_by(method: str, first: Marks, second: Marks, study: Study) -> Comparison:
    gain, p = found_difference(second, first, COMPARED, study.draws.weights)
    return Comparison(method, method, FOUND, gain, p, first.best.size, np.unique(first.lesion_patients).size)


def beside_table(both: Both, found: Sequence[Comparison]) -> Table:
    """Make the table: a row for each method and quantity with both values and their difference."""
    by_name = {(c.first, c.quantity): c for c in found}
    rows, records = [], []
    for method in both.methods:
        for quantity in _quantities(both):
            values = [_value(s, method, quantity) for s in both.studies]
            c = by_name.get((method, quantity))
            named = zip(both.names, values, strict=True)
            shown = [with_bounds(v, quantity.decimals) for v in values]
            rows.append(row(both.studies[0].short(method), quantity.heading, *shown, *_cells(c)))
            records.append(_record(method, quantity, named, c))
    header = ("Method", "Quantity", *both.names, f"{both.names[1]} − {both.names[0]}", "Same images or lesions")
    return Table(
        "beside", "Beside each other", _stamp(both), _caption(both, found), header, tuple(rows), tuple(records)
    )


def _quantities(both: Both) -> list[Quantity]:
    columns = both.studies[1].scores.columns
    known = [q for q in both.studies[0].regions[Area.BREAST.words] if q.column in columns]
    return [*known, FOUND, *lesion_block(both.studies[0].lesions).quantities, HALLUCINATED]


def _value(study: Study, method: str, quantity: Quantity) -> Interval:
    """Return a method's own value in one report, over all its images or lesions."""
    weights = study.draws.weights
    if quantity is FOUND:
        marks = marks_of(study).get(method)
        return found_interval(marks, COMPARED, weights) if marks and marks.best.size else _NONE
    block = lesion_block(study.lesions)
    if quantity not in block.quantities:
        block = image_block(study.scores, [quantity])
    if not block.patients.size:
        return _NONE
    values = block.cube[block.methods.index(method), :, block.quantities.index(quantity)]
    return mean_intervals(values[:, None], block.patients, weights)[0]


_NONE = Interval(float("nan"), float("nan"), float("nan"))


def _cells(found: Comparison | None) -> tuple[Cell | str, Cell | str]:
    if found is None:
        return Cell("–", ("not paired",), "muted"), "–"
    d, q = found.difference, found.quantity
    lines = (bounds(d, q.decimals, sign=True), f"p {p_value(found.p_holm)}, {found.outcome}")
    cell = Cell(number(d.estimate, q.decimals, sign=True), lines, _MARKS.get(found.outcome, ""))
    return cell, f"{found.images}, {count(found.patients, 'patient')}"


def _record(
    method: str, quantity: Quantity, values: Iterable[tuple[str, Interval]], found: Comparison | None
) -> Record:
    record: Record = {"method": method, "quantity": quantity.name, "column": quantity.column}
    named = [*values, *([("difference", found.difference)] if found else [])]
    for name, own in named:
        record |= {name: own.estimate, f"{name}_low": own.low, f"{name}_high": own.high}
    if found:
        record |= {"p": found.p, "p_holm": found.p_holm, "outcome": str(found.outcome), "n": found.images,
                   "patients": found.patients}  # fmt: skip
    return record


def _stamp(both: Both) -> str:
    return " | ".join(f"{name}: {study.stamp}" for name, study in zip(both.names, both.studies, strict=True))


def _caption(both: Both, found: Sequence[Comparison]) -> str:
    words = (
        "Inside the breast and at lesions: mean over all images or lesions of each report with its 95 % interval by "
        f"patient bootstrap; lesions found at {COMPARED:g} false places per image. "
    )
    if both.apart:
        return f"{words}No difference is tested: {both.apart}."
    return (
        f"{words}Difference: {both.names[1]} minus {both.names[0]} on the images or lesions that both tested, which LE "
        "handed back shows to be the same ones; p by randomisation of whole patients (lesions found: by patient "
        f"bootstrap), after Holm's correction over the {count(len(found), 'difference')} of this table. Better and "
        f"worse speak of {both.names[1]}."
    )


def _page(both: Both, title: str, date: str) -> Page:
    found = differences(both)
    table = beside_table(both, found)
    stamps = tuple((name, s.stamp) for name, s in zip(both.names, both.studies, strict=True))
    apart = [f"No difference is tested: {both.apart}."] if both.apart else []
    section = Section("beside", "Beside each other", tables=(table,))
    return Page(title, _stamp(both), headline(both, found), _glance(both), (), (*apart, *both.warnings), stamps, (),
                (section,), date)  # fmt: skip


def headline(both: Both, found: Sequence[Comparison]) -> tuple[str, str]:
    """Say in one sentence what was shown."""
    if both.apart:
        return "none", f"These numbers stand side by side only: {both.apart}."
    own = [c.outcome for c in found]
    better, worse = own.count(Outcome.BETTER), own.count(Outcome.WORSE)
    mark = "better" if better and not worse else "worse" if worse and not better else "none"
    rest = len(own) - better - worse
    return mark, (
        f"Of {count(len(own), 'paired difference')} between {both.names[0]} and {both.names[1]}, {better} in favour "
        f"of {both.names[1]}, {worse} against it; {rest} show nothing."
    )


def _glance(both: Both) -> Dots:
    one, two = (glance(s, judged=False) for s in both.studies)
    lines = [
        replace(line, name=f"{line.name}, {name}")
        for pair in _pairs(one, two)
        for name, line in zip(both.names, pair, strict=True)
    ]
    return replace(one, title="Both reports", stamp=_stamp(both), lines=tuple(lines), meaning="")


def _pairs(one: Dots, two: Dots) -> list[tuple[Line, Line]]:
    known = {line.name: line for line in two.lines}
    return [(line, known[line.name]) for line in one.lines if line.name in known]
