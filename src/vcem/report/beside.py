"""Two reports beside each other: today's and last month's, or internal and external.

A report keeps the tables of its scores, so that it can be compared when runs and images are gone. Where both tested the
same images, differences are paired; elsewhere the numbers stand side by side and nothing is tested.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from vcem.core.building import rebuilt
from vcem.core.errors import UsageError
from vcem.core.files import MANIFEST, read_json, read_manifest, refuse_mixture, write_bytes, write_manifest, write_text
from vcem.folders.scores import LESIONS, MARKS, SCORES
from vcem.metrics.table import Area
from vcem.report.collect import labels
from vcem.report.compare import Comparison, Outcome, image_block, lesion_block
from vcem.report.dots import Dots, Line
from vcem.report.free_response import COMPARED, found_at
from vcem.report.glance import glance
from vcem.report.markdown import markdown
from vcem.report.page import Page, Section, render
from vcem.report.paired import FOUND, Both, differences, why_apart
from vcem.report.quantities import HALLUCINATED, Quantity, bounds, flat, number, p_value, with_bounds
from vcem.report.study import Study, read_study
from vcem.report.tables import Cell, Record, Table, count, row, write_tables
from vcem.stats.intervals import UNKNOWN, Interval, mean_intervals

REPORT, KIND, MADE_BY, KEPT = "report", "comparison of reports", "vcem report", "scores"
PAGE, TABLES = "index.html", "tables.md"
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
        write_text(building / TABLES, markdown(page))
        write_text(building / PAGE, render(page))
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
    title, said = "Both values and their difference", _caption(both, found)
    return Table("beside", title, _stamp(both), said, header, tuple(rows), tuple(records))


def _quantities(both: Both) -> list[Quantity]:
    columns = both.studies[1].scores.columns
    known = [q for q in both.studies[0].regions[Area.BREAST.words] if q.column in columns]
    return [*known, FOUND, *lesion_block(both.studies[0].lesions).quantities, HALLUCINATED]


def _value(study: Study, method: str, quantity: Quantity) -> Interval:
    """Return a method's own value in one report, over all its images or lesions."""
    if quantity is FOUND:
        return found_at(study, method)
    block = lesion_block(study.lesions)
    if quantity not in block.quantities:
        block = image_block(study.scores, [quantity])
    if not block.patients.size:
        return UNKNOWN
    values = block.cube[block.methods.index(method), :, block.quantities.index(quantity)]
    return mean_intervals(values[:, None], block.patients, study.draws.weights)[0]


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
    record |= flat(dict(named))
    if found:
        record |= {"p": found.p, "p_holm": found.p_holm, "outcome": str(found.outcome), "n": found.images,
                   "patients": found.patients}  # fmt: skip
    return record


def _stamp(both: Both) -> str:
    if len({study.stamp for study in both.studies}) == 1:
        return f"Both: {both.studies[0].stamp}"
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
