"""Write a tree of scored runs out of chosen effects, without a network or an image."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vcem.core.files import sha256_text, write_bytes, write_json, write_text
from vcem.core.pictures import write_png
from vcem.core.seeds import rng_for
from vcem.core.terms import Protocol
from vcem.folders.folds import FOLDS, LEAKS, Fold, Folds, Leak, write_folds, write_leaks
from vcem.folders.prepared import PreparedPair, write_table
from vcem.folders.scores import write_scores

REFERENCES = ("reference-le", "reference-mask-mean", "reference-mean-des")
# mean of ssim inside the breast, say; every metric follows from it
QUALITY = {
    "autoencoder": 0.70, "pix2pix": 0.60, "cyclegan": 0.50,
    "reference-le": 0.40, "reference-mask-mean": 0.45, "reference-mean-des": 0.60,
}  # fmt: skip
RECIPES = ("small-autoencoder", "small-pix2pix", "small-cyclegan")


def write_runs(
    root: Path, recipes: Sequence[str] = RECIPES, folds: int = 5, patients: int = 40,
    quality: dict[str, float] | None = None, **common: str,
) -> Path:  # fmt: skip
    """Write `root/<recipe>/fold-XX/` with scores, lesions, recipe, log and run.json for each recipe and fold."""
    common = {"origin": "simulated", "protocol": "strict", "size": "64", "data": "d" * 64} | common
    quality = QUALITY | (quality or {})
    for recipe in recipes:
        method = re.sub(r"-seed-\d+$", "", recipe).rpartition("/")[2].rpartition("-")[2]
        for fold in range(folds):
            _write_fold(root / recipe / f"fold-{fold:02d}", recipe, method, fold, range(fold, patients, folds), quality,
                        common)  # fmt: skip
    return root


def _write_fold(folder, recipe, method, fold, patients, quality, common):
    scores, lesions, marks = [], [], []
    for name in (method, *REFERENCES):
        own_recipe = "" if name in REFERENCES else recipe
        level = quality.get(recipe, quality[name]) if name == method else quality[name]
        for patient in patients:
            for side, view in (("L", "CC"), ("L", "MLO")):
                pair = f"P{patient}_{side}_{view}"
                facts = {"method": name, "recipe": own_recipe, "fold": fold, "pair": pair, "patient": f"P{patient}"}
                scores.append(facts | _image(name, level, patient, pair, side, view, common))
                marks.append(facts | {"rating": float(rng_for(2, name, pair).uniform(0.01, 0.2)), "lesion": None})
                if patient % 2:
                    lesions.append(facts | _lesion(name, level, patient, pair))
                    marks.append(facts | {"rating": lesions[-1]["contrast_pred"] + 0.01, "lesion": 1})
    write_scores(folder, scores, lesions, marks)
    write_text(folder / "recipe.toml", f'name = "{recipe}"\n')
    _write_log(folder, recipe, fold)
    pairs = {"train": 50, "val": 6, "test": 16, "digest": f"fold {fold}"}
    facts = {"kind": "run", "recipe": recipe, "method": method, "fold": fold, "data": common["data"], "pairs": pairs,
             "device": "cpu", "computes_in": "float32", "torch": "2.0"}  # fmt: skip
    write_json(folder / "run.json", facts)


def _image(name, level, patient, pair, side, view, common):
    # one share for the patient, which all methods feel, a smaller one for the method, a small one for the image
    own = 0.08 * rng_for(0, "patient", patient).normal() + 0.02 * rng_for(0, name, patient).normal()
    ssim = float(np.clip(level + own + 0.01 * rng_for(0, name, pair).normal(), 0.01, 0.99))
    mse = 0.02 * (1 - ssim) ** 2 + 1e-4
    psnr = float(-10 * np.log10(mse))
    breast = {"mse_breast": 3 * mse, "psnr_breast": psnr - 4.8, "ssim_breast": ssim, "vif_breast": ssim / 5}
    whole = {"mse": mse, "psnr": psnr, "ssim": 0.7 + 0.3 * ssim, "vif": ssim / 4}
    hallucinated = 0 if name in REFERENCES[1:] else int(rng_for(1, name, pair).poisson(1.5 * (1 - ssim)))
    density = "" if patient % 13 == 0 else "abbbccccd"[patient % 9]
    return {
        "side": side, "view": view, "density": density, "machine": "1", "origin": common["origin"],
        "protocol": common["protocol"], "size": common["size"], **whole, **breast, "hallucinated": hallucinated,
    }  # fmt: skip


def _lesion(name, level, patient, pair):
    truth = float(rng_for(0, "lesion", pair).uniform(0.0, 0.3))
    noise = 0.05 * float(rng_for(0, name, "lesion", pair).normal())
    made = 0.0 if name == "reference-mask-mean" else truth * level + noise * (1 - level)
    enhancing = truth > 0.08
    return {
        "lesion": 1, "area_px": 20 + patient, "contrast_truth": truth, "contrast_pred": made, "cnr_truth": 10 * truth,
        "cnr_pred": 10 * made, "enhancing": enhancing, "missed": enhancing and made < truth / 2,
    }  # fmt: skip


def _write_log(folder: Path, recipe: str, fold: int) -> None:
    rng = rng_for(0, "log", recipe, fold)
    lines, best = [], (1.0, 0)
    for epoch in range(1, 41 + fold):
        val = 0.03 + 0.05 * np.exp(-epoch / 5) + 0.001 * abs(rng.normal())
        best = min(best, (val, epoch))
        losses = {"g": 2 * val + 0.002 * rng.normal(), "d": 0.5 + 0.02 * rng.normal()}
        lines.append({"epoch": epoch, "lr_factor": 1.0, "losses": losses, "val_l1": val, "best_epoch": best[1],
                      "pairs_per_s": 30.0, "seconds": 6.0})  # fmt: skip
    write_text(folder / "log.jsonl", "".join(json.dumps(line) + "\n" for line in lines))


def write_prepared(folder: Path, folds: int = 5, digest: str = "") -> Path:
    """Write the small files of a prepared folder: manifest, pairs, folds and the leak report, but no image."""
    known = dict.fromkeys(("patient", "side", "view", *PreparedPair.__dataclass_fields__), "")
    write_table(folder, [PreparedPair(**known | {"pair": f"P{k}_L_CC"}) for k in range(80)])
    write_folds(folder / FOLDS, Folds(Protocol.STRICT, 0, (Fold((), (), ()),) * folds))
    counts = {"paper": (58, 6, 16, 14, 15, 1, 1, 0), "strict": (58, 6, 16, 0, 0, 0, 0, 0)}
    write_leaks(folder / LEAKS, [Leak(split, k, *found) for k in range(folds) for split, found in counts.items()])
    manifest = {"kind": "prepared", "protocol": "strict", "size": 64, "origin": "simulated"}
    write_json(folder / "manifest.json", manifest)
    return folder


def digest_of(folder: Path) -> str:
    """Return the check sum by which runs name a prepared folder."""
    return sha256_text((folder / "manifest.json").read_text())


def write_pictures(folder: Path, cases: Sequence[str], methods: Sequence[str], size: int = 64) -> Path:
    """Write pictures of half-disc breasts with a light spot for each case."""
    v, u = np.mgrid[:size, :size] / size
    for case in cases:
        breast = np.hypot(u, v - 0.5) < rng_for(0, case).uniform(0.3, 0.48)
        spot = np.hypot(u - 0.15, v - 0.5) < 0.08
        names = ["le", "des", *methods, *(f"{m}-error" for m in methods)]
        for k, name in enumerate(names):
            write_png(folder / case / f"{name}.png", breast * 0.4 + 0.05 * k * spot * breast)
    return folder


def write_garbage(path: Path) -> None:
    """Write bytes that are no text table."""
    write_bytes(path, b"\xff\xfe\x00garbage\n")
