"""Which images are shown: chosen by a rule from the scores, never picked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from vcem.metrics.table import Area
from vcem.report.collect import DENSITIES, Item, Scores
from vcem.report.quantities import Quantity, method_name, number, quantities
from vcem.report.runs import of_recipe
from vcem.report.study import Study, item_name
from vcem.report.tables import Table, count, row

(QUANTITY,) = quantities(Area.BREAST, ["mse_breast"])  # what the error maps show
MIDDLE = "median"
MOST_PICTURED = 8
SHOWN_REFERENCE = "reference-mean-des"
RULE_DENSITY = (
    "For each density the image whose MSE inside the breast, averaged over the learned methods, lies in the middle of "
    "all test images of that density (the lower middle of an even number; ties by name)."
)
RULE_MIDDLE = (
    "Of the test images with a lesion that enhances in DES (of all, where none has one) that whose MSE inside the "
    "breast, averaged over the learned methods, lies in the middle (the lower middle of an even number; ties by name)."
)
RULE_CASES = (
    "For each method the test images with its lowest, middle and highest MSE inside the breast (the lower middle of an "
    "even number; ties by name)."
)


@dataclass(frozen=True)
class Case:
    """One image to show. `why` is MIDDLE, a density, best, median or worst; `method` is "" for the first two."""

    item: Item
    why: str
    method: str
    value: float


def middle_cases(study: Study) -> list[Case]:
    """Choose the middle case of images with enhancement, and of each density with images that every method scored."""
    scores, lesions = study.scores, study.lesions
    values = np.stack([scores.of(m, QUANTITY.column) for m in scores.learned]).mean(axis=0)
    lit = {(fold, pair) for (fold, pair, _), on in zip(lesions.names, lesions.enhancing, strict=True) if on}
    own = np.array([(i.fold, i.pair) in lit for i in scores.items], bool) & ~np.isnan(values)
    groups = {MIDDLE: own if own.any() else np.full(values.size, True)}
    groups |= {f"ACR {density}": scores.densities == c for c, density in enumerate(DENSITIES)}
    cases = []
    for why, chosen in groups.items():
        order = ranked(values, scores.items, np.flatnonzero(chosen).tolist())
        if order:
            middle = order[(len(order) - 1) // 2]
            cases.append(Case(scores.items[middle], why, "", float(values[middle])))
    return cases


def extreme_cases(scores: Scores, method: str, quantity: Quantity = QUANTITY) -> list[Case]:
    """Choose the best, the median and the worst case of one method."""
    values = scores.of(method, quantity.column)
    order = ranked(values, scores.items, range(len(scores.items)))
    if quantity.higher_is_better:
        order = order[::-1]
    if not order:
        return []
    places = {"best": 0, "median": (len(order) - 1) // 2, "worst": len(order) - 1}
    return [Case(scores.items[order[k]], why, method, float(values[order[k]])) for why, k in places.items()]


def ranked(values: np.ndarray, items: Sequence[Item], chosen: Iterable[int]) -> list[int]:
    """Return the indices of the chosen items with a value, from the lowest value up, ties by pair and fold."""
    known = [i for i in chosen if not np.isnan(values[i])]
    return sorted(known, key=lambda i: (values[i], items[i].pair, items[i].fold))


def choose(study: Study) -> list[Case]:
    """Choose all cases of a report."""
    by_method = [case for m in pictured(study) for case in extreme_cases(study.scores, m)]
    return [*middle_cases(study), *by_method]


def pictured(study: Study) -> tuple[str, ...]:
    """Return the learned methods that have pictures and curves of their own: at most MOST_PICTURED, by a rule.

    The first of each kind in the order of the tables comes first, then one seed of each recipe, then the others.
    """
    learned = study.scores.learned
    kinds = {study.kinds[m]: m for m in reversed(learned)}.values()
    recipes = {of_recipe(m): m for m in reversed(learned)}.values()
    chosen = sorted(learned, key=lambda m: (m not in kinds, m not in recipes))[:MOST_PICTURED]
    return tuple(m for m in learned if m in chosen)


def left_out(study: Study) -> str:
    """Say how many methods have no pictures of their own; "" where all have."""
    rest = len(study.scores.learned) - len(pictured(study))
    if not rest:
        return ""
    some = count(rest, "method has", "methods have")
    return f" {some} no panel: {MOST_PICTURED} are shown, the first of each kind first."


def shown_methods(study: Study) -> tuple[str, ...]:
    """Return the methods of Figure 5: the learned ones and the strongest of the trivial ideas, the mean DES."""
    return (*pictured(study), *(m for m in study.scores.references if m == SHOWN_REFERENCE))


def cases_table(study: Study, cases: Sequence[Case]) -> Table:
    """List the chosen cases with their values."""
    rows = [
        row(method_name(c.method) if c.method else "All", c.why, c.item.pair, c.item.density or "–", c.item.fold,
            number(c.value, QUANTITY.decimals))
        for c in cases
    ]  # fmt: skip
    records = tuple(
        {"method": c.method, "why": c.why, "pair": c.item.pair, "patient": c.item.patient, "density": c.item.density,
         "fold": c.item.fold, "mse_breast": c.value}
        for c in cases
    )  # fmt: skip
    caption = f"The images shown. {RULE_MIDDLE} {RULE_DENSITY} {RULE_CASES}"
    header = ("Method", "Case", "Pair", "ACR", "Fold", "MSE inside the breast")
    return Table("cases", "Cases shown", study.stamp, caption, header, tuple(rows), records)


def case_folder(item: Item) -> str:
    """Return the folder of a case's pictures; an image tested in several folds has one for each."""
    return f"{item.pair}-fold-{item.fold:02d}"


def describe(case: Case) -> str:
    """Say what a row of pictures is, for its heading and for readers who cannot see it."""
    name = item_name(case.item) if case.method else f"{case.item.pair}, fold {case.item.fold}"
    return f"{case.why}: {name}"
