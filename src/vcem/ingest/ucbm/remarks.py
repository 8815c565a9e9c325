"""What an import of CESM@UCBM found odd, told instead of mended."""

from collections import Counter
from collections.abc import Iterator, Sequence

from vcem.core.errors import UsageError
from vcem.folders.catalogue import Pair, Skipped
from vcem.ingest.reading import Reading
from vcem.ingest.ucbm.facts import Statement, unheard
from vcem.ingest.ucbm.files import Form
from vcem.ingest.ucbm.headers import Known
from vcem.ingest.ucbm.options import UcbmOptions
from vcem.ingest.ucbm.order import Order

Taken = tuple[Known, Reading]


def sort_out(known: Sequence[Known], readings: Sequence[Reading | str]) -> tuple[list[Taken], list[Skipped]]:
    """Part the pairs that were read from those that could not be, or whose images differ in size."""
    taken, failed = [], []
    for pair, reading in zip(known, readings, strict=True):
        if isinstance(reading, str):
            failed.append(Skipped(_name(pair), reading))
        elif reading.le != reading.des:
            le, des = (f"{size.height} x {size.width}" for size in (reading.le, reading.des))
            failed.append(Skipped(_name(pair), f"LE has {le} pixels and DES {des}: no images of one exposure"))
        else:
            taken.append((pair, reading))
    return taken, failed


def refuse_wrong_axes(taken: Sequence[Taken], form: Form) -> None:
    """Refuse to go on if most breasts do not lie where their side says.

    Raises:
        UsageError: if so.
    """
    elsewhere = [pair for pair, reading in taken if not reading.at_wall]
    if 2 * len(elsewhere) > len(taken):
        raise UsageError(
            f"{len(elsewhere)} of {len(taken)} images do not show the breast at its side's edge, "
            f"such as {_name(elsewhere[0])}.",
            "left breasts at the left edge, right ones at the right edge",
            "the other --axes" if form is Form.NRRD else "images that are neither mirrored nor turned",
        )


def said_of(taken: Sequence[Taken], pairs: Sequence[Pair], options: UcbmOptions) -> Iterator[Skipped]:
    """Yield what was kept with something missing or odd."""
    for (_, reading), pair in zip(taken, pairs, strict=True):
        if not reading.at_wall:
            yield Skipped(pair.pair, f"the breast does not lie at the edge of side {pair.side}; kept")
        if not pair.registered:
            yield Skipped(
                pair.pair, f"not registered: quality {pair.registration} is below {options.min_quality}; kept"
            )
    if any(pair.tags for pair in pairs):
        return
    repeats = [name for name, count in Counter(k.found.listed.key.breast_view for k, _ in taken).items() if count > 1]
    if repeats:
        yield Skipped(
            repeats[0],
            f"this and {len(repeats) - 1} other views were imaged several times; which is the late phase is not said; "
            "--late series takes the higher series number",
        )


def said_of_facts(statements: Sequence[Statement], order: Order) -> Iterator[Skipped]:
    """Yield how many rows of reports and biopsies speak of no listed pair.

    Raises:
        UsageError: if none speaks of a listed pair: its patients are named in another way.
    """
    silent = unheard(statements, [row.key for row in order.listed])
    if statements and silent == len(statements):
        raise UsageError(
            f"No row of the reports and biopsies speaks of a listed pair, such as {statements[0].where}.",
            f"patients named as in the order table, such as {order.listed[0].key.patient}",
            "give --columns FILE with [reports.values.patient], or change the table",
        )
    if silent:
        yield Skipped("reports and biopsies", f"{silent} rows speak of no listed pair")


def _name(known: Known) -> str:
    return known.found.listed.key.pair
