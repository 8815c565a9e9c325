"""Pictures of the chosen cases in rows and columns: Figure 5 by density, and best, median and worst cases."""

from collections.abc import Sequence
from pathlib import Path

from vcem.report.cases import RULE_CASES, RULE_DENSITY, Case, case_folder, describe, shown_methods
from vcem.report.page import Panel, Picture
from vcem.report.study import Study
from vcem.score.pictures import FULL_ERROR

GREY_RULE = (
    "One fixed grey scale for all images. Error maps show ŷ − y: red where the prediction is too bright, blue where it "
    f"is too dark, full colour at an error of {FULL_ERROR}, white where there is none."
)
REAL = (("le", "LE"), ("des", "DES"))


def density_panel(study: Study, cases: Sequence[Case], pictures: Path) -> Panel:
    """Make Figure 5: LE, DES and every method for one case of each density, error maps below."""
    methods = shown_methods(study.scores)
    rows: list[tuple[str, tuple[Picture | str, ...]]] = []
    for case in cases:
        folder = pictures / case_folder(case.item)
        names = [*(file for file, _ in REAL), *methods]
        rows.append((describe(case), tuple(_picture(study, folder, case, name) for name in names)))
        errors = [_picture(study, folder, case, f"{m}-error") for m in methods]
        rows.append(("Error maps", ("", "", *errors)))
    header = (*(title for _, title in REAL), *(study.short(m) for m in methods))
    return Panel(study.stamp, f"By breast density. {RULE_DENSITY} {GREY_RULE}", header, tuple(rows))


def extremes_panel(study: Study, method: str, cases: Sequence[Case], pictures: Path) -> Panel:
    """Show best, median and worst case of one method with its error maps."""
    names = ("le", "des", method, f"{method}-error")
    rows = [
        (f"{describe(c)}, MSE {c.value:.5f}",
         tuple(_picture(study, pictures / case_folder(c.item), c, name) for name in names))
        for c in cases
    ]  # fmt: skip
    header = ("LE", "DES", study.short(method), "Error map")
    return Panel(study.stamp, f"{study.short(method)}. {RULE_CASES} {GREY_RULE}", header, tuple(rows))


def _picture(study: Study, folder: Path, case: Case, name: str) -> Picture | str:
    """Return the picture, or words where this method has none for the case, as when its fold is missing."""
    path = folder / f"{name}.png"
    if not path.is_file():
        return "no picture"
    what = (
        dict(REAL).get(name) or f"{'Error map' if name.endswith('-error') else 'Virtual DES'} of {_method(study, name)}"
    )
    return Picture(path, f"{what}, {describe(case)}, origin {study.scores.common['origin']}")


def _method(study: Study, name: str) -> str:
    return study.short(name.removesuffix("-error"))
