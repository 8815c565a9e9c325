"""Scripted readers: rules that look at the pixels of a case and answer its questions. They are no radiologists.

A rule compares what it measures with the cases that it has seen before (half of them higher, half lower) and errs by a
normal error of its own, larger for scripts of fewer "years". Nothing here knows the truth or which image is which.
"""

import zlib

import numpy as np
from scipy import ndimage, stats

SPOT = 1.5  # pixels: standard deviation of the blur in which a bright spot is looked for
SUSPICIOUS = 65  # a probability of malignancy from which the brightest spot of each view is marked


def contrast(picture):
    """How far the grey values of the breast spread, relative to their mean: images that enhance little have little."""
    values = picture[picture > 0]
    return float(np.log(values.std() / values.mean() + 1e-6))


def brightest(picture):
    """How far the brightest spot stands above the breast, in robust standard deviations, and where it is."""
    breast = ndimage.binary_erosion(picture > 0, iterations=2)
    spots = np.where(breast, ndimage.gaussian_filter(picture, SPOT), -np.inf)
    row, column = np.unravel_index(int(spots.argmax()), spots.shape)
    values = picture[breast]
    middle = np.median(values)
    spread = 1.4826 * np.median(np.abs(values - middle)) + 1e-6
    return float((spots[row, column] - middle) / spread), int(row), int(column)


class Observer:
    """One scripted reader. It remembers what it measured, as a reader learns from the practice cases."""

    def __init__(self, name, years):
        self.rng = np.random.default_rng(zlib.crc32(name.encode()))
        self.error = 1.2 / np.sqrt(years)
        self.seen = {}

    def level(self, what, value):
        """Where a value stands among those seen before, from 0 to 1, with the reader's own error."""
        known = self.seen.setdefault(what, [])
        known.append(value)
        spread = np.std(known) or 1.0
        return float(stats.norm.cdf((value - np.median(known)) / spread + self.rng.normal(0, self.error)))

    def answer(self, case, pictures):
        """Answers to all questions of a case; `pictures` are by panel title and layer name."""
        asked = {question["name"] for question in case["questions"]}
        if "place" in asked:
            return {"place": self.most_realistic(pictures)}
        if "real" in asked:
            return self.real_or_synthetic(pictures)
        return self.malignancy(case, pictures)

    def most_realistic(self, pictures):
        """The one with most contrast."""
        looks = {
            title: contrast(own[title]) + self.rng.normal(0, self.error)
            for title, own in pictures.items()
            if title != "LE"
        }
        return max(looks, key=looks.get)

    def real_or_synthetic(self, pictures):
        """Real if it has more contrast than half of what was seen; BI-RADS from the brightest spot."""
        (picture,) = (layer for own in pictures.values() for layer in own.values())
        real = self.level("contrast", contrast(picture))
        spot = self.level("spot", brightest(picture)[0])
        said = {"real": "real" if real > 0.5 else "synthetic", "confidence": round(200 * abs(real - 0.5))}
        return said | {"birads": birads(spot)}

    def malignancy(self, case, pictures):
        """The brightest spot of the judged breast in DES, in LE where there is no DES; marked where suspicious."""
        side = case["about"][0].upper()
        own = {title: layers.get("DES", layers["LE"]) for title, layers in pictures.items() if title.startswith(side)}
        found = {title: brightest(picture) for title, picture in own.items()}
        level = self.level("DES" if "DES" in next(iter(pictures.values())) else "LE", max(f[0] for f in found.values()))
        said = {"birads": birads(level), "malignancy": round(100 * level), "marks": []}
        if said["malignancy"] >= SUSPICIOUS:
            said["marks"] = [{"panel": title, "x": column, "y": row} for title, (_, row, column) in found.items()]
        return said


def birads(level):
    return str(min(5, 1 + int(5 * level)))
