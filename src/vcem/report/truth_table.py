"""The table of what was invented and what was missed, against the truth of a simulation, beside the Bayes ceiling."""

import numpy as np

from vcem.core.terms import OCCULT
from vcem.metrics import froc, iodine
from vcem.report.quantities import number, with_bounds
from vcem.report.study import Study
from vcem.report.tables import Cell, Record, Table, count, row
from vcem.report.truth import Truth
from vcem.report.truth_numbers import (
    above_chance,
    found_of,
    record_of,
    stacked,
    stacked_share,
    title_cell,
)
from vcem.stats.ceiling import VARIED_BY, Ceiling, Range
from vcem.stats.intervals import Interval, mean_intervals, share_interval

HEADER = (
    "Method", "Right ↑", "Missed ↓", "Hallucinated at lesions ↓", "False places per image ↓", "Error ↓ (mg/cm²)",
    "AUC ↑", "AUC before contrast", "Leak test: AUC", "Leak test: mg/cm²",
)  # fmt: skip
LEAK_DECIMALS = 4  # leaks are small, and one that rounds to 0.00 still is one
MEANING = (
    "Success here is no evidence of clinical use: all images, lesions and uptake rates are simulated. Failure is "
    "evidence of a problem: a method that distinguishes occult lesions before contrast has a leak or a memory, and one "
    "that loses in the leak test reads iodine out of LE, which a woman without contrast agent does not have."
)


def truth_table(study: Study, truth: Truth) -> Table:
    """Make the main table: the ceiling, an oracle on these very lesions, and every method."""
    every = np.ones(len(truth.names), bool)
    rows, records = _ceiling_rows(truth), _ceiling_records(truth)
    for method in truth.methods:
        found, places = found_of(truth, method, every), _places(truth, method)
        cells = [stacked_share(i) for i in (found.right, found.missed, found.hallucinated)]
        cells += [stacked(i) for i in (places, found.error, found.auc, found.auc_before)]
        rows.append(row(title_cell(study, method), *cells, _leak(found.leak_auc), _leak(found.leak_iodine)))
        records.append(record_of(method, {"false_places": places} | vars(found)))
    title, notes = "Invented and missed, against the truth", (_rules(), _ceiling_note(truth))
    return Table("truth", title, study.stamp, _caption(truth), HEADER, tuple(rows), tuple(records), notes)


def truth_warnings(study: Study) -> list[str]:
    """Return what the truth says against a method."""
    truth = study.truth
    if truth is None:
        return []
    every = np.ones(len(truth.names), bool)
    occult = np.array([look == OCCULT for look in truth.looks], bool)
    warned = []
    for method in study.scores.learned:
        name, leak = study.title(method), found_of(truth, method, every).leak_auc
        if leak.low > 0:
            told = with_bounds(leak, LEAK_DECIMALS)
            warned.append(f"Leak test: {name} reads iodine from LE after contrast; its AUC is higher there by {told}.")
        if above_chance(found_of(truth, method, occult).auc_before):
            warned.append(f"{name} distinguishes occult lesions before contrast, which nothing in LE allows.")
    return warned


def _places(truth: Truth, method: str) -> Interval:
    counted = truth.false_places[truth.methods.index(method)]
    return mean_intervals(counted[:, None], truth.image_patients, truth.weights)[0]


def _ceiling_rows(truth: Truth) -> list[tuple[Cell, ...]]:
    if truth.ceiling is None:
        return []
    auc = Cell(number(truth.ceiling.given.auc, 2), (_span(truth.ceiling, "auc"),))
    shares = (_share(truth.ceiling, "right"), _share(truth.ceiling, "missed"), _share(truth.ceiling, "lit"))
    lines = ("any LE-only method, as drawn", f"below: priors ±{100 * VARIED_BY:.0f} %")
    ceiling = row(Cell("Bayes ceiling", lines), *shares, "–", "–", "–", auc, "0", "0")
    own = row(Cell("Oracle of the look", ("on these very lesions",)), *map(stacked_share, _oracle(truth)), *"––––––")
    return [ceiling, own]


