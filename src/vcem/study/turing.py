"""Real or synthetic, with BI-RADS: the paper's second test, each reader and the weighted majority, with intervals."""

from collections.abc import Sequence

import numpy as np

from vcem.core.errors import UsageError
from vcem.stats.equivalence import equivalence, pair
from vcem.stats.proportions import Share, read_against_truth, share
from vcem.study.design import Design
from vcem.study.items import Phase
from vcem.study.order import order_table
from vcem.study.readings import Reading, of_phase, patients
from vcem.study.result_tables import Table, honest, p_value, percent
from vcem.study.results import agreement_tables, consensus, weights_of
from vcem.study.sources import REAL, birads_category

PAPER = ("the paper", "", "100 %", "15.4 %", "", "", "", "")
PAPER_FIGURE_6 = (1.0, 0.154, 0.8, 0.8)
NONE = np.ones((1, 0))
PAPER_BIRADS = ("the paper", "80 %", "80 %")


def turing_tables(design: Design, readings: Sequence[Reading]) -> list[Table]:
    """Return rates, BI-RADS accuracy, equivalence and agreement."""
    read = of_phase(readings, Phase.READING)
    return [
        _figure_6(design, read),
        _rates(design, read),
        *_birads(design, read),
        *order_table(design, read, {"real or synthetic, right": _is_told, "called real": _says_real}),
        *agreement_tables(design, readings, {"real": lambda r: int(_says_real(r)), "BI-RADS": _said_birads}),
    ]


def _is_real(r: Reading) -> bool:
    return r.item.shown[0] == REAL


def _says_real(r: Reading) -> bool:
    return bool(r.answers["real"] == "real")


def _said_birads(r: Reading) -> int:
    return int(r.answers["birads"])


def _is_told(r: Reading) -> bool:
    return _is_real(r) is _says_real(r)


def _figure_6(design: Design, read: Sequence[Reading]) -> Table:
    """Return the four figures of the weighted majority beside the paper's: its Figure 6."""
    decided = [(r, v.answer == "real") for r, v in consensus(read, lambda r: r.answers["real"]) if v.answer is not None]
    known = [r for r in read if birads_category(r.case.facts.get("birads", ""))]
    named = [(r, v.answer == str(_truth(r))) for r, v in consensus(known, lambda r: r.answers["birads"]) if v.answer]
    parts = (
        ("TPR: real called real", [(r, said) for r, said in decided if _is_real(r)]),
        ("TNR: synthetic called synthetic", [(r, not said) for r, said in decided if not _is_real(r)]),
        ("BI-RADS accuracy on real", [(r, right) for r, right in named if _is_real(r)]),
        ("BI-RADS accuracy on synthetic", [(r, right) for r, right in named if not _is_real(r)]),
    )
    found = [share_of(design, own) for _, own in parts]
    rows = tuple(
        (
            name,
            f"{f.hits} of {f.trials}",
            percent(honest(f)) if f.trials else "no image with a verdict",
            f"{100 * p:g} %",
        )
        for (name, _), f, p in zip(parts, found, PAPER_FIGURE_6, strict=True)
    )
    note = (
        "The weighted majority's four figures with 95 % intervals, beside the paper's, which have none. The paper "
        "wants a high TPR and a low TNR. Images without a verdict are left out. Its readers, images and truth are "
        "others."
    )
    columns = ("figure", "images", "this study", "the paper")
    return Table("As in the paper's Figure 6", note, columns, rows, tuple(map(honest, found)), paper=PAPER_FIGURE_6)


def share_of(design: Design, own: Sequence[tuple[Reading, bool]]) -> Share:
    """Return the share of readings for which something holds, NaN without readings."""
    kept = [r for r, _ in own]
    flags = np.array([holds for _, holds in own], bool)
    return (
        share(flags, patients(kept), weights_of(design, kept)) if kept else share(flags, flags.astype(np.int64), NONE)
    )


