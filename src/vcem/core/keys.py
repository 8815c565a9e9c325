"""Names of pairs, and what belongs together: patient, breast and view."""

import re
from dataclasses import dataclass

from vcem.core.errors import UsageError
from vcem.core.terms import Side, View

# the form of CDD-CESM, with its two odd repeats "MLO_2" and "MLO2"; patients of DICOM archives have names of any form
_CDD = re.compile(r"(?P<patient>[A-Za-z0-9][A-Za-z0-9.-]*)_(?P<side>[LR])_(?P<view>CC|MLO)(?:_?(?P<repeat>\d+))?")
# the form of CESM@UCBM: patient, series, then side and view in one word
_UCBM = re.compile(r"(?P<patient>P\d+)_(?P<repeat>\d+)_(?P<side>[LR])(?P<view>CC|MLO)")


@dataclass(frozen=True)
class PairKey:
    """The parts of a pair's name. Two pairs of one `breast_view` are repeats of one projection."""

    pair: str
    patient: str
    side: Side
    view: View
    repeat: str = ""

    @property
    def breast_view(self) -> str:
        """Patient, side and view, the same for a late-phase repeat minutes later."""
        return f"{self.patient}_{self.side}_{self.view}"


def parse_pair(pair: str) -> PairKey:
    """Read a pair's name as CDD-CESM (`P66_L_CC`) or CESM@UCBM (`P1_22_RCC`) write it.

    Raises:
        UsageError: if the name follows neither form.
    """
    found = _CDD.fullmatch(pair) or _UCBM.fullmatch(pair)
    if not found:
        raise UsageError(f"Pair name {pair!r} cannot be read.", "a name such as P66_L_CC or P1_22_RCC")
    return PairKey(pair, found["patient"], Side(found["side"]), View(found["view"]), found["repeat"] or "")