def _share(ceiling: Range, part: str) -> Cell:
    return Cell(f"{100 * getattr(ceiling.given, part):.0f} %", (_span(ceiling, part, 100),))


def _span(ceiling: Range, part: str, times: int = 1) -> str:
    ends = sorted(getattr(c, part) * times for c in (ceiling.low, ceiling.high))
    return " to ".join(number(v, 0 if times > 1 else 2) for v in ends)


def _oracle(truth: Truth) -> list[Interval]:
    """Return right, missed and hallucinated of one who knows the look of these lesions and follows the priors."""
    on, shows = truth.judged, truth.oracle_shows[truth.judged].astype(float)
    positive, patients = truth.enhancing[on] == 1, truth.patients[on]
    wrong = np.where(positive, 1 - shows, shows)
    parts = (1 - wrong, np.where(positive, wrong, np.nan), np.where(positive, np.nan, wrong))
    return [share_interval(part, patients, truth.weights) for part in parts]


def _ceiling_records(truth: Truth) -> list[Record]:
    if truth.ceiling is None:
        return []
    sides = {"bayes-ceiling": truth.ceiling.given, "lowest": truth.ceiling.low, "highest": truth.ceiling.high}
    names = Ceiling.__dataclass_fields__
    return [{"method": who, **{f"ceiling_{n}": getattr(c, n) for n in names}} for who, c in sides.items()]


def _caption(truth: Truth) -> str:
    lit, dark = (int((truth.enhancing == v).sum()) for v in (1, 0))
    return (
        f"{count(len(truth.names), 'lesion in a view', 'lesions in views')} of "
        f"{count(np.unique(truth.patients).size, 'patient')}: {lit} enhance, {dark} do not, "
        f"{len(truth.names) - lit - dark} are faint, veiled or too small to judge. Iodine: a lesion's mean minus that "
        "of its surroundings. Right: share of lesions rightly shown or rightly dark. Missed: of the enhancing ones. "
        "Hallucinated: of those that do not enhance. Error: mean absolute error of a lesion's iodine. AUC: of "
        "predicted iodine, enhancing against not; 0.5 is chance. Before contrast: the same method on LE without the "
        "iodine. Leak test: after minus before, in AUC and in predicted iodine of enhancing lesions. 95 % intervals by "
        "patient bootstrap, differences paired. Acquired DES is what the second exposure itself shows."
    )


def _rules() -> str:
    return (
        f"A lesion is shown from {iodine.SHOWS_MG_CM2} mg/cm² above its surroundings. One that took up contrast but "
        "less than that is faint; one that took up none but lies on other iodine that shows is veiled. A false place "
        f"is a peak of {froc.PLACE_MG_CM2} mg/cm² or more above the breast's median (local mean, sigma "
        f"{froc.SIGMA_MM} mm) "
        f"more than {froc.REACH_MM:.0f} mm from every lesion that took up contrast and from true iodine light of "
        f"{froc.TRUE_MG_CM2} mg/cm²."
    )


def _ceiling_note(truth: Truth) -> str:
    if truth.ceiling is None:
        return "The Bayes ceiling is not known: the prepared folder with the priors was not found."
    given = truth.ceiling.given
    return (
        "Bayes ceiling: what somebody reaches who knows look and density without error and shows enhancement where "
        "that is likelier than not, never where LE shows nothing; no rule is right more often, as far as LE before "
        f"contrast tells of a lesion's kind nothing but its look. {100 * given.occult:.0f} % of enhancing lesions are "
        f"occult, and {100 * given.hallucinated:.0f} % of what is shown does not enhance. LE holds "
        f"{given.information:.3f} of {given.entropy:.3f} bit. Range: uptake rates of each kind, and of all kinds, "
        f"times {1 - VARIED_BY:g} and {1 + VARIED_BY:g}, clipped to 1. Another balance of missed and hallucinated is "
        "possible below that AUC. After contrast LE may hold more: the leak test shows it."
    )


def _leak(interval: Interval) -> Cell:
    cell = stacked(interval, LEAK_DECIMALS, sign=True)
    return Cell(cell.text, (*cell.lines, "reads iodine in LE"), "worse") if interval.low > 0 else cell
