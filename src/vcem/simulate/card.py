"""One row of the report card: what was found, and between which bounds it has to lie."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One quantity of the card; `source` says where its bounds come from."""

    quantity: str
    found: float
    low: float
    high: float
    unit: str
    source: str

    @property
    def passes(self) -> bool:
        """Whether the quantity lies within its bounds; one that is not a number does not."""
        return self.low <= self.found <= self.high
