"""The windows that a reader can choose by one key. They are the study's, so that real and synthetic have the same.

A prepared image is grey through the window of its own header, from 0 to 1; what the header's window cuts off is not in
it. The first window, "as sent", is that one. A design may name others in its place, in shares of that range.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from vcem.core.errors import UsageError
from vcem.core.recipe import strict
from vcem.study.pictures import FULL

MOST = 8
NARROWEST, WIDEST = 0.005, 2.0


@strict
@dataclass(frozen=True)
class Window:
    """A named window; `centre` and `width` are shares of the grey range as sent."""

    name: str
    centre: float
    width: float


AS_SENT = Window("as sent", 0.5, 1.0)
NARROW, WIDE = Window("narrow", 0.5, 0.5), Window("wide", 0.5, 1.5)


def check_windows(windows: Sequence[Window]) -> None:
    """Refuse windows that cannot be told apart or show nothing.

    Raises:
        UsageError: naming the first thing wrong.
    """
    names = [AS_SENT.name, *(w.name for w in windows)]
    wrong = [n for n in names if names.count(n) > 1 or not n.strip()]
    if wrong:
        raise UsageError(f"windows: {wrong[0]!r} is empty or appears twice.", f"names, and none {AS_SENT.name!r}")
    if len(windows) > MOST:
        raise UsageError(f"windows holds {len(windows)}.", f"{MOST} at most: there is a key for each")
    for window in windows:
        if not (0 <= window.centre <= 1 and NARROWEST <= window.width <= WIDEST):
            raise UsageError(
                f"The window {window.name!r} has centre {window.centre} and width {window.width}.",
                f"centre 0 to 1, width {NARROWEST} to {WIDEST}: shares of the grey range as sent",
            )


def plain_windows(windows: Sequence[Window]) -> list[dict[str, str | int]]:
    """Return the windows of a study as the browser gets them, in steps of 16 bits; two beside "as sent" if none."""
    offered = (AS_SENT, *(windows or (NARROW, WIDE)))
    steps = FULL + 1
    return [{"name": w.name, "centre": round(w.centre * steps), "width": round(w.width * steps)} for w in offered]
