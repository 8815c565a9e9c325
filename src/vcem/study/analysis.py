"""`vcem study analyse`: opens the sealed truth after the reading, and writes tables and one page."""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from vcem import __version__
from vcem.core.files import write_csv, write_json, write_text
from vcem.study.covariance import Covariance
from vcem.study.design import Design, MostRealistic, MultiReader
from vcem.study.folder import Study, open_truth
from vcem.study.imrmc import write_imrmc
from vcem.study.mrmc import lines, mrmc, plain
from vcem.study.ratings import Rating, Ratings, crossed
from vcem.study.readings import COLUMNS, Reading, collect, of_phase, plain_row
from vcem.study.record import ANSWER, Record
from vcem.study.result_tables import Table
from vcem.study.results import agreement_tables, choice_tables, time_tables
from vcem.study.schedule import Phase
from vcem.study.turing import turing_tables

RATINGS = ("reader", "treatment", "case", "truth", "rating", "patient")


def analyse_study(study: Study, record: Record, truth: Path, out: Path) -> list[str]:
    """Analyse a study and write `answers.csv`, `results.csv` and `index.html`; lines to print are returned.

    Raises:
        UsageError: if the truth is another study's, or there are too few answers.
        FailureError: if the log was changed.
    """
    last = record.verify()
    readings = collect(study, open_truth(study, truth), record.entries())
    tables, text = _tables(study.design, readings, out)
    write_csv(out / "answers.csv", COLUMNS, map(plain_row, readings))
    write_csv(out / "results.csv", ("table", "row", "column", "value"), _long(tables))
    missing = len(study.slots) - len(readings)
    facts = (
        ("readings", f"{len(readings)} of {len(study.slots)}"),
        ("protocol", study.protocol),
        ("log ends with", last.hash if last else ""),
    )
    warnings = [f"{missing} readings are missing: this is not the result of the study yet."] if missing else []
    write_text(out / "index.html", _page(study, tables, text, facts, warnings))
    return [
        *warnings,
        *(f"{t.title}: {'; '.join(' '.join(filter(None, row)) for row in t.rows)}" for t in tables),
        *text,
    ]


def _tables(design: Design, readings: Sequence[Reading], out: Path) -> tuple[list[Table], list[str]]:
    times = time_tables(design, readings)
    if isinstance(design.reading, MultiReader):
        tables, text = _multi_reader(design, readings, out)
        return tables + times, text
    by_kind = choice_tables if isinstance(design.reading, MostRealistic) else turing_tables
    return by_kind(design, readings) + times, []


def _multi_reader(design: Design, readings: Sequence[Reading], out: Path) -> tuple[list[Table], list[str]]:
    ratings = _ratings(of_phase(readings, Phase.READING))
    found = mrmc(ratings, Covariance.JACKKNIFE)
    rows = [_rating_row(r) for r in of_phase(readings, Phase.READING)]
    write_csv(out / "ratings.csv", RATINGS, rows)
    write_imrmc(out / "ratings.imrmc", ratings)
    write_json(out / "mrmc.json", plain(found))
    areas = tuple(
        (name, *(f"{a:.3f}" for a in own), f"{own.mean():.3f}")
        for name, own in zip(ratings.treatments, found.analysis.areas, strict=True)
    )
    note = "Empirical area under the ROC curve of the probability of malignancy; tests and intervals below."
    table = Table("Areas under the ROC curve", note, ("treatment", *ratings.readers, "mean"), areas)
    return [table, *agreement_tables(design, readings, {"BI-RADS": lambda r: int(r.answers["birads"])})], lines(found)


def _ratings(read: Sequence[Reading]) -> Ratings:
    rows = [_rating_row(r) for r in read]
    return crossed(
        [
            Rating(
                r.item.opaque,
                w["reader"],
                w["treatment"],
                w["case"],
                w["truth"] == "1",
                float(w["rating"]),
                w["patient"],
            )
            for r, w in zip(read, rows, strict=True)
        ],
        "The study",
    )


def _rating_row(r: Reading) -> dict[str, str]:
    return {
        "reader": r.item.reader,
        "treatment": r.item.shown[0],
        "case": r.case.case,
        "truth": "1" if r.case.positive else "0",
        "rating": str(r.answers["malignancy"]),
        "patient": r.case.patient,
    }


def _long(tables: Sequence[Table]) -> list[dict[str, str]]:
    return [
        {
            "table": t.title,
            "row": " ".join(row[:2]) if t.title == "Agreement" else row[0],
            "column": name,
            "value": cell,
        }
        for t in tables
        for row in t.rows
        for name, cell in zip(t.columns[1:], row[1:], strict=True)
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
