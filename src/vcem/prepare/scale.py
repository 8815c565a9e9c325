"""From stored values to [0, 1], and back."""

from dataclasses import dataclass

from vcem.core.arrays import Grey


@dataclass(frozen=True)
class Scale:
    """Map [low, high] to [0, 1] linearly."""

    low: float
    high: float

    def do(self, stored: Grey) -> Grey:
        """Return grey values; [low, high] becomes [0, 1]."""
        return (stored - self.low) / (self.high - self.low)

    def undo(self, grey: Grey) -> Grey:
        """Return stored values."""
        return grey * (self.high - self.low) + self.low


def min_max(stored: Grey) -> Scale:
    """Return the image's own scale (paper §3.1, third step).

    Its maximum differs from image to image, so absolute contrast is lost: for the strict protocol a fixed scale is
    used instead, and never one that looks at the target. A constant image gets a scale of 1.
    """
    low, high = float(stored.min()), float(stored.max())
    return Scale(low, high if high > low else low + 1)
