"""What two studies share: the same test images, shown to be the same, and paired differences on them."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vcem.folders.scores import ALIKE
from vcem.metrics.table import Area
from vcem.report.compare import Block, Comparison, image_block, lesion_block
from vcem.report.free_response import COMPARED, LE, marks_of
from vcem.report.quantities import HALLUCINATED, Quantity
from vcem.report.study import Study
from vcem.stats.free_response import Marks, found_difference
from vcem.stats.intervals import holm, mean_intervals, sign_flip_p

FOUND = Quantity(f"found_at_{COMPARED:g}", f"Found at {COMPARED:g}", True, 3)


@dataclass(frozen=True)
class Both:
    """Two reports by name, with what each warns of.

    `apart` says why their images are not the same, empty if they are.
    """

    names: tuple[str, str]
    studies: tuple[Study, Study]
    apart: str
    warnings: tuple[str, ...] = ()

    @property
    def methods(self) -> list[str]:
        """The methods that both have: the learned ones, and where images are not the same the references too."""
        first, second = (s.scores for s in self.studies)
        return [m for m in (first.methods if self.apart else first.learned) if m in second.methods]


def why_apart(first: Study, second: Study) -> str:
    """Say why two studies did not test the same images, empty if they share some.

    Names alone prove nothing: LE handed back must have the same scores, which no network and no fold changes.
    """
    for what in ALIKE:
        own = [s.scores.common[what] for s in (first, second)]
        if own[0] != own[1]:
            return f"they differ in {what}, {own[0]} and {own[1]}"
    here, there = shared(_tests(first), _tests(second))
    if not here:
        return "they have no test image in common"
    if any(first.scores.items[i].patient != second.scores.items[j].patient for i, j in zip(here, there, strict=True)):
        return "images of the same name are of other patients"
    if LE not in first.scores.methods or LE not in second.scores.methods:
        return "LE handed back was not scored in both, so that nothing shows the images to be the same"
    columns = [c for c in first.scores.columns if c in second.scores.columns]
    a, b = (np.stack([s.scores.of(LE, c)[own] for c in columns]) for s, own in ((first, here), (second, there)))
    if not np.allclose(a, b, rtol=1e-4, atol=1e-6, equal_nan=True):
        return "LE handed back has other scores in them: the images or the metrics were changed in between"
    return ""


def shared(
    first: Sequence[tuple[int, Hashable]], second: Sequence[tuple[int, Hashable]]
) -> tuple[list[int], list[int]]:
    """Return where the same things stand in two lists of (fold, name).

    By name alone where each stands once in both, for then a fold is only the network that tested it.
    """
    once = all(len({name for _, name in own}) == len(own) for own in (first, second))
    a, b = ([name if once else (fold, name) for fold, name in own] for own in (first, second))
    place = {key: k for k, key in enumerate(b)}
    both = [(k, place[key]) for k, key in enumerate(a) if key in place]
    return [i for i, _ in both], [j for _, j in both]


def _tests(study: Study) -> list[tuple[int, Hashable]]:
    return [(i.fold, i.pair) for i in study.scores.items]


def _lesions(study: Study) -> list[tuple[int, Hashable]]:
    return [(fold, (pair, k)) for fold, pair, k in study.lesions.names]


def differences(both: Both) -> list[Comparison]:
    """Return second minus first for every method and quantity that both have, one family of Holm's correction."""
    if both.apart:
        return []
    a, b = both.studies
    known = [q for q in a.regions[Area.BREAST.words] if q.column in b.scores.columns]
    images = tuple(image_block(s.scores, [*known, HALLUCINATED]) for s in both.studies)
    lesions = tuple(lesion_block(s.lesions) for s in both.studies)
    found = [*_paired(both, images, shared(_tests(a), _tests(b))), *_found(both)]
    found += _paired(both, lesions, shared(_lesions(a), _lesions(b)))
    adjusted = holm(np.array([c.p for c in found], dtype=float))
    family = int((~np.isnan(adjusted)).sum())
    return [replace(c, p_holm=float(p), family=family) for c, p in zip(found, adjusted, strict=True)]


def _paired(both: Both, blocks: tuple[Block, ...], where: tuple[list[int], list[int]]) -> list[Comparison]:
    draws = both.studies[0].draws
    wanted = [(m, k) for m in both.methods for k in range(len(blocks[0].quantities))]
    if not where[0] or not wanted:
        return []
    one, two = ([block.cube[block.methods.index(m), own, k] for m, k in wanted]
                for block, own in zip(blocks, where, strict=True))  # fmt: skip
    columns, patients = np.column_stack(two) - np.column_stack(one), blocks[0].patients[where[0]]
    intervals, p = mean_intervals(columns, patients, draws.weights), sign_flip_p(columns, patients, draws.signs)
    known = ~np.isnan(columns)
    return [
        Comparison(m, m, blocks[0].quantities[k], intervals[n], float(p[n]), int(known[:, n].sum()),
                   np.unique(patients[known[:, n]]).size)
        for n, (m, k) in enumerate(wanted)
    ]  # fmt: skip


def _found(both: Both) -> list[Comparison]:
    """Return the differences of lesions found, where both tested the same images and lesions and no others."""
    a, b = both.studies
    lit = [[name for name, on in zip(_lesions(s), s.lesions.enhancing, strict=True) if on] for s in both.studies]
    here, there = shared(*lit)
    whole = len(here) == len(lit[0]) == len(lit[1]) and a.scores.patient_names == b.scores.patient_names
    if not whole or not here or len(a.scores.items) != len(b.scores.items):
        return []
    found = []
    for m in both.methods:
        first, second = (marks_of(s).get(m) for s in both.studies)
        if first and second and first.best.size == second.best.size == len(here):
            found.append(_found_by(m, _in_order(first, here), _in_order(second, there), a))
    return found


def _in_order(marks: Marks, order: list[int]) -> Marks:
    return replace(marks, best=marks.best[order], lesion_patients=marks.lesion_patients[order])


def _found_by(method: str, first: Marks, second: Marks, study: Study) -> Comparison:
    gain, p = found_difference(second, first, COMPARED, study.draws.weights)
    return Comparison(method, method, FOUND, gain, p, first.best.size, np.unique(first.lesion_patients).size)
