"""`vcem study analyse`: opens the sealed truth when the reading has ended, and writes tables and one page."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from math import inf
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from vcem import __version__
from vcem.core.errors import UsageError
from vcem.core.files import write_csv, write_text
from vcem.folders.study import ANSWERS, PAGE, RESULTS
from vcem.study.ending import look, looks, not_closed
from vcem.study.folder import Study, Truth, open_truth, refuse_changed
from vcem.study.items import Slot
from vcem.study.questions import Question, check_body
from vcem.study.readings import COLUMNS, Reading, changed, plain_row
from vcem.study.record import ANSWER, CLOSED, END, KINDS, REVISION, SHOWN, Entry, Record, When
from vcem.study.result_tables import Table
from vcem.study.results import time_tables


def analyse_study(
    study: Study, record: Record, truth: Path, out: Path, interim: str = "", at: When = lambda: datetime.now(UTC)
) -> list[str]:
    """Analyse a study and write `answers.csv`, `results.csv` and `index.html`; lines to print are returned.

    Args:
        study: what was read.
        record: its log.
        truth: the sealed truth.
        out: folder for the files.
        interim: why the results are looked at before the end; it is noted in the log first.
        at: the clock by which that is noted.

    Raises:
        UsageError: if the truth is another study's, there are too few answers, or the reading has not ended and no
            reason is given to look.
        FailureError: if the log was changed.
    """
    record.verify()
    opened = open_truth(study, truth)
    refuse_changed(study)
    entries, damaged = sound(study, record.entries())
    given = collect(study, opened, entries)
    if interim or record.end() is None:
        look(study, record, at, interim)
    lost = [opened.items[e.item] for e, _ in damaged if e.kind == ANSWER and e.item in opened.items]
    design, readings, left_out = study.design.reading.complete(study.design, given, lost)
    tables, text = design.reading.report(design, readings, opened.lesions, out)
    tables += time_tables(design, readings)
    write_csv(out / ANSWERS, COLUMNS, map(plain_row, given))
    write_csv(out / RESULTS, ("table", "row", "column", "value"), _long(tables))
    warnings = [*_warnings(study, record, len(given) + len(lost)), *(said for _, said in damaged), *left_out]
    facts = [*_facts(study, given), ("protocol", study.protocol), ("log ends with", record.head().partition(":")[2])]
    write_text(out / PAGE, _page(study, tables, text, facts, warnings))
    return [
        *warnings,
        *(f"{t.title}: {'; '.join(' '.join(filter(None, row)) for row in t.rows)}" for t in tables),
        *text,
    ]


def _facts(study: Study, given: Sequence[Reading]) -> list[tuple[str, str]]:
    facts = [("readings", f"{len(given)} of {len(study.slots)}")]
    if study.left_out:
        facts.append(("cases of unknown pathology, left out", str(study.left_out)))
    if study.design.reading.revisable:
        facts.append(("answers changed, the last counts", f"{len(changed(given))} of {len(given)}"))
    return facts + [("planned", line) for line in study.plan]


def _warnings(study: Study, record: Record, given: int) -> list[str]:
    said = [study.design.note] if study.design.note else []
    if (end := record.end()) and end.body.get("because"):
        said.append(f"The reading was ended before all was read, because: {end.body['because']}")
    said += looks(record)
    if study.known_patients:
        said.append(f"{study.known_patients} images are of patients of whom a network saw another image in training.")
    if still_open := not_closed(study, record):
        said.append(f"{still_open} sessions are not closed{'.' if end else ': their answers may still be changed.'}")
    if missing := len(study.slots) - given:
        said.append(f"{missing} readings are missing{'.' if end else ': this is not the result of the study yet.'}")
    return said


def sound(study: Study, entries: Sequence[Entry]) -> tuple[list[Entry], list[tuple[Entry, str]]]:
    """Part the entries that can be analysed from the answers that cannot, as after a fault or by other hands.

    Returns:
        The sound entries, and each damaged answer or change with what is said of it. What was changed of a damaged
        answer goes with it.
    """
    slots = {slot.item: slot for slot in study.slots}
    asked = study.design.reading.questions()
    kept: list[Entry] = []
    damaged: list[tuple[Entry, str]] = []
    seen: dict[str, bool] = {}  # items answered so far, and whether the answer is sound
    closed: set[tuple[str, object]] = set()
    end = next((e.n for e in entries if e.kind == END), inf)
    for e in entries:
        if e.kind not in (ANSWER, REVISION):
            kept.append(e)
            closed |= {(e.reader, e.body.get("session"))} if e.kind == CLOSED else set()
            continue
        why = _damage(study, slots.get(e.item), asked, e) if e.n < end else "it came after the end of the reading."
        if not why and e.kind == REVISION and _is_locked(study, slots[e.item], closed):
            why = "the answer was locked."
        if not why and e.kind == ANSWER and e.item in seen:
            why = "it is the second to one reading."
        if not why and seen.get(e.item, e.kind == ANSWER):
            kept.append(e)
        elif why:
            damaged.append((e, f"Entry {e.n}, answer of {e.reader} to {_place(slots, e.item)}, is set aside: {why}"))
        if e.kind == ANSWER:
            seen.setdefault(e.item, not why)
    return kept, damaged


def _damage(study: Study, slot: Slot | None, asked: tuple[Question, ...], e: Entry) -> str:
    if slot is None or slot.reader != e.reader:
        return "it belongs to no reading of this reader."
    try:
        check_body(asked, study.canvas(slot), e.body)
        if e.time.tzinfo is None:
            return "its time has no zone."
    except UsageError as error:
        return error.found
    except (ValueError, TypeError):
        return "its time cannot be read."
    return ""


def _is_locked(study: Study, slot: Slot, closed: set[tuple[str, object]]) -> bool:
    """Tell whether an answer can no longer be changed, after these sessions were closed."""
    return not study.design.reading.revisable or (slot.reader, slot.session) in closed


def strange(study: Study, entries: Sequence[Entry]) -> list[str]:
    """Return what is said of entries that the server never writes, in a chain that holds: other hands wrote them."""
    names = {"", *(reader.name for reader in study.design.readers)}
    others = [e for e in entries if e.kind not in KINDS or e.reader not in names]
    said = [f"Entry {e.n}, {e.kind!r} of {e.reader!r}, is not one that the server writes." for e in others]
    return said + [text for e, text in sound(study, entries)[1] if e not in others]


def _place(slots: Mapping[str, Slot], item: str) -> str:
    slot = slots.get(item)
    return f"session {slot.session}, case {slot.position}" if slot else f"{item!r}"


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
    style = files("vcem.study").joinpath("pages", "analysis.css").read_text("utf-8")
    page = environment.get_template("analysis.html")
    return (
        page.render(
            study=study, tables=tables, text=text, facts=facts, warnings=warnings, style=style, version=__version__
        )
        + "\n"
    )


def verify_lines(study: Study, record: Record, changed: Sequence[str]) -> list[str]:
    """Return what `vcem study verify` says of a whole log."""
    last = record.verify()
    answers = [e.reader for e in record.entries(ANSWER)]
    expected = [slot.reader for slot in study.slots]
    names = [r.name for r in study.design.readers]
    said = [f"{name}: {answers.count(name)} of {expected.count(name)} readings answered" for name in names]
    said.append(f"{len(answers)} of {len(expected)} expected answers; the last at {last.at if last else 'no time'}")
    if end := record.end():
        said.append(f"the reading ended at {end.at}; {end.body.get('because') or 'all was read'}")
    said += looks(record)
    said.append(f"protocol {study.protocol}; {len(changed)} of {len(study.files)} frozen files changed")
    said.append(f"the chain holds: {last.n if last else 0} entries, the head is {record.head()}")
    return said
