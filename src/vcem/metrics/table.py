"""The image metrics under their names: vcem's own, those of installed packages, and those that a program registers."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from vcem.core.errors import UsageError
from vcem.core.plugins import Table
from vcem.metrics import error, ms_ssim, paper, ssim, vif

Function = Callable[[Any, Any, Any], Any]


class Area(StrEnum):
    """Over which pixels a metric is taken; the value ends its column's name."""

    WHOLE = ""
    BREAST = "_breast"

    @property
    def words(self) -> str:
        """How tables call it."""
        return "whole image" if self is Area.WHOLE else "inside the breast"


@dataclass(frozen=True)
class Metric:
    """An image metric.

    Attributes:
        title: in printed tables.
        function: `(y, y_hat, mask) -> one value an image`, images `n h w` in [0, 1], mask of the same shape or None for
            the whole image; one from outside is always given NumPy arrays by vcem's verbs.
        higher_is_better: the direction.
        decimals: that are printed; tables in CSV hold all.
        unit: "" for a pure number.
        areas: over which it is taken.
        smallest: rows and columns below which an image has no value.
        variants: functions that take the place of `function` under a variant such as `paper` or `paper-half`.
        rank: place among the columns of printed tables.
    """

    title: str
    function: Function
    higher_is_better: bool
    decimals: int
    unit: str = ""
    areas: tuple[Area, ...] = (Area.WHOLE, Area.BREAST)
    smallest: int = 1
    variants: Mapping[str, Function] = field(default_factory=dict)
    rank: int = 99

    def of(self, variant: str) -> Function:
        """Return the function under a variant: its own, or that of the variant it is one of, or the metric's."""
        for name in (variant, variant.partition("-")[0]):
            if name in self.variants:
                return self.variants[name]
        return self.function


METRICS = Table(
    "vcem.metrics",
    "metric",
    Metric,
    {
        "mse": Metric("MSE", error.mse, False, 5, rank=1),
        "psnr": Metric(
            "PSNR", error.psnr, True, 2, "dB", rank=2, variants={"paper": paper.psnr_over_own_maximum}
        ),
        "ssim": Metric(
            "SSIM", ssim.ssim, True, 4, rank=4,
            variants={"paper": paper.ssim_over_own_range, "paper-half": paper.ssim_in_half_precision},
        ),
        "vif": Metric("VIF", vif.vif, True, 4, smallest=vif.SMALLEST, rank=3),
        "ms_ssim": Metric("MS-SSIM", ms_ssim.ms_ssim, True, 4, smallest=ms_ssim.SMALLEST, rank=5),
    },
)  # fmt: skip


def register_metric(name: str, metric: Metric) -> None:
    """Add a metric to this process under the name of its column; a package offers an entry point `vcem.metrics`.

    Raises:
        UsageError: if the name is taken, or is not a name of a column.
    """
    if not name.isidentifier():
        raise UsageError(f"{name!r} is not a name of a metric.", "letters, digits and _")
    METRICS.register(name, metric)


def columns(names: Iterable[str] | None = None) -> tuple[str, ...]:
    """Return the columns of these metrics, or of all: those over the whole image, then those inside the breast."""
    chosen = {name: METRICS[name] for name in (METRICS if names is None else names)}
    return tuple(f"{name}{area}" for area in Area for name, m in chosen.items() if area in m.areas)
