"""From a study to a folder: the page, the tables as CSV and as Markdown."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from vcem.core.files import write_manifest, write_text
from vcem.report.beside import PAGE, REPORT, TABLES, keep_scores
from vcem.report.cases import Case, cases_table, pictured
from vcem.report.detection import (
    detection_of,
    detector_differences_table,
    detectors_drawing,
    detectors_table,
    plainly,
)
from vcem.report.differences import differences_table, headline
from vcem.report.external import External, external_table
from vcem.report.facts import commands, facts, machine, recipes_table, warnings
from vcem.report.fidelity import intervals_dots, intervals_table, table_4_1, table_4_2
from vcem.report.figures import agreement_drawing, contrast_drawing, training_drawing
from vcem.report.free_response import found_differences_table, free_response_drawing, free_response_table
from vcem.report.glance import glance
from vcem.report.leak_table import leak_table
from vcem.report.lesion_table import lesion_table
from vcem.report.markdown import markdown
from vcem.report.page import Page, Section, render
from vcem.report.panels import density_panel, extremes_panel, middle_panel
from vcem.report.strata import strata_dots
from vcem.report.study import Study
from vcem.report.tables import write_tables
from vcem.report.textures import textures_table
from vcem.report.training import read_curves, training_table
from vcem.report.truth_cases import choose_truth, truth_panel
from vcem.report.truth_figures import froc_drawing
from vcem.report.truth_strata import control_table, strata_table, truth_dots
from vcem.report.truth_table import MEANING, truth_table, truth_warnings
from vcem.report.uncertainty import calibration_drawing, read_all, uncertainty_tables

PICTURES = "pictures"
IN_THE_LESION = "in the lesion"


def build_page(
    study: Study,
    cases: Sequence[Case],
    pictures: Path | None,
    title: str,
    date: str = "",
    external: External | None = None,
) -> Page:
    """Make all tables, figures and words of a report.

    Args:
        study: runs and scores.
        cases: the images to show, from `cases.choose`.
        pictures: folder with a folder of PNG files for each case; None where there are none.
        title: heading of the page.
        date: printed as given, since a report of the same runs must be the same file on any day.
        external: the same networks on other data.
    """
    return Page(
        title=title,
        stamp=study.stamp,
        headline=headline(study),
        glance=glance(study),
        first=(middle_panel(study, [c for c in cases if not c.method], pictures),) if pictures else (),
        warnings=(*warnings(study), *truth_warnings(study), *(external.warnings if external else ())),
        facts=tuple(facts(study)),
        commands=tuple(commands(study)),
        sections=(
            _pictures(study, cases, pictures),
            *_truth(study),
            _lesions(study),
            *_detectors(study),
            *_external(study, external),
            *_uncertainty(study),
            _strata(study),
            _fidelity(study),
            _training(study),
        ),
        date=date,
    )


def _external(study: Study, external: External | None) -> list[Section]:
    if external is None:
        return []
    return [Section("external", "Internal and external", tables=(external_table(study, external),))]


def _uncertainty(study: Study) -> list[Section]:
    if not study.uncertainty:
        return []
    found = read_all(study, study.uncertainty)
    drawn = (calibration_drawing(study, found),)
    return [Section("uncertainty", "Uncertainty", tables=uncertainty_tables(study, found), drawings=drawn)]


def _lesions(study: Study) -> Section:
    drawings = (free_response_drawing(study), contrast_drawing(study), agreement_drawing(study))
    tables = (
        lesion_table(study),
        free_response_table(study),
        found_differences_table(study),
        differences_table(study, IN_THE_LESION),
    )
    return Section("lesions", "Lesions", tables=tables, drawings=tuple(d for d in drawings if d))


def _strata(study: Study) -> Section:
    dots = (*strata_dots(study, "density"), *strata_dots(study, "machine"))
    tables = tuple(table_4_2(study, r) for r in study.regions)
    return Section("strata", "By breast density and by machine", tables=tables, dots=dots)


def _fidelity(study: Study) -> Section:
    regions = tuple(study.regions)
    kinds = (table_4_1, intervals_table, differences_table)
    tables = (*(make(study, r) for make in kinds for r in regions), textures_table(study))
    return Section("fidelity", "Fidelity", tables=tables, dots=tuple(intervals_dots(study, r) for r in regions))


def _pictures(study: Study, cases: Sequence[Case], pictures: Path | None) -> Section:
    table = cases_table(study, cases)
    if pictures is None:
        return Section("pictures", "Pictures", "No pictures: the prepared images were not given.", (table,))
    panels = [density_panel(study, [c for c in cases if not c.method], pictures)]
    panels += [truth_panel(study, choose_truth(study), pictures)] if study.truth else []
    panels += [extremes_panel(study, m, [c for c in cases if c.method == m], pictures) for m in pictured(study)]
    return Section("pictures", "Pictures", tables=(table,), panels=tuple(panels))


def _truth(study: Study) -> list[Section]:
    """Return the section on the truth; none for clinical images, whose truth nobody knows."""
    if (truth := study.truth) is None:
        return []
    tables = [truth_table(study, truth), *(strata_table(study, truth, by) for by in ("look", "density"))]
    if control := study.control or (truth if truth.decoupled else None):
        tables.append(control_table(study, control))
    return [
        Section(
            "truth",
            "Truth: what was invented, what was missed",
            MEANING,
            tuple(tables),
            (froc_drawing(study, truth),),
            dots=tuple(d for by in ("look", "density") for d in truth_dots(study, truth, by)),
        )
    ]


def _detectors(study: Study) -> list[Section]:
    """Return the section on what the virtual image adds; none without detectors."""
    if (found := detection_of(study)) is None:
        return []
    tables = (detectors_table(study, found), detector_differences_table(study, found))
    title = "What the virtual image adds"
    return [Section("detectors", title, plainly(study, found), tables, (detectors_drawing(study, found),))]


def _training(study: Study) -> Section:
    curves = read_curves(study)
    drawing = training_drawing(study, curves)
    drawings = (drawing,) if drawing else ()
    tables = (training_table(study, curves), leak_table(study), recipes_table(study))
    return Section("training", "Training, leaks, recipes", tables=tables, drawings=drawings)


def write_report(folder: Path, page: Page, study: Study, with_machine: bool = False) -> None:
    """Write `index.html`, `tables.md`, a CSV file for each table and the manifest."""
    if with_machine:
        page = _with_machine(page)
    write_tables(folder, page.tables)
    write_text(folder / TABLES, markdown(page))
    write_text(folder / PAGE, render(page))
    common = study.scores.common
    recipes = {label: sorted({r.recipe_digest for r in runs}) for label, runs in study.recipes.items()}
    keep_scores(study, folder)
    said = {"title": page.title, "warnings": page.warnings}
    write_manifest(folder, REPORT, {**common, "recipes": recipes, "seed": study.seed, **said})


def _with_machine(page: Page) -> Page:
    return replace(page, facts=(*page.facts, *machine()))
