"""What a network shows, misses and invents by dose and diameter, beside plain ways, on simulated women.

    python benchmarks/low_dose.py PREPARED [--run RUN] [--doses 0 5 10 25 50 100] [--picture PNG]

RUN is of the method `lowdose`; PREPARED are other women, simulated at these doses. At each dose: the network; DES
divided by the share of the dose; the same DES denoised (a Gaussian of 1.2 mm within the breast), then divided. At 0 %
the network has LE before contrast alone: virtual contrast. Nothing can be divided there. The last row is the DES at
the full dose itself. A lesion is missed or lit by the rule of `metrics/iodine` (0.3 mg/cm2 above its ring), a place
false by that of `metrics/froc`. CNR: contrast over the standard deviation of the ring, median of enhancing lesions.
Intervals: 95 %, 1,000 draws of women; of `more lit` the paired difference of the share lit to that of the full dose.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from vcem.core.doses import FULL, channels_of
from vcem.core.seeds import rng_for
from vcem.folders.prepared import open_store
from vcem.folders.truth import read_facts
from vcem.metrics import froc
from vcem.metrics.iodine import measure, shows
from vcem.metrics.lesion import measure_lesions
from vcem.score.predict import virtual_des
from vcem.score.truth import lesions_of, mm_per_px
from vcem.stats.intervals import draw_patients, mean_intervals, share_interval
from vcem.train.rundir import at_dose, load_method, predict_of, read_trained

GRAIN_MM, HEAD_PX = 1.2, 24
DIAMETERS = ((0, 10), (10, 20), (20, 1000))
HEAD, RULE = "| Given | Drawn by | CNR | drawn / true | Missed | Lit | more lit |", "|---|---|--:|--:|--:|--:|--:|"
NETWORK, DIVIDED, DENOISED, ACQUIRED = "network", "divided", "denoised, divided", "DES itself"


@dataclass(frozen=True)
class Scored:
    """Rows of every judged or faint lesion (woman, mm, took up, enhances, drawn, CNR), and false places an image."""

    lesions: list
    places: list


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--run", type=Path)
    parser.add_argument("--doses", type=int, nargs="+", default=[0, 5, 10, 25, 50, 100])
    parser.add_argument("--picture", type=Path)
    args = parser.parse_args()
    store, run = open_store(args.data), args.run and read_trained(args.run)
    drawn = dict(images_of(store, run, args.doses))
    scored = {name: score(store, maps) for name, maps in drawn.items()}
    women = {w: i for i, w in enumerate(sorted({p.patient for p in store.pairs}))}
    weights = draw_patients(len(women), 1000, rng_for(0, "low dose"))
    print(f"{len(store.pairs)} images of {len(women)} women")
    tables(scored, women, weights)
    if args.picture:
        picture(store, drawn, args.picture)


def images_of(store, run, doses):
    """Yield (what, dose) and its iodine maps in mg/cm2, one an image."""
    facts, pairs = read_facts(store.folder), [p.pair for p in store.pairs]
    for dose in doses:
        if run:
            predict = predict_of(load_method(at_dose(run, dose)))
            yield (NETWORK, dose), facts.iodine(virtual_des(predict, store, pairs, store.x, channels_of(dose)))
        if not 0 < dose < FULL:
            continue
        low = facts.iodine(np.asarray(store.channel(channels_of(dose)[1])))
        yield (DIVIDED, dose), low * FULL / dose
        yield (DENOISED, dose), np.stack([smooth(store, row, low[row]) for row in range(len(low))]) * FULL / dose
    yield (ACQUIRED, FULL), facts.iodine(np.asarray(store.y))


def smooth(store, row, image):
    mask = np.asarray(store.mask[row])
    sigma = GRAIN_MM / mm_per_px(store.pairs[row].chain, read_facts(store.folder).spacing_mm)
    weight = ndimage.gaussian_filter(mask.astype(float), sigma)
    return np.where(mask, ndimage.gaussian_filter(np.where(mask, image, 0), sigma) / np.maximum(weight, 1e-6), 0)


def score(store, maps):
    facts, known, found = read_facts(store.folder), lesions_of(store), Scored([], [])
    for row, pair in enumerate(store.pairs):
        truth, mask, labels = (np.asarray(a[row]) for a in (store.iodine, store.mask, store.lesion))
        cnrs = {x.lesion: x.cnr_pred for x in measure_lesions(truth, maps[row], mask, labels)}
        lesions = known.get(pair.pair, [])
        uptakes = [measure(int(x["lesion"]), x["enhancing"] == "True", (truth, maps[row], None), mask, labels)
                   for x in lesions]  # fmt: skip
        for told, uptake in zip(lesions, uptakes, strict=True):
            if uptake.enhancing is not None:
                found.lesions.append((pair.patient, float(told["size_mm"]), uptake.enhancing, uptake.predicted,
                                      uptake.truth, cnrs[uptake.lesion]))  # fmt: skip
        lit, unclear = ([u.lesion for u in uptakes if getattr(u, kind)] for kind in ("enhancing", "unclear"))
        rule = froc.iodine_rule(mm_per_px(pair.chain, facts.spacing_mm))
        marks = froc.marks(maps[row], froc.Truth(truth, mask, labels, lit, unclear, rule))
        found.places.append((pair.patient, sum(map(froc.invented, marks))))
    return found


def tables(scored, women, weights):
    print(f"\n{HEAD} False places |\n{RULE}--:|")
    for (what, dose), found in scored.items():
        print(f"| {dose} % | {what} | {' | '.join(cells(found, scored[ACQUIRED, FULL], women, weights))} |")
    for low, high in DIAMETERS:
        inside = {k: Scored([x for x in s.lesions if low <= x[1] < high], s.places) for k, s in scored.items()}
        count = len(inside[ACQUIRED, FULL].lesions), sum(x[2] for x in inside[ACQUIRED, FULL].lesions)
        if count[1] in (0, count[0]):
            continue  # nothing to miss, or nothing to light
        print(f"\n{low} to {high} mm: {count[0]} lesions, {count[1]} enhance")
        print(f"\n{HEAD}\n{RULE}")
        for (what, dose), found in inside.items():
            print(f"| {dose} % | {what} | {' | '.join(cells(found, inside[ACQUIRED, FULL], women, weights)[:-1])} |")


def cells(found, full, women, weights):
    """Return the cells of one row."""
    who = np.array([women[x[0]] for x in found.lesions])
    enhancing, drawn, true, cnr = (np.array([x[i] for x in found.lesions], float) for i in (2, 3, 4, 5))
    lit = np.array([bool(shows(x[3])) for x in found.lesions], float)
    of_full = np.array([bool(shows(x[3])) for x in full.lesions], float)
    on, off = enhancing == 1, enhancing == 0
    slope = (drawn[on] @ true[on]) / (true[on] @ true[on])
    missed, lit_off = share_interval(1 - lit[on], who[on], weights), share_interval(lit[off], who[off], weights)
    more = mean_intervals((lit - of_full)[off][:, None], who[off], weights)[0]
    places = np.array([n for _, n in found.places], float)[:, None]
    false = mean_intervals(places, np.array([women[w] for w, _ in found.places]), weights)[0]
    return (f"{np.median(cnr[on]):.2f}", f"{slope:.2f}", percent(missed), percent(lit_off), percent(more),
            f"{false.estimate:.2f} ({false.low:.2f} to {false.high:.2f})")  # fmt: skip


def percent(found):
    return f"{100 * found.estimate:.0f} % ({100 * found.low:.0f} to {100 * found.high:.0f})"


def picture(store, drawn, path):
    """Draw the images of the largest lesion that enhances and of the largest that does not, under words."""
    told = lesions_of(store)
    rows = [max(range(len(store.pairs)), key=lambda i: _largest(told.get(store.pairs[i].pair, []), kind))
            for kind in ("True", "False")]  # fmt: skip
    wanted = [(NETWORK, 0), (NETWORK, 10), (DIVIDED, 10), (NETWORK, 25), (ACQUIRED, FULL)]
    shown = [key for key in wanted if key in drawn]
    lines = []
    for row in rows:
        seen = [np.asarray(store.x[row])] + [np.clip((drawn[key][row] + 0.5) / 2.5, 0, 1) for key in shown]
        lines.append(np.hstack([np.where(store.mask[row], image, 0) for image in seen]))
    sheet = Image.fromarray(np.pad(np.uint8(255 * np.vstack(lines)), ((HEAD_PX, 0), (0, 0))))
    for k, words in enumerate(["LE", *(f"{dose} %, {by}" for by, dose in shown)]):
        ImageDraw.Draw(sheet).text((k * store.x.shape[2] + 4, 6), words, fill=220)
    sheet.save(path)


def _largest(lesions, kind):
    """The size of the largest lesion of an image whose lesions are all of this kind; 0 for others."""
    same = bool(lesions) and {x["enhancing"] for x in lesions} == {kind}
    return max(float(x["size_mm"]) for x in lesions) if same else 0.0


if __name__ == "__main__":
    main()