def _rates(design: Design, read: Sequence[Reading]) -> Table:
    groups = {name.name: [r for r in read if r.item.reader == name.name] for name in design.readers}
    rows, drawn = [], []
    decided = [(r, v.answer == "real") for r, v in consensus(read, lambda r: r.answers["real"]) if v.answer is not None]
    trials = {name: [(r, _says_real(r)) for r in own] for name, own in groups.items()} | {"weighted majority": decided}
    for name, own in trials.items():
        if not own or len({_is_real(r) for r, _ in own}) < 2:
            continue
        kept = [r for r, _ in own]
        found = read_against_truth(
            np.array([_is_real(r) for r in kept]),
            np.array([s for _, s in own]),
            patients(kept),
            weights_of(design, kept),
        )
        rows.append((
            name, str(len(own)), percent(honest(found.true_positive_rate)),
            percent(honest(found.true_negative_rate)), percent(honest(found.accuracy)), p_value(found.p_depends),
            f"{found.sensitivity_index:.2f}", f"{found.criterion + 0.0:.2f}".replace("-0.00", "0.00"),
        ))  # fmt: skip
        drawn.append(honest(found.accuracy))
    if not rows:
        raise UsageError("No reader has read both kinds of image yet.", "answers on real and on synthetic images")
    columns = (
        "reader",
        "images",
        "TPR: real called real",
        "TNR: synthetic called synthetic",
        "accuracy",
        "p, Fisher",
        "d'",
        "c",
    )
    note = (
        "Real is positive, as in the paper. Fisher's exact test asks whether answers depend on the truth at all; c "
        "below 0 leans to real. Ties of the majority go to the most experienced reader among those tied. Intervals are "
        "over patients, or Wilson's where they are fewer than five. Accuracy is drawn."
    )
    return Table("Real or synthetic", note, columns, (*rows, PAPER), tuple(drawn), 0.5)


def _birads(design: Design, read: Sequence[Reading]) -> list[Table]:
    known = [r for r in read if birads_category(r.case.facts.get("birads", ""))]
    if not known:
        return []
    rows = [
        (name.name, *_accuracy(design, [(r, _right(r)) for r in known if r.item.reader == name.name]))
        for name in design.readers
    ]
    verdicts = consensus(known, lambda r: r.answers["birads"])
    decided = [(r, v.answer == str(_truth(r))) for r, v in verdicts if v.answer is not None]
    rows += [("weighted majority", *_accuracy(design, decided)), PAPER_BIRADS]
    note = "The category is right if it is that of the report, the highest where it names several."
    tables = [Table("BI-RADS accuracy", note, ("reader", "on real", "on synthetic"), tuple(rows))]
    return tables + _equivalence(design, known)


def _truth(r: Reading) -> int:
    return birads_category(r.case.facts["birads"])


def _right(r: Reading) -> bool:
    return _said_birads(r) == _truth(r)


def _accuracy(design: Design, own: Sequence[tuple[Reading, bool]]) -> tuple[str, str]:
    cells = []
    for real in (True, False):
        part = [(r, right) for r, right in own if _is_real(r) is real]
        cells.append(percent(honest(share_of(design, part))) if part else "none read")
    return cells[0], cells[1]


def _equivalence(design: Design, known: Sequence[Reading]) -> list[Table]:
    """Pair on each case the readers who saw it as real with those who saw it as synthetic, in order of experience."""
    pairs: list[tuple[Reading, Reading]] = []
    for case in sorted({r.case.case for r in known}):
        own = sorted((r for r in known if r.case.case == case), key=lambda r: (-r.years, r.item.reader))
        pairs += zip([r for r in own if _is_real(r)], [r for r in own if not _is_real(r)], strict=False)
    if len(pairs) < 2:
        return []
    first, second = (np.array([_right(p[i]) for p in pairs]) for i in (0, 1))
    kept = [p[0] for p in pairs]
    found = equivalence(first, second, patients(kept), weights_of(design, kept), design.margin)
    low, high = (found.clustered_low, found.clustered_high) if found.clustered else (found.low, found.high)
    verdict = "shown" if found.equivalent else "not shown"
    row = (
        str(len(pairs)), f"{100 * found.difference:.1f} points", f"{100 * low:.1f} to {100 * high:.1f}",
        f"{100 * found.margin:g} points", verdict, "shown" if found.not_inferior else "not shown",
        p_value(pair(first, second).p_differs),
    )  # fmt: skip
    note = (
        "Two one-sided tests at the margin fixed in the design. Readings of one case on the real and on the synthetic "
        "image are paired in order of the readers' experience. A large McNemar p alone shows nothing."
    )
    columns = ("pairs", "real less synthetic", "90 % interval", "margin", "equivalence", "not inferior", "p, McNemar")
    return [Table("BI-RADS: synthetic as good as real?", note, columns, (row,))]
