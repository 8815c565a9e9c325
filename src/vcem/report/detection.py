"""What the virtual image adds: detectors of lesions on LE, real DES and virtual DES at equal false places."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from matplotlib import style
from matplotlib.figure import Figure

from vcem.core.files import Row
from vcem.core.seeds import rng_for
from vcem.folders.detection import DES, LE, Found
from vcem.report.collect import labels
from vcem.report.compare import LEAST_RESAMPLES
from vcem.report.figures import COLOURS, GREY, STYLE, Drawing, finish
from vcem.report.free_response import COMPARED, MOST_FALSE, RATES, Difference, differences_of, step_curve
from vcem.report.quantities import flat, percent, with_bounds
from vcem.report.study import Study
from vcem.report.tables import Table, count, row
from vcem.stats.auc import auc_interval
from vcem.stats.free_response import Marks, found_interval
from vcem.stats.intervals import Interval, Weights, draw_patients, mean_intervals


class Arm(NamedTuple):
    """The images that a detector was trained on, and those that it judges."""

    detector: str
    images: str


@dataclass(frozen=True)
class Lesions:
    """Every lesion that can be judged, by fold, pair and number: its rating, whether it is sought, whose it is."""

    ratings: Float[np.ndarray, " n"]
    sought: Bool[np.ndarray, " n"]
    patients: Int[np.ndarray, " n"]


@dataclass(frozen=True, eq=False)
class Detection:
    """What all detectors found in the same test images, with the draws of patients that its intervals share."""

    found: tuple[Found, ...]
    seed: int

    @cached_property
    def find(self) -> str:
        """Which lesions are sought."""
        return str(self.found[0].facts["find"])

    @cached_property
    def recipe(self) -> str:
        """Name and digest of the detectors' recipe."""
        return f"{self.found[0].facts['recipe']} ({self.found[0].facts['recipe_digest']})"

    @cached_property
    def arms(self) -> tuple[Arm, ...]:
        """LE, real DES, each virtual DES, then the detector of real DES on each virtual DES."""
        every = {Arm(r["detector"], r["images"]) for f in self.found for r in f.images}
        return tuple(sorted(every, key=lambda a: (a.detector != a.images, a.images != LE, a.images != DES, a)))

    def rows(self, table: str, arm: Arm) -> list[Row]:
        """Return the rows of one arm, by fold and pair."""
        every = (r for f in self.found for r in getattr(f, table) if (r["detector"], r["images"]) == arm)
        return sorted(every, key=lambda r: (int(r["fold"]), r["pair"]))

    @cached_property
    def patients(self) -> dict[str, int]:
        """The number of each patient."""
        return {name: k for k, name in enumerate(sorted({r["patient"] for f in self.found for r in f.images}))}

    @cached_property
    def weights(self) -> Weights:
        """The draws of patients."""
        return draw_patients(len(self.patients), LEAST_RESAMPLES, rng_for(self.seed, "report", "detectors"))

    def lesions(self, arm: Arm) -> Lesions:
        """Return the lesions as one arm rates them; the same ones in the same order for every arm."""
        rows = sorted(self.rows("lesions", arm), key=_lesion)
        return Lesions(
            np.array([float(r["rating"]) for r in rows]),
            np.array([r["sought"] == "True" for r in rows], bool),
            np.array([self.patients[r["patient"]] for r in rows], int),
        )

    def marks(self, arm: Arm) -> Marks:
        """Return the marks of one arm."""
        sought = sorted((r for r in self.rows("lesions", arm) if r["sought"] == "True"), key=_lesion)
        place = {_lesion(r): k for k, r in enumerate(sought)}
        best, false = np.full(len(sought), -np.inf), []
        for mark in self.rows("marks", arm):
            if mark["lesion"]:
                k = place[_lesion(mark)]
                best[k] = max(best[k], float(mark["rating"]))
            else:
                false.append((float(mark["rating"]), self.patients[mark["patient"]]))
        ratings, owners = np.array(false, float).reshape(-1, 2).T
        images = np.bincount([self.patients[r["patient"]] for r in self.rows("images", arm)],
                             minlength=len(self.patients))  # fmt: skip
        return Marks(ratings, owners.astype(int), best, self.lesions_of(sought), images.astype(float))

    def lesions_of(self, rows: Sequence[Row]) -> Int[np.ndarray, " n"]:
        """Return whose each row is."""
        return np.array([self.patients[r["patient"]] for r in rows], int)

    def dice(self, arm: Arm) -> Interval:
        """Return the mean Dice over images with a sought lesion."""
        rows = [r for r in self.rows("images", arm) if r["dice"]]
        values = np.array([float(r["dice"]) for r in rows])
        return mean_intervals(values[:, None], self.lesions_of(rows), self.weights)[0]


def _lesion(cells: Mapping[str, str]) -> tuple[int, str, int]:
    return int(cells["fold"]), cells["pair"], int(cells["lesion"])


def detection_of(study: Study) -> Detection | None:
    """Return what the detectors of a report found; None where there are none."""
    return Detection(study.detectors, study.seed) if study.detectors else None


def arm_name(study: Study, arm: Arm) -> str:
    """Return how tables call an arm."""
    own = f"Trained on {_images(study, arm.detector)}"
    return own if arm.detector == arm.images else f"{own}, applied to {_images(study, arm.images)}"


def _images(study: Study, kind: str) -> str:
    known = {recipe: study.title(label) for (recipe, _), label in labels(study.runs).items()}
    return {LE: "LE", DES: "real DES"}.get(kind, f"virtual DES of {known.get(kind, kind)}")


