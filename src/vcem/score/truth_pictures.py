"""Pictures of a simulated case with its truth drawn in: which lesions enhance, which were missed, what was invented."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageDraw
from scipy import ndimage

from vcem.core.arrays import Grey, Labels
from vcem.core.files import write_bytes
from vcem.core.pictures import png_of
from vcem.folders.prepared import Store
from vcem.folders.truth import Facts, read_facts
from vcem.metrics import froc
from vcem.metrics.iodine import Uptake, measure
from vcem.score.pictures import WHITE, frame_of, shown
from vcem.score.truth import lesions_of, mm_per_px

LEAST_PX = 384
"""Pictures are enlarged to at least this height, so that outlines are thin beside lesions."""
# Okabe & Ito 2008, told apart by colour-blind readers; a letter says the same
LIT, DARK, RIGHT, MISSED, INVENTED = "#F0E442", "#9AA5B1", "#009E73", "#D55E00", "#56B4E9"


def write_truth_case(store: Store, pair: str, predictions: Mapping[str, Grey], folder: Path) -> None:
    """Write le.png, iodine.png, des.png and METHOD.png of one pair, lesions outlined, misses and inventions marked."""
    (row,) = store.rows([pair])
    facts, white = read_facts(store.folder), WHITE[store.protocol]
    y, labels, frame = np.array(store.y[row]), np.array(store.lesion[row]), frame_of(np.asarray(store.mask[row]))
    found = uptakes(store, facts, row, y)
    kinds = {u.lesion: DARK if u.enhancing is not True else LIT for u in found}
    truth = (np.asarray(_iodine(store)[row]) - facts.iodine_at_grey_0) / facts.mg_cm2_per_grey
    real = {"le": np.array(store.x[row]), "iodine": np.where(store.mask[row], truth, 0), "des": y}
    grey_of = partial(shown, store, row)
    for name, grey in real.items():
        drawn = outlined(grey_of(grey) / white, grey_of(labels), kinds, {}, [])
        write_bytes(folder / f"{name}.png", png_of(Image.fromarray(drawn)))
    for method, y_hat in predictions.items():
        judged = uptakes(store, facts, row, np.array(y_hat))
        places = false_places(store, facts, row, np.array(y_hat), judged)
        colours = {u.lesion: _colour(u) for u in judged}
        letters = {u.lesion: "M" if u.missed else "H" for u in judged if u.missed or u.hallucinated}
        moved = [(*_moved(store, row, frame, r, c), radius) for r, c, radius in places]
        drawn = outlined(grey_of(y_hat) / white, grey_of(labels), colours, letters, moved)
        write_bytes(folder / f"{method}.png", png_of(Image.fromarray(drawn)))


def _moved(store: Store, row: int, frame: tuple[slice, slice], r: int, c: int) -> tuple[int, int]:
    """Return where a pixel of the prepared image lies in the picture."""
    width = min(frame[1].stop, store.size.columns) - frame[1].start
    column = c - frame[1].start
    return r - frame[0].start, column if store.side(row) == store.pairs[row].side else width - 1 - column


def uptakes(store: Store, facts: Facts, row: int, y_hat: Grey) -> list[Uptake]:
    """Measure the lesions of one image in a prediction."""
    maps = (np.asarray(_iodine(store)[row]), facts.iodine(y_hat), None)
    mask, labels = np.asarray(store.mask[row]), np.asarray(store.lesion[row])
    known = lesions_of(store).get(store.pairs[row].pair, [])
    return [measure(int(k["lesion"]), k["enhancing"] == "True", maps, mask, labels) for k in known]


def false_places(
    store: Store, facts: Facts, row: int, y_hat: Grey, found: Sequence[Uptake]
) -> list[tuple[int, int, float]]:
    """Return row, column and radius in pixels of every invented place."""
    size = mm_per_px(store.pairs[row].chain, facts.spacing_mm)
    truth = froc.Truth(np.asarray(_iodine(store)[row]), np.asarray(store.mask[row]), np.asarray(store.lesion[row]),
                       [u.lesion for u in found if u.enhancing],
                       [u.lesion for u in found if u.unclear], froc.iodine_rule(size))  # fmt: skip
    marks = froc.marks(facts.iodine(y_hat), truth)
    return [(m.row, m.column, truth.rule.reach_px) for m in marks if froc.invented(m)]


def outlined(
    grey: Grey, labels: Labels, colours: Mapping[int, str], letters: Mapping[int, str],
    places: Sequence[tuple[int, int, float]],
) -> UInt8[np.ndarray, "rows columns 3"]:  # fmt: skip
    """Return an enlarged image with lesions outlined in their colours, letters beside them, and places circled."""
    times = max(1, -(-LEAST_PX // grey.shape[0]))
    size = (grey.shape[1] * times, grey.shape[0] * times)
    stored = Image.fromarray(np.round(np.clip(grey, 0, 1) * 255).astype(np.uint8))
    picture = stored.resize(size, Image.Resampling.BICUBIC).convert("RGB")
    pixels = np.array(picture)
    for number, colour in colours.items():
        pixels[_edge(labels == number, times)] = Image.new("RGB", (1, 1), colour).getpixel((0, 0))
    picture = Image.fromarray(pixels)
    draw = ImageDraw.Draw(picture)
    for number, letter in letters.items():
        rows, columns = np.nonzero(labels == number)
        if rows.size:
            draw.text((times * (columns.max() + 2), times * rows.min()), letter, fill=colours[number], font_size=22)
    for row, column, radius in places:
        y, x, r = (row + 0.5) * times, (column + 0.5) * times, radius * times
        draw.ellipse((x - r, y - r, x + r, y + r), outline=INVENTED, width=2)
    return np.array(picture)


def _edge(inside: np.ndarray, times: int) -> np.ndarray:
    """Return a rim of two pixels around a lesion, enlarged, smoothed so that it does not look like stairs."""
    large = np.kron(inside, np.ones((times, times))).astype(float)
    smooth = ndimage.gaussian_filter(large, times) > 0.4
    return ndimage.binary_dilation(smooth, iterations=3) & ~ndimage.binary_dilation(smooth)


def _colour(found: Uptake) -> str:
    if found.enhancing is None:
        return DARK
    return MISSED if found.missed else INVENTED if found.hallucinated else RIGHT


def _iodine(store: Store) -> np.ndarray:
    if store.iodine is None:
        raise ValueError("a store without truth")  # callers ask has_truth first
    return store.iodine
