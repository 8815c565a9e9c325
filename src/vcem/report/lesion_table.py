"""What becomes of lesions: contrast, correlation, misses, and light where there is none."""

import numpy as np

from vcem.metrics import lesion as rule
from vcem.report.fidelity import mark_of, name_cell
from vcem.report.quantities import CONTRAST_ERROR, HALLUCINATED, MISSED, flat, number, percent, with_bounds
from vcem.report.study import Study
from vcem.report.tables import Cell, Record, Table, count, row
from vcem.stats.correlation import pearson, slope, spearman
from vcem.stats.intervals import mean_intervals, share_interval

HEADER = (
    "Method", "Contrast error ↓", "Contrast bias", "Pearson r ↑", "Spearman ρ ↑", "Slope", "CNR", "Missed ↓",
    "Hallucinated per image ↓",
)  # fmt: skip


def lesion_table(study: Study) -> Table:
    """Make the lesion table; without a single outlined lesion it says so."""
    lesions = study.lesions
    found = [_row(study, m) for m in study.scores.methods] if lesions.names else []
    truth = row("Truth", "", "", "", "", "", number(_median(lesions.cnr_truth), 2), f"{_enhancing(study)} enhance", "")
    rows = (truth, *(cells for cells, _ in found)) if found else ()
    records = tuple(record for _, record in found)
    return Table("lesions", "Lesions", study.stamp, _caption(study), HEADER, rows, records, (_rules(),))


def _caption(study: Study) -> str:
    lesions = study.lesions
    measurable = int((~np.isnan(lesions.truth)).sum())
    return (
        f"Lesions: {count(len(lesions.names), 'outlined lesion')} on the test images of "
        f"{count(np.unique(lesions.patients).size, 'patient')}; {measurable} large enough to measure, of which "
        f"{_enhancing(study)} enhance in the true DES image. A lesion outlined in both views counts twice. Contrast is "
        "lesion minus surrounding breast on the [0, 1] scale: error is its mean absolute error, bias its mean signed "
        "one, both over all measurable lesions. The correlations are between true and predicted contrast over them; "
        "slope is that of the predicted over the true contrast, 1 where amounts are kept. CNR is the median over "
        "lesions. Missed: share of enhancing lesions that do not enhance in the prediction. Hallucinated: places per "
        "image that light up in the prediction alone. An image without any contrast misses everything and "
        "hallucinates nothing: read these two together. 95 % intervals by patient bootstrap; for "
        "0 % and 100 % missed exact with each patient as one trial."
    )


def _rules() -> str:
    return (
        f"A lesion enhances if its true contrast is at least {rule.ENHANCING_CONTRAST} and its CNR at least "
        f"{rule.ENHANCING_CNR}; it is missed if the predicted contrast is below {100 * rule.MISSED_SHARE:.0f} % of the "
        f"true one. A hallucinated place rises by {rule.LIT} or more above the breast's median in the prediction and "
        f"by less than {rule.DARK} in the truth within {rule.REACH_PX} pixels, away from every outlined lesion, over "
        f"at least {rule.LEAST_PLACE_PX} pixels."
    )


def _enhancing(study: Study) -> int:
    return int(study.lesions.enhancing.sum())


def _row(study: Study, method: str) -> tuple[tuple[Cell, ...], Record]:
    lesions, weights = study.lesions, study.draws.weights
    k = lesions.methods.index(method)
    signed = lesions.predicted[k] - lesions.truth
    error, bias = mean_intervals(np.column_stack([np.abs(signed), signed]), lesions.patients, weights)
    r = pearson(lesions.truth, lesions.predicted[k], lesions.patients, weights)
    rho = spearman(lesions.truth, lesions.predicted[k], lesions.patients, weights)
    rise = slope(lesions.truth, lesions.predicted[k], lesions.patients, weights)
    missed = share_interval(lesions.missed[k], lesions.patients, weights)
    hallucinated = study.mean(method, "hallucinated")
    cnr = _median(lesions.cnr_predicted[k])
    marks = {q: mark_of(study.lesion_comparisons, method, q) for q in (CONTRAST_ERROR, MISSED, HALLUCINATED)}
    cells = row(
        name_cell(study, method),
        _marked(with_bounds(error, 4), marks[CONTRAST_ERROR]),
        with_bounds(bias, 4, sign=True),
        with_bounds(r, 2),
        with_bounds(rho, 2),
        with_bounds(rise, 2),
        number(cnr, 2),
        _marked(percent(missed), marks[MISSED]),
        _marked(with_bounds(hallucinated, 2), marks[HALLUCINATED]),
    )
    numbers = {"contrast_error": error, "contrast_bias": bias, "pearson": r, "spearman": rho, "slope": rise,
               "missed": missed, "hallucinated": hallucinated}  # fmt: skip
    record: Record = {"method": method, "lesions": len(lesions.names), "enhancing": _enhancing(study)}
    return cells, record | flat(numbers) | {"cnr": cnr, "cnr_truth": _median(lesions.cnr_truth)}


def _marked(text: str, mark: tuple[str, str]) -> Cell:
    return Cell(text, (mark[1],) if mark[1] else (), mark[0])


def _median(values: np.ndarray) -> float:
    return float(np.nanmedian(values)) if not np.isnan(values).all() else float("nan")
