"""What calibrated intervals hold in breast and lesions, how wide they are, and what the uncertainty is worth."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vcem.core.errors import UsageError
from vcem.core.files import Row
from vcem.folders.calibration import BREAST, LESION, Calibration, read_calibration, read_coverage
from vcem.report.figures import COLOURS, GREY, STYLE, Drawing, finish
from vcem.report.quantities import flat, percent, with_bounds
from vcem.report.study import Study
from vcem.report.tables import Record, Table, row
from vcem.score.covered import CURVE, FACTORS, TOLD, means
from vcem.stats.intervals import Interval

KEPT = (0.25, 0.5, 0.75, 1.0)
Data = tuple[Calibration, str, list[Row]]


def read_all(study: Study, folders: Sequence[Path]) -> list[Data]:
    """Return each calibration, and its rows by what was tested.

    Raises:
        UsageError: if one is of other data than the runs of the report.
    """
    found = []
    for folder in folders:
        made = read_calibration(folder)
        if made.facts["data"] != study.scores.common["data"]:
            raise UsageError(f"{folder} calibrated on other data than the runs.", "a calibration on the same data")
        rows = read_coverage(folder)
        for data in dict.fromkeys(r["data"] for r in rows):
            found.append((made, data, [r for r in rows if r["data"] == data]))
    return found


def uncertainty_tables(study: Study, found: Sequence[Data]) -> tuple[Table, Table]:
    """Make the tables of coverage, and of what the stated uncertainty is worth."""
    return _coverage(study, found), _worth(study, found)


def _coverage(study: Study, found: Sequence[Data]) -> Table:
    rows, records = [], []
    for name, data, region, made, factor, own in _regions(found):
        covered, width = means(own, (f"covered{factor}", f"width{factor}"), study.seed)
        rows.append(row(name, data, region, FACTORS[factor], percent(covered), with_bounds(width, 3)))
        records.append(_record(made, data) | {"region": region, "factor": FACTORS[factor]}
                       | flat({"covered": covered, "half_width": width}))  # fmt: skip
    caption = (
        "Share of pixels that the interval around a virtual DES pixel holds, mean over test images of patients who did "
        "not calibrate, and half of its width in grey, with 95 % intervals by patient bootstrap. Breast and "
        "lesions are calibrated apart; where lesions are is not known of a new image, so the larger factor is for use."
    )
    header = ("Uncertainty", "Tested on", "Region", "Widened by", "Covered", "Half-width ↓")
    return Table("coverage", "What intervals hold", study.stamp, caption, header, tuple(rows), tuple(records))


def _regions(found: Sequence[Data]) -> Iterator[tuple[str, str, str, Calibration, str, list[Row]]]:
    for made, data, every in found:
        for region in (BREAST, LESION):
            own = [r for r in every if r["region"] == region]
            for factor in FACTORS:
                yield _name(made), data, region, made, factor, own


def _worth(study: Study, found: Sequence[Data]) -> Table:
    rows, records = [], []
    for made, data, every in found:
        own = [r for r in every if r["region"] == BREAST]
        errors = means(own, CURVE, study.seed)
        areas = [area for columns in TOLD.values() for area in means(own, columns, study.seed)]
        rows.append(row(_name(made), data, *(f"{e.estimate:.4f}" for e in errors), *(with_bounds(a, 2) for a in areas)))
        names = (*CURVE, *(column for columns in TOLD.values() for column in columns))
        records.append(_record(made, data) | flat(dict(zip(names, (*errors, *areas), strict=True))))
    caption = (
        "Risk-coverage: mean absolute error of the surest 25, 50, 75 and 100 % of the breast's pixels; it falls "
        "to the left where the uncertainty follows the error. AUC, simulated women alone: of the pixels that show "
        "iodine, those without against those with any (invented); of those that show none, those with against those "
        "without (missed); by the uncertainty, and by the predicted iodine itself."
    )
    header = ("Uncertainty", "Tested on", "25 % ↓", "50 % ↓", "75 % ↓", "100 %", "Invented, AUC ↑", "by iodine",
              "Missed, AUC ↑", "by iodine")  # fmt: skip
    return Table("uncertainty", "What the stated uncertainty is worth", study.stamp, caption, header, tuple(rows),
                 tuple(records))  # fmt: skip


def calibration_drawing(study: Study, found: Sequence[Data]) -> Drawing:
    """Draw coverage over the stated level, and the error of the surest pixels over how many are kept."""
    with style.context(STYLE):
        figure = Figure(figsize=(9.5, 3.2), layout="constrained")
        left, right = figure.subplots(1, 2)
        left.plot([0, 1], [0, 1], color=GREY, lw=1, ls="--")
        for k, (made, data, every) in enumerate(found):
            tint = COLOURS[k % len(COLOURS)]
            _covered(left, float(made.facts["level"]) + 0.004 * k, every, study.seed, tint)
            errors = means([r for r in every if r["region"] == BREAST], CURVE, study.seed)
            _bars(right, KEPT, errors, tint)
            right.plot(KEPT, [e.estimate for e in errors], "-o", color=tint, ms=5, label=f"{_name(made)}, {data}")
        least = min(0.5, *(float(made.facts["level"]) - 0.05 for made, _, _ in found))
        left.set(xlabel="Stated level", ylabel="Covered", xlim=(least, 1), ylim=(0, 1.02))
        right.set(xlabel="Surest share of the breast that is kept", ylabel="Mean absolute error", ylim=(0, None))
        right.legend(fontsize=7, loc="lower right")
        svg = finish(figure, study)
    caption = (
        "Calibration. Left: share of pixels that intervals hold, over the level that they state (breast filled, by its "
        "own factor; lesions hollow, by the larger one); on the dashed line both agree. Right: error of the surest "
        "pixels; a rising line follows the error, a flat one is worth nothing. 95 % intervals by patient bootstrap."
    )
    return Drawing("calibration", svg, caption, "Coverage and risk-coverage curves; their numbers are in the tables.")


def _covered(axes: Axes, level: float, every: list[Row], seed: int, tint: str) -> None:
    for region, column, face in ((BREAST, "covered", tint), (LESION, "covered_wide", "white")):
        (covered,) = means([r for r in every if r["region"] == region], (column,), seed)
        _bars(axes, (level,), [covered], tint)
        axes.plot(level, covered.estimate, "o", color=tint, mfc=face, ms=5)


def _bars(axes: Axes, x: Sequence[float], found: Sequence[Interval], tint: str) -> None:
    axes.vlines(x, [i.low for i in found], [i.high for i in found], color=tint, lw=2)


def _name(made: Calibration) -> str:
    recipes = dict.fromkeys(run.split()[0] for runs in made.facts["runs"].values() for run in runs)
    level = f"{100 * made.facts['level']:g} %"
    return f"{made.facts['source']} of {' and '.join(recipes)}, {level}, bound {made.facts['bound']}"


def _record(made: Calibration, data: str) -> Record:
    return {name: made.facts[name] for name in ("source", "level", "confidence", "bound")} | {"tested_on": data}