def detectors_table(study: Study, found: Detection) -> Table:
    """Make the table of what each detector finds."""
    both = set(found.lesions(found.arms[0]).sought.tolist()) == {True, False}
    rows, records = [], []
    for arm in found.arms:
        shares = [found_interval(found.marks(arm), rate, found.weights) for rate in RATES]
        own = found.lesions(arm)
        area = [auc_interval(own.ratings, own.sought, own.patients, found.weights)] if both else []
        overlap = found.dice(arm)
        cells = [*map(percent, shares), with_bounds(overlap, 2), *(with_bounds(a, 2) for a in area)]
        rows.append(row(arm_name(study, arm), *cells))
        named = [*((f"found_at_{r:g}", s) for r, s in zip(RATES, shares, strict=True)), ("dice", overlap)]
        named += [("auc", a) for a in area]
        records.append(dict(arm._asdict()) | flat(dict(named)))
    header = ("Detector", *(f"Found at {r:g} ↑" for r in RATES), "Dice ↑", *(["AUC ↑"] if both else []))
    return Table("detectors", "What the virtual image adds", study.stamp, _caption(found, both), header, tuple(rows),
                 tuple(records), (_rules(),))  # fmt: skip


def _caption(found: Detection, both: bool) -> str:
    marks = found.marks(found.arms[0])
    images = round(float(marks.images.sum()))
    auc = "AUC: the rating of a lesion that is sought against one that is not. " if both else ""
    return (
        f"Share of the {count(marks.best.size, f'{found.find} lesion')} on {count(images, 'test image')} that a small "
        f"detector finds at {', '.join(f'{r:g}' for r in RATES)} false places per image, over all thresholds. One "
        f"recipe, {found.recipe}, trained on the training pairs of each fold with one kind of images; virtual DES to "
        "train on were drawn by networks that never saw their patients. Dice: mean over the images with such a lesion. "
        f"{auc}95 % intervals by patient bootstrap."
    )


def _rules() -> str:
    return (
        "A mark is a peak of the detector's map; it finds a lesion within reach, and is false elsewhere, also at a "
        "lesion of another kind than is sought; one at a lesion that is too small to judge does not count. The "
        "detectors are small: they compare images, and say little of what a good detector or a reader would find."
    )


def compared(found: Detection) -> list[tuple[Arm, Arm]]:
    """Return the arms that are compared: all with LE, virtual with real DES, and what real DES taught on both."""
    own = [a for a in found.arms if a.detector == a.images]
    other = [a for a in found.arms if a.detector != a.images]
    virtual = [a for a in own if a.images not in (LE, DES)]
    le, des = Arm(LE, LE), Arm(DES, DES)
    return [(des, le), *((a, le) for a in virtual), *((a, des) for a in virtual), *((a, des) for a in other)]


@lru_cache(1)
def differences(found: Detection) -> list[Difference[Arm]]:
    """Return the differences at equal false places, one family of Holm's correction."""
    return differences_of(compared(found), lambda a, b: (found.marks(a), found.marks(b)), found.weights)


def detector_differences_table(study: Study, found: Detection) -> Table:
    """Make the table of paired differences between detectors."""
    rows, records = [], []
    for d in differences(found):
        name = f"{arm_name(study, d.first)} − {arm_name(study, d.second)[0].lower() + arm_name(study, d.second)[1:]}"
        rows.append(row(name, *d.cells))
        records.append({"first": " on ".join(d.first), "second": " on ".join(d.second), **d.numbers})
    caption = (
        f"Share of the lesions found at {COMPARED:g} false places per image: differences on the same lesions with 95 % "
        "intervals, paired by patient; p by the patient bootstrap, Holm's correction over the table."
    )
    header = ("Detectors", f"Found at {COMPARED:g}, difference", "p", "p, Holm")
    return Table("detector-differences", "Differences between detectors", study.stamp, caption, header, tuple(rows),
                 tuple(records))  # fmt: skip


def plainly(study: Study, found: Detection) -> str:
    """Say in a sentence for each kind of virtual DES what came out beside LE."""
    told = [_sentence(study, d) for d in differences(found) if d.second == Arm(LE, LE)]
    return (
        "A virtual DES is made from LE and cannot hold more than LE and the pairs that its network learned from. "
        + " ".join(told)
    )


def _sentence(study: Study, d: Difference[Arm]) -> str:
    gain, images = with_bounds(d.gain, 2, sign=True), _images(study, d.first.images)
    said = {"better": "more lesions", "worse": "fewer lesions", "": "neither more nor fewer lesions for certain"}
    return f"A detector trained on {images} finds {said[d.mark]} than one trained on LE: {gain}."


def detectors_drawing(study: Study, found: Detection) -> Drawing:
    """Draw lesions found over false places per image, a line for each detector."""
    kinds = list(dict.fromkeys(arm.images for arm in found.arms if arm.images not in (LE, DES)))
    tints = {LE: GREY, DES: "#000000"} | dict(zip(kinds, COLOURS * len(kinds), strict=False))
    with style.context(STYLE):
        figure = Figure(figsize=(8.5, 3.8), layout="constrained")
        axes = figure.subplots()
        for arm in found.arms:
            dashes = "-" if arm.detector == arm.images else ":"
            step_curve(axes, found.marks(arm), arm_name(study, arm), tints[arm.images], dashes)
        axes.set(xlabel="False places per image", ylabel=f"{found.find.capitalize()} lesions found", ylim=(0, 1.02),
                 xlim=(0, MOST_FALSE))  # fmt: skip
        axes.legend(fontsize=7, loc="center left", bbox_to_anchor=(1.01, 0.5))
        svg = finish(figure, study)
    caption = f"Free-response curves of the detectors; dots at {COMPARED:g} false places per image."
    return Drawing("detectors", svg, caption, f"Curves of {len(found.arms)} detectors; the table gives their numbers.")
