"""`vcem study analyse`: opens the sealed truth after the reading, and writes tables and one page."""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from vcem import __version__
from vcem.core.errors import UsageError
from vcem.core.files import write_csv, write_text
from vcem.study.folder import Study, Truth, open_truth
from vcem.study.readings import COLUMNS, Reading, changed, plain_row
from vcem.study.record import ANSWER, CLOSED, REVISION, SHOWN, Entry, Record
from vcem.study.result_tables import Table
from vcem.study.results import time_tables


def analyse_study(study: Study, record: Record, truth: Path, out: Path) -> list[str]:
    """Analyse a study and write `answers.csv`, `results.csv` and `index.html`; lines to print are returned.

    Raises:
        UsageError: if the truth is another study's, or there are too few answers.
        FailureError: if the log was changed.
    """
    last = record.verify()
    opened = open_truth(study, truth)
    readings = collect(study, opened, record.entries())
    tables, text = study.design.reading.report(study.design, readings, opened.lesions, out)
    tables += time_tables(study.design, readings)
    write_csv(out / "answers.csv", COLUMNS, map(plain_row, readings))
    write_csv(out / "results.csv", ("table", "row", "column", "value"), _long(tables))
    missing = len(study.slots) - len(readings)
    facts = (
        ("readings", f"{len(readings)} of {len(study.slots)}"),
        *([("cases of unknown pathology, left out", str(study.left_out))] if study.left_out else []),
        *(
            [("answers changed, the last counts", f"{len(changed(readings))} of {len(readings)}")]
            if study.design.reading.revisable
            else []
        ),
        *(("planned", line) for line in study.plan),
        ("protocol", study.protocol),
        ("log ends with", last.hash if last else ""),
    )
    warnings = [study.design.note] if study.design.note else []
    if study.known_patients:
        warnings.append(
            f"{study.known_patients} images are of patients of whom a network saw another image in training."
        )
    if still_open := not_closed(study, record):
        warnings.append(f"{still_open} sessions are not closed: their answers may still be changed.")
    if missing:
        warnings.append(f"{missing} readings are missing: this is not the result of the study yet.")
    write_text(out / "index.html", _page(study, tables, text, facts, warnings))
    return [
        *warnings,
        *(f"{t.title}: {'; '.join(' '.join(filter(None, row)) for row in t.rows)}" for t in tables),
        *text,
    ]


def collect(study: Study, truth: Truth, entries: Sequence[Entry]) -> tuple[Reading, ...]:
    """Join answers and truth, in the order in which they were first given.

    Raises:
        UsageError: if there are no answers.
    """
    years = {r.name: r.years for r in study.design.readers}
    shown: dict[str, int] = {}
    changes: dict[str, tuple[Entry, ...]] = {}
    for e in entries:
        if e.kind == SHOWN:
            shown[e.item] = shown.get(e.item, 0) + 1
        elif e.kind == REVISION:
            changes[e.item] = (*changes.get(e.item, ()), e)
    found = []
    for e in entries:
        if e.kind == ANSWER:
            item = truth.items[e.item]
            times, changed_to = shown.get(e.item, 0), changes.get(e.item, ())
            found.append(Reading(item, truth.cases[item.case], years[item.reader], e, times, changed_to))
    if not found:
        raise UsageError(f"Nobody has answered anything in {study.folder}.", "answers given to vcem study serve")
    return tuple(found)


def _long(tables: Sequence[Table]) -> list[dict[str, str]]:
    return [
        {
            "table": t.title,
            "row": " ".join(row[: t.keys]),
            "column": name,
            "value": cell,
        }
        for t in tables
        for row in t.rows
        for name, cell in zip(t.columns[t.keys :], row[t.keys :], strict=True)
    ]


def _page(
    study: Study,
    tables: Sequence[Table],
    text: Sequence[str],
    facts: Sequence[tuple[str, str]],
    warnings: Sequence[str],
) -> str:
    environment = Environment(
        loader=PackageLoader("vcem.study", "pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    style = files("vcem.study").joinpath("pages", "analysis.css").read_text()
    page = environment.get_template("analysis.html")
    return (
        page.render(
            study=study, tables=tables, text=text, facts=facts, warnings=warnings, style=style, version=__version__
        )
        + "\n"
    )


def not_closed(study: Study, record: Record) -> int:
    """Return how many sessions their readers have not closed, where answers may be changed until then."""
    if not study.design.reading.revisable:
        return 0
    closed = {(e.reader, e.body["session"]) for e in record.entries(CLOSED)}
    return len({(s.reader, s.session) for s in study.slots} - closed)


def verify_lines(study: Study, record: Record, changed: Sequence[str]) -> list[str]:
    """Return what `vcem study verify` says of a whole log."""
    last = record.verify()
    answers = record.entries(ANSWER)
    counts = {r.name: sum(a.reader == r.name for a in answers) for r in study.design.readers}
    total = {r.name: sum(s.reader == r.name for s in study.slots) for r in study.design.readers}
    said = [f"{name}: {counts[name]} of {total[name]} readings answered" for name in counts]
    said.append(f"protocol {study.protocol}; {len(changed)} frozen files changed")
    said.append(
        f"the chain holds: {last.n if last else 0} entries, the last is {last.hash if last else study.protocol}"
    )
    return said
