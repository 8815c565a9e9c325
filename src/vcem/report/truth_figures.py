"""The free-response curve of every method as SVG."""

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vcem.folders.scores import is_reference
from vcem.folders.truth import ACQUIRED
from vcem.metrics.froc import PLACE_MG_CM2
from vcem.report.cases import left_out, pictured
from vcem.report.figures import GREY, STYLE, Drawing, colour, finish
from vcem.report.study import Study
from vcem.report.truth import Curve, Truth
from vcem.report.truth_numbers import short_of

MOST_FALSE = 6.0
"""Right end of the axis: with more false places per image, a curve is of no use to a reader."""
DASHES = {"reference-le": "-", "reference-mask-mean": ":", "reference-mean-des": "--", ACQUIRED: "-"}


def froc_drawing(study: Study, truth: Truth) -> Drawing:
    """Draw sensitivity over false places per image for every method and reference."""
    with style.context(STYLE):
        figure = Figure(figsize=(7, 3.6), layout="constrained")
        axes = figure.subplots()
        for method in (m for m in truth.methods if is_reference(m) or m in pictured(study)):
            _line(axes, study, method, truth.curves[method])
        axes.set(
            xlabel="False places per image", ylabel="Enhancing lesions found", ylim=(0, 1.02), xlim=(0, MOST_FALSE)
        )
        if axes.lines:
            axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(1.01, 0.5))
        svg = finish(figure, study)
    caption = (
        "Free-response curves: share of enhancing lesions with a mark against false places per image, over all "
        f"thresholds; dots are at {PLACE_MG_CM2} mg/cm², the threshold of the table. The acquired DES shows what the "
        f"second exposure itself would reach by this rule.{left_out(study)}"
    )
    return Drawing("froc", svg, caption, f"Curves of {len(truth.methods)} methods; the numbers are in froc.csv.")


def _line(axes: Axes, study: Study, method: str, curve: Curve) -> None:
    if not curve.lesions or not curve.images:
        return
    x, y = curve.false_places / curve.images, curve.found / curve.lesions
    tint = "black" if method == ACQUIRED else colour(study, method)
    width = 1 if tint == GREY else 1.8
    axes.plot(x, y, color=tint, ls=DASHES.get(method, "-"), lw=width, label=short_of(study, method))
    dot = curve.thresholds.tolist().index(PLACE_MG_CM2)
    axes.plot(x[dot], y[dot], "o", color=tint, ms=5, mec="white", clip_on=False)
