"""Performance by breast density and by machine: dots with intervals, a column a stratum, one axis for all."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool

from vcem.report.collect import DENSITIES
from vcem.report.dots import Column, Dots, Line, kind_of, shared_ends
from vcem.report.study import Study
from vcem.report.tables import count, listed
from vcem.stats.intervals import UNKNOWN, Interval, share_interval

FEW = 5
"""Lesions on either side, enhancing or not, below which a stratum tells nothing alone."""
REST = f"fewer than {FEW} on a side"
Chosen = Bool[np.ndarray, " n"]


def pooled(sizes: dict[str, tuple[int, int]]) -> dict[str, tuple[str, ...]]:
    """Return the heading and members of each stratum, those with fewer than FEW lesions on a side put together.

    Args:
        sizes: for each stratum how many lesions enhance and how many do not.
    """
    small = tuple(name for name, sides in sizes.items() if min(sides) < FEW)
    return {name or "–": (name,) for name in sizes if name not in small} | ({REST: small} if small else {})


def rest_of(groups: dict[str, tuple[str, ...]]) -> str:
    """Say which strata were put together; "" if none."""
    if REST not in groups:
        return ""
    return f" “{REST}” are, put together: {listed([name or '–' for name in groups[REST]])}."


def strata_dots(study: Study, by: str) -> tuple[Dots, ...]:
    """Draw PSNR inside the breast over images and the share of missed lesions, by density or by machine.

    Returns:
        none where there is only one stratum.
    """
    names = _names(study, by)
    order = [d for d in DENSITIES if d in names] if by == "density" else sorted(set(names) - {""})
    if len(order) < 2:
        return ()
    return tuple(d for d in (_likeness(study, by, names, order), _missed(study, by, names, order)) if d)


def _names(study: Study, by: str) -> list[str]:
    return [str(getattr(item, by)) for item in study.scores.items]


def _likeness(study: Study, by: str, names: Sequence[str], order: Sequence[str]) -> Dots | None:
    quantity = next((q for q in study.regions["inside the breast"] if q.column == "psnr_breast"), None)
    if quantity is None:
        return None
    chosen = {name: np.array([own == name for own in names], bool) for name in order}
    headings = [f"{_title(by, n)}, {count(int(own.sum()), 'image')}" for n, own in chosen.items()]
    found = {m: tuple(study.mean(m, quantity.column, own) for own in chosen.values()) for m in study.scores.methods}
    caption = f"{quantity.heading} inside the breast: means over images with 95 % patient-bootstrap intervals."
    columns = _columns("psnr_breast", headings, shared_ends(i for own in found.values() for i in own))
    return _dots(study, ("psnr", f"PSNR inside the breast, by {by}", caption), by, columns, found)


def _missed(study: Study, by: str, names: Sequence[str], order: Sequence[str]) -> Dots | None:
    """Draw the share of enhancing lesions missed; none where no stratum has enough, all pooled being the table's."""
    places = {(i.fold, i.pair): name for i, name in zip(study.scores.items, names, strict=True)}
    lesions = study.lesions
    own = np.array([places[fold, pair] for fold, pair, _ in lesions.names])
    measured = ~np.isnan(lesions.truth)
    lit, dark = lesions.enhancing, measured & ~lesions.enhancing
    sizes = {n: (int((lit & (own == n)).sum()), int((dark & (own == n)).sum())) for n in order}
    groups = pooled(sizes)
    if len(groups) < 2:
        return None
    headings = [f"{_title(by, name)}, {sum(sizes[n][0] for n in among)} lesions" for name, among in groups.items()]
    found = {
        m: tuple(_share(study, k, np.isin(own, among)) for among in groups.values())
        for k, m in enumerate(lesions.methods)
    }
    caption = (
        "Share of enhancing lesions that do not enhance in the prediction, with 95 % patient-bootstrap intervals. "
        f"Sides are enhancing lesions and others.{rest_of(groups)}"
    )
    return _dots(study, ("missed", f"Lesions missed, by {by}", caption), by, _columns("missed", headings), found)


def _share(study: Study, k: int, chosen: Chosen) -> Interval:
    missed = study.lesions.missed[k, chosen]
    if np.isnan(missed).all():
        return UNKNOWN
    return share_interval(missed, study.lesions.patients[chosen], study.draws.weights)


def _title(by: str, name: str) -> str:
    return f"ACR {name}" if by == "density" and name != REST else name


def _columns(name: str, headings: Sequence[str], ends: tuple[float, float] | None = None) -> tuple[Column, ...]:
    """Return a column for each stratum: shares where no ends are given."""
    share = ends is None
    return tuple(Column(f"{name}_{k}", h, not share, 1, share, ends or (0, 1)) for k, h in enumerate(headings))


def _dots(
    study: Study, words: tuple[str, str, str], by: str, columns: tuple[Column, ...],
    found: dict[str, tuple[Interval, ...]],
) -> Dots:  # fmt: skip
    name, title, caption = words
    lines = tuple(Line(study.short(m), kind_of(study, m), own) for m, own in found.items())
    return Dots(f"{name}-by-{by}", title, study.stamp, caption, columns, lines)
