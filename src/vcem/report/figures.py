"""Figures of the report as SVG: training curves, intervals, lesion contrast. Each carries its stamp."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vcem.folders.scores import is_reference
from vcem.report.quantities import Quantity
from vcem.report.study import Study
from vcem.report.training import Curve
from vcem.stats.intervals import Interval, mean_intervals

# Okabe & Ito 2008, told apart by colour-blind readers
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
GREY = "#767676"
STYLE = str(files("vcem.report") / "templates" / "figure.mplstyle")


@dataclass(frozen=True)
class Drawing:
    """One figure: its file name, SVG, caption and words for readers who cannot see it."""

    name: str
    svg: bytes
    caption: str
    alt: str


def colour(study: Study, method: str) -> str:
    """Return a method's colour, the same in every figure; references are grey."""
    if is_reference(method):
        return GREY
    return COLOURS[study.scores.learned.index(method) % len(COLOURS)]


def training_drawing(study: Study, label: str, curves: Sequence[Curve]) -> Drawing:
    """Draw one method's losses and validation L1, a thin line per fold, the best epochs marked."""
    with style.context(STYLE):
        figure = Figure(figsize=(9, 3), layout="constrained")
        left, right = figure.subplots(1, 2)
        _losses(left, curves)
        _validation(right, curves, colour(study, label))
        svg = finish(figure, study)
    name = study.title(label)
    done = sum(c.flattened for c in curves)
    caption = (
        f"{name}: training losses (left; thin lines folds, thick line their mean) and validation L1 (right; dots mark "
        f"the best epoch of each fold). Validation had flattened in {done} of {len(curves)} folds."
    )
    best = [float(c.val_l1[c.best]) for c in curves if c.best >= 0]
    reached = f"best validation L1 between {min(best):.4f} and {max(best):.4f}" if best else "no validation recorded"
    return Drawing(f"training-{label}", svg, caption, f"Curves of {len(curves)} folds of {name}; {reached}.")


def _losses(axes: Axes, curves: Sequence[Curve]) -> None:
    names = list(dict.fromkeys(n for c in curves for n in c.losses))
    for name, tint in zip(names, COLOURS * len(names), strict=False):
        for c in curves:
            if name in c.losses:
                axes.plot(c.epochs, c.losses[name], color=tint, lw=0.6, alpha=0.35)
        axes.plot(
            *_mean_curve([(c.epochs, c.losses[name]) for c in curves if name in c.losses]), color=tint, label=name
        )
    positive = all((v[~np.isnan(v)] > 0).all() for c in curves for v in c.losses.values())
    axes.set(xlabel="Epoch", ylabel="Training loss", yscale="log" if positive and names else "linear")
    if names:
        axes.legend(fontsize=8)


