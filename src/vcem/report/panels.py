"""Pictures of the chosen cases in strips: the median case, Figure 5 by density, and best, median and worst cases."""

from collections.abc import Sequence
from pathlib import Path

from vcem.report.cases import (
    MIDDLE,
    RULE_DENSITY,
    RULE_MIDDLE,
    Case,
    case_folder,
    describe,
    left_out,
    pictured,
    shown_methods,
)
from vcem.report.page import Panel, Picture
from vcem.report.study import Study
from vcem.score.pictures import FULL_ERROR

GREY_RULE = (
    "One fixed grey scale for all images. Error maps show ŷ − y: red where the prediction is too bright, blue where it "
    f"is too dark, full colour at an error of {FULL_ERROR}, white where there is none. Lesion outlines are those of "
    "the data: solid where a lesion enhances in DES, dotted where it does not or is too small to say."
)
EXTREMES = "best, median and worst test image by MSE inside the breast."
REAL = (("le", "LE"), ("des", "DES"))
OUTLINES = "lesions.svg"
WIDTH = "-width"
"""Ends the name of a picture of how unsure a method is."""


def middle_panel(study: Study, cases: Sequence[Case], pictures: Path) -> Panel:
    """Show the median case of all: LE, DES and every method, and how unsure it is where that was calibrated."""
    own = [c for c in cases if c.why == MIDDLE]
    folders = [pictures / case_folder(c.item) for c in own]
    unsure = {m for m in pictured(study) if any((f / f"{m}{WIDTH}.png").is_file() for f in folders)}
    names = [name for m in pictured(study) for name in ((m, m + WIDTH) if m in unsure else (m,))]
    told = f" Uncertainty: half-width of the calibrated interval, white at {FULL_ERROR}." if unsure else ""
    return _panel(study, own, pictures, names, f"The median case. {RULE_MIDDLE}{told}{left_out(study)}")


def density_panel(study: Study, cases: Sequence[Case], pictures: Path) -> Panel:
    """Make Figure 5: LE, DES and every method for one case of each density."""
    own = [c for c in cases if c.why != MIDDLE]
    words = f"By breast density. {RULE_DENSITY} {GREY_RULE}{left_out(study)}"
    return _panel(study, own, pictures, shown_methods(study), words)


def _panel(study: Study, cases: Sequence[Case], pictures: Path, methods: Sequence[str], caption: str) -> Panel:
    names = (*(file for file, _ in REAL), *methods)
    rows = [(describe(c), tuple(_picture(study, pictures / case_folder(c.item), c, n) for n in names)) for c in cases]
    header = (*(title for _, title in REAL), *(_title(study, m) for m in methods))
    return Panel(study.stamp, caption, header, tuple(rows))


def _title(study: Study, name: str) -> str:
    return f"{study.short(name.removesuffix(WIDTH))}, uncertainty" if name.endswith(WIDTH) else study.short(name)


def extremes_panel(study: Study, method: str, cases: Sequence[Case], pictures: Path) -> Panel:
    """Show best, median and worst case of one method."""
    panel = _panel(study, cases, pictures, (method,), f"{study.short(method)}: {EXTREMES}")
    rows = [(f"{heading}, MSE {c.value:.5f}", own) for c, (heading, own) in zip(cases, panel.rows, strict=True)]
    return Panel(panel.stamp, panel.caption, panel.header, tuple(rows), beside=True)


def _picture(study: Study, folder: Path, case: Case, name: str) -> Picture | str:
    """Return the picture, or words where this method has none for the case, as when its fold is missing."""
    path = folder / f"{name}.png"
    if not path.is_file():
        return "no picture"
    what = dict(REAL).get(name) or f"Virtual DES of {_title(study, name)}"
    error, outlines = folder / f"{name}-error.png", folder / OUTLINES
    return Picture(
        path,
        f"{what}, {describe(case)}, origin {study.scores.common['origin']}",
        name if name in dict(REAL) else "" if name.endswith(WIDTH) else "virtual",
        error if error.is_file() else None,
        outlines if outlines.is_file() else None,
    )
