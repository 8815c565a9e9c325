"""Figures of the report as SVG: training curves and lesion contrast. Each carries its stamp."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vcem.folders.scores import is_reference
from vcem.report.cases import left_out, pictured
from vcem.report.quantities import with_bounds
from vcem.report.study import Study
from vcem.report.tables import listed
from vcem.report.training import Curve
from vcem.stats.correlation import slope

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


def training_drawing(study: Study, curves: Sequence[Curve]) -> Drawing | None:
    """Draw losses and validation L1 of each shown method, a thin line per fold; None where nothing was logged."""
    drawn = {m: own for m in pictured(study) if (own := [c for c in curves if c.label == m])}
    if not drawn:
        return None
    with style.context(STYLE):
        wide = min(2, len(drawn))
        figure = Figure(figsize=(5 * wide, 2.4 * -(-len(drawn) // wide)), layout="constrained")
        panels = figure.subplots(-(-len(drawn) // wide), 2 * wide, squeeze=False).ravel()
        for (label, own), left, right in zip(drawn.items(), panels[::2], panels[1::2], strict=False):
            _losses(left, own)
            _validation(right, own, colour(study, label))
            left.set_title(study.short(label), fontsize=9, loc="left")
        for empty in panels[2 * len(drawn) :]:
            empty.set_axis_off()
        svg = finish(figure, study)
    told = [f"{study.short(m)} {sum(c.flattened for c in own)} of {len(own)}" for m, own in drawn.items()]
    caption = (
        "For each method training losses (thin lines folds, thick line their mean) and validation L1 (dots mark the "
        f"best epoch of each fold). Folds whose validation had flattened: {listed(told)}.{left_out(study)}"
    )
    best = [float(c.val_l1[c.best]) for own in drawn.values() for c in own if c.best >= 0]
    reached = f"best validation L1 between {min(best):.4f} and {max(best):.4f}" if best else "no validation recorded"
    return Drawing("training", svg, caption, f"Curves of all folds of {len(drawn)} methods; {reached}.")


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


def contrast_drawing(study: Study) -> Drawing | None:
    """Draw predicted over true lesion contrast with its slope, a panel a shown method; None without lesions."""
    if np.isnan(study.lesions.truth).all():
        return None
    svg = _grid(study, _scatter, "Contrast in the true DES", "Contrast in the prediction")
    caption = (
        "Contrast of every measurable lesion in truth and prediction; filled: lesions that enhance in the truth. On "
        "the dashed diagonal a prediction has the contrast right; on the horizontal line it shows none. Coloured: the "
        f"least-squares line with its slope and 95 % patient-bootstrap interval.{left_out(study)}"
    )
    return Drawing("lesion-contrast", svg, caption, _alt(study, "Scatter of"))


def agreement_drawing(study: Study) -> Drawing | None:
    """Draw the Bland-Altman plot of lesion contrast, a panel a shown method; None without lesions."""
    if np.isnan(study.lesions.truth).all():
        return None
    svg = _grid(study, _agreement, "Mean of both contrasts", "Prediction − truth")
    caption = (
        "Bland–Altman: error of each lesion's contrast over the mean of both; coloured line the bias, dashed lines "
        "bias ± 1.96 SD of lesions, between which 95 % of errors lie if they are normal and all lesions alike (Bland & "
        f"Altman 1986). A falling cloud: strong lesions are drawn too weak.{left_out(study)}"
    )
    return Drawing("lesion-agreement", svg, caption, _alt(study, "Bland–Altman plot of"))


def _alt(study: Study, what: str) -> str:
    shown = len(pictured(study))
    return f"{what} {len(study.lesions.names)} lesions for {shown} methods; correlation and slope are in the table."


def _grid(study: Study, draw: Callable[[Axes, Study, str], None], xlabel: str, ylabel: str) -> bytes:
    """Draw a small panel for each shown method, all on the same axes."""
    methods = pictured(study)
    deep = 1 if len(methods) < 4 else 2
    wide = -(-len(methods) // deep)
    with style.context(STYLE):
        figure = Figure(figsize=(2.5 * max(2, wide), 2.6 * deep), layout="constrained")
        panels = figure.subplots(deep, wide, sharex=True, sharey=True, squeeze=False)
        for axes, method in zip(panels.ravel(), methods, strict=False):
            draw(axes, study, method)
            axes.set_title(study.short(method), fontsize=9, loc="left")
        for empty in panels.ravel()[len(methods) :]:
            empty.set_axis_off()
        for axes in panels.ravel()[: len(methods)][-wide:]:  # each is the lowest of its column
            axes.set_xlabel(xlabel)
            axes.tick_params(labelbottom=True)
        for axes in panels[:, 0]:
            axes.set_ylabel(ylabel)
        return finish(figure, study)


def _both(study: Study, method: str) -> tuple[np.ndarray, np.ndarray]:
    lesions = study.lesions
    return lesions.truth, lesions.predicted[lesions.methods.index(method)]


def _dots(axes: Axes, study: Study, method: str, x: np.ndarray, y: np.ndarray) -> None:
    lit, tint = study.lesions.enhancing, colour(study, method)
    for chosen, face in ((~lit, "none"), (lit, tint)):
        axes.scatter(x[chosen], y[chosen], s=12, facecolors=face, edgecolors=tint, lw=0.7, alpha=0.7)
    axes.axhline(0, color=GREY, lw=0.8)


def _scatter(axes: Axes, study: Study, method: str) -> None:
    truth, predicted = _both(study, method)
    _dots(axes, study, method, truth, predicted)
    ends = np.array([np.nanmin(truth), np.nanmax(truth)])
    axes.plot(ends, ends, color=GREY, lw=1, ls="--")
    rise = slope(truth, predicted, study.lesions.patients, study.draws.weights)
    known = ~np.isnan(truth) & ~np.isnan(predicted)
    if not np.isnan(rise.estimate):
        axes.plot(ends, predicted[known].mean() + rise.estimate * (ends - truth[known].mean()), lw=1.6,
                  color=colour(study, method))  # fmt: skip
    axes.text(0.03, 0.97, f"slope {with_bounds(rise, 2)}", transform=axes.transAxes, fontsize=7, va="top")


def _agreement(axes: Axes, study: Study, method: str) -> None:
    truth, predicted = _both(study, method)
    error = predicted - truth
    _dots(axes, study, method, (truth + predicted) / 2, error)
    known = error[~np.isnan(error)]
    if known.size > 1:
        bias, spread = float(known.mean()), 1.96 * float(known.std(ddof=1))
        axes.axhline(bias, color=colour(study, method), lw=1.6)
        for end in (bias - spread, bias + spread):
            axes.axhline(end, color=colour(study, method), lw=1, ls="--")


def finish(figure: Figure, study: Study, form: str = "svg") -> bytes:
    """Write the stamp under the figure and return it as SVG or PDF with no date in it."""
    figure.supxlabel(study.stamp, fontsize=7, color="#666", x=0.01, ha="left")
    out = io.BytesIO()
    figure.savefig(out, format=form, metadata={"Date" if form == "svg" else "CreationDate": None})
    return out.getvalue()