def _mean_curve(lines: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean over the folds of the epochs that all of them reached."""
    epochs = sorted(set.intersection(*(set(e.tolist()) for e, _ in lines)))
    rows = [v[np.isin(e, epochs)] for e, v in lines]
    return np.array(epochs), np.mean(rows, axis=0)


def _validation(axes: Axes, curves: Sequence[Curve], tint: str) -> None:
    for c in curves:
        axes.plot(c.epochs, c.val_l1, color=tint, lw=0.9, alpha=0.7)
        if c.best >= 0:
            axes.plot(c.epochs[c.best], c.val_l1[c.best], "o", color=tint, ms=4, mec="white")
    axes.set(xlabel="Epoch", ylabel="Validation L1")


def intervals_drawing(study: Study, region: str) -> Drawing:
    """Draw each method's mean with its interval, a panel a metric."""
    quantities = study.regions[region]
    methods = study.scores.methods
    with style.context(STYLE):
        figure = Figure(figsize=(10, 0.9 + 0.27 * len(methods)), layout="constrained")
        panels = figure.subplots(1, len(quantities), sharey=True)
        for axes, quantity in zip(panels, quantities, strict=True):
            _forest(axes, study, quantity)
        panels[0].set_yticks(range(len(methods)), [study.short(m) for m in methods])
        panels[0].invert_yaxis()
        svg = finish(figure, study)
    caption = (
        f"Mean over images, {region}, with 95 % patient-bootstrap intervals. The dotted line is the best reference."
    )
    names = ", ".join(q.name for q in quantities)
    alt = f"Intervals of {names} for {len(methods)} methods; the numbers are in the table."
    return Drawing("intervals-" + region.split()[-1], svg, caption, alt)


def _forest(axes: Axes, study: Study, quantity: Quantity) -> None:
    values = [study.scores.of(m, quantity.column) for m in study.scores.methods]
    found = mean_intervals(np.column_stack(values), study.scores.patients, study.draws.weights)
    for place, (method, interval) in enumerate(zip(study.scores.methods, found, strict=True)):
        tint = colour(study, method)
        axes.plot([interval.low, interval.high], [place, place], color=tint, lw=2.2, solid_capstyle="round")
        axes.plot(interval.estimate, place, "o", color=tint, ms=6, mec="white")
    best = _best_reference(study, quantity, found)
    if best is not None:
        axes.axvline(best, color=GREY, lw=1, ls=":")
    axes.set_title(quantity.heading, fontsize=9, loc="left")
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="x", labelsize=8)
    axes.locator_params(axis="x", nbins=4)


def _best_reference(study: Study, quantity: Quantity, found: Sequence[Interval]) -> float | None:
    means = [i.estimate for m, i in zip(study.scores.methods, found, strict=True) if is_reference(m)]
    if not means:
        return None
    return max(means) if quantity.higher_is_better else min(means)


def contrast_drawing(study: Study) -> Drawing | None:
    """Draw true against predicted lesion contrast, a panel a learned method; None without lesions."""
    lesions, learned = study.lesions, study.scores.learned
    if np.isnan(lesions.truth).all():
        return None
    with style.context(STYLE):
        figure = Figure(figsize=(3.1 * max(2, len(learned)), 3.2), layout="constrained")
        panels = figure.subplots(1, len(learned), sharex=True, sharey=True, squeeze=False)[0]
        for axes, method in zip(panels, learned, strict=True):
            _scatter(axes, study, method)
        panels[0].set_ylabel("Contrast in the prediction")
        svg = finish(figure, study)
    caption = (
        "Contrast of every measurable lesion in truth and prediction; filled: lesions that enhance in the truth. On "
        "the diagonal a prediction has the contrast right; on the horizontal line it shows none."
    )
    alt = f"Scatter of {len(lesions.names)} lesions for {len(learned)} methods; correlations are in the table."
    return Drawing("lesion-contrast", svg, caption, alt)


def _scatter(axes: Axes, study: Study, method: str) -> None:
    lesions, tint = study.lesions, colour(study, method)
    predicted = lesions.predicted[lesions.methods.index(method)]
    for chosen, face in ((~lesions.enhancing, "none"), (lesions.enhancing, tint)):
        axes.scatter(
            lesions.truth[chosen], predicted[chosen], s=14, facecolors=face, edgecolors=tint, lw=0.7, alpha=0.8
        )
    low, high = float(np.nanmin(lesions.truth)), float(np.nanmax(lesions.truth))
    axes.plot([low, high], [low, high], color=GREY, lw=1, ls="--")
    axes.axhline(0, color=GREY, lw=0.8)
    axes.set_title(study.short(method), fontsize=9, loc="left")
    axes.set_xlabel("Contrast in the true DES")


def finish(figure: Figure, study: Study) -> bytes:
    """Write the stamp under the figure and return it as SVG with no date in it."""
    figure.supxlabel(study.stamp, fontsize=7, color="#666", x=0.01, ha="left")
    out = io.BytesIO()
    figure.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()
