"""What the tables show of each quantity: name, which way is better, how many digits are worth printing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan

from vcem.metrics.table import METRICS, Area
from vcem.stats.intervals import Interval


@dataclass(frozen=True)
class Quantity:
    """One quantity of a table; `decimals` are printed, the CSV files hold all."""

    column: str
    name: str
    higher_is_better: bool
    decimals: int
    unit: str = ""

    @property
    def heading(self) -> str:
        """Name, unit and the arrow of the paper's tables: up where higher is better."""
        unit = f" ({self.unit})" if self.unit else ""
        return f"{self.name}{unit} {'↑' if self.higher_is_better else '↓'}"

    def show(self, value: float) -> str:
        """Print a value with this quantity's digits."""
        return number(value, self.decimals)


def quantities(area: Area, columns: Sequence[str]) -> tuple[Quantity, ...]:
    """Return what tables show of the metrics over an area that stand among these columns, in printed order."""
    shown = sorted(METRICS.items(), key=lambda named: named[1].rank)
    return tuple(
        Quantity(f"{name}{area}", m.title, m.higher_is_better, m.decimals, m.unit)
        for name, m in shown
        if f"{name}{area}" in columns
    )


CONTRAST_ERROR = Quantity("contrast_error", "Contrast error", False, 4)
MISSED = Quantity("missed", "Missed", False, 3)
HALLUCINATED = Quantity("hallucinated", "Hallucinated per image", False, 3)
LESION = (CONTRAST_ERROR, MISSED, HALLUCINATED)

_NAMES = {
    "autoencoder": "Autoencoder",
    "pix2pix": "Pix2Pix",
    "cyclegan": "CycleGAN",
    "resunet": "Residual U-Net",
    "bridge": "Diffusion bridge",
    "reference-le": "Reference: LE image",
    "reference-mask-mean": "Reference: mask × mean",
    "reference-mean-des": "Reference: mean DES",
}


def method_name(label: str) -> str:
    """Return a method's name as the paper writes it."""
    return _NAMES.get(label, label)


def short_name(label: str) -> str:
    """Return a method's name without the word reference."""
    return method_name(label).removeprefix("Reference: ")


def number(value: float, decimals: int, sign: bool = False) -> str:
    """Print a number; a dash where there is none, a true minus sign."""
    if isnan(value):
        return "–"
    text = f"{value:{'+' if sign else ''}.{decimals}f}"
    zero = not text.strip("+-0.")
    return (text.lstrip("+-") if zero else text).replace("-", "−")


def with_spread(mean: float, sd: float, decimals: int) -> str:
    """Print mean ± SD; without the SD where a single fold has none."""
    return number(mean, decimals) + ("" if isnan(sd) else f" ± {number(sd, decimals)}")


def bounds(interval: Interval, decimals: int, sign: bool = False) -> str:
    """Print the bounds of an interval."""
    if isnan(interval.low):
        return "no interval"
    return f"{number(interval.low, decimals, sign)} to {number(interval.high, decimals, sign)}"


def with_bounds(interval: Interval, decimals: int, sign: bool = False) -> str:
    """Print an estimate and its interval."""
    if isnan(interval.estimate):
        return "–"
    return f"{number(interval.estimate, decimals, sign)} ({bounds(interval, decimals, sign)})"


def percent(interval: Interval) -> str:
    """Print a share and its interval in per cent."""
    if isnan(interval.estimate):
        return "–"
    low, high = (f"{100 * v:.0f}" for v in (interval.low, interval.high)) if not isnan(interval.low) else ("", "")
    return f"{100 * interval.estimate:.0f} %" + (f" ({low} to {high} %)" if low else " (no interval)")


def flat(numbers: Mapping[str, Interval]) -> dict[str, float]:
    """Return the columns of intervals in a CSV file: each with its bounds."""
    ends = {"": "estimate", "_low": "low", "_high": "high"}
    return {f"{name}{end}": getattr(own, part) for name, own in numbers.items() for end, part in ends.items()}


def p_value(p: float) -> str:
    """Print a p value with three decimals, never as zero."""
    if isnan(p):
        return "–"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
