"""A made-up cohort in the form that a simulation leaves behind: pictures, truth files, and the catalogue of both.

    python tests/fakes/toy_simulation.py OUT --patients 6

Each breast has one lesion. Its look in LE is irregular (a bright disc), circumscribed (a fainter one) or occult (none);
irregular and every second occult ones take up iodine. `leak` is how much iodine brightens LE after contrast. `doses`
adds to the truth LE and DES at these percents of the iodine.
All is drawn from seeds: same arguments, same bytes.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

from vcem.core.files import write_csv, write_manifest
from vcem.core.seeds import rng_for
from vcem.core.terms import Density, Origin, Side, View
from vcem.folders.catalogue import Pair, write_catalogue

ROWS, COLUMNS, SPACING_MM = 160, 120, 1.25
ZERO, PER_MG = 2000.0, 36.0
LE_WINDOW, DES_WINDOW = "2000/4000", "2036/144"  # DES: -1 to 3 mg/cm2
LOOKS = ("irregular", "circumscribed", "occult")
TABLE = (("cancer", "irregular", 0.4, 1.0), ("cyst", "circumscribed", 0.3, 0.0), ("hidden", "occult", 0.3, 0.5))
LESION_COLUMNS = ("pair", "lesion", "kind", "look", "pattern", "enhancing", "malignant", "size_mm", "area_mm2",
                  "iodine_mean", "iodine_peak")  # fmt: skip


def write_simulation(out: Path, patients: int = 6, seed: int = 0, leak: float = 60.0, decoupled: bool = False,
                     doses: tuple[int, ...] = ()) -> Path:  # fmt: skip
    """Write OUT/source and OUT/catalogue; returns the catalogue."""
    source = out / "source"
    (source / "truth").mkdir(parents=True)
    pairs, lesions = [], []
    for number in range(patients):
        for side in Side:
            for view in View:
                pair, row = _view(source, number, side, view, seed, leak, decoupled, doses)
                pairs.append(pair)
                lesions.append(row)
    write_csv(source / "lesions.csv", LESION_COLUMNS, lesions)
    rates = {kind: 0.5 if decoupled else rate for kind, _, _, rate in TABLE}
    table = [{"kind": k, "look": look, "density": d, "probability": share / 2, "p_enhance": rates[k]}
             for k, look, share, _ in TABLE for d in "bc"]  # fmt: skip
    facts = {"origin": "simulated", "seed": seed, "patients": patients, "spacing_mm": SPACING_MM, "joint_table": table,
             "des_pixel": {"zero": ZERO, "per_mg_cm2": PER_MG}} | ({"doses": doses} if doses else {})  # fmt: skip
    write_manifest(source, "simulation", facts)
    write_csv(out / "catalogue" / "truth_lesions.csv", LESION_COLUMNS, lesions)
    write_catalogue(out / "catalogue", pairs, [], [], {"source": str(source), "origin": "simulated", "truth": "truth"})
    return out / "catalogue"


def _view(source: Path, number: int, side: Side, view: View, seed: int, leak: float, decoupled: bool, doses=()):
    pair, patient = f"S{number:04d}_{side}_{view}", f"S{number:04d}"
    look = LOOKS[(number + (side is Side.RIGHT)) % 3]
    enhancing = look == "irregular" or (look == "occult" and number % 2 == 0)
    if decoupled:
        enhancing = bool(rng_for(seed, "coin", number, side).random() < 0.5)
    rng = rng_for(seed, "view", pair)
    v, u = np.mgrid[:ROWS, :COLUMNS]
    breast = np.hypot(u / 95, (v - 80) / 72) < 1
    texture = ndimage.gaussian_filter(rng.normal(size=breast.shape), 4) * 2500
    reach = np.hypot(u - rng.uniform(25, 55), v - rng.uniform(60, 100))
    disc = reach < 9
    iodine = (breast * (0.1 + 1.2 * enhancing * disc)).astype(np.float32)
    sign = {"irregular": 500.0, "circumscribed": 350.0, "occult": 0.0}[look]
    before = breast * (1500 + texture + sign * disc)
    after = before + leak * iodine * breast
    noise = rng.normal(0, 4, breast.shape) * breast
    des = ZERO + PER_MG * iodine + noise
    labels = disc.astype(np.uint8)
    stored = {"le": after, "des": des, "le_before": before}
    for dose in doses:
        stored[f"le_{dose}"] = before + leak * iodine * breast * dose / 100
        stored[f"des_{dose}"] = ZERO + PER_MG * iodine * dose / 100 + noise
    turn = slice(None, None, -1 if side is Side.RIGHT else 1)
    stored = {k: np.clip(np.round(a), 0, 4095).astype(np.uint16)[:, turn] for k, a in stored.items()}
    for energy in ("le", "des"):
        Image.fromarray(np.ascontiguousarray(stored[energy])).save(source / f"{pair}_{energy}.png")
    maps = {"iodine": iodine[:, turn], "lesion": labels[:, turn]}
    images = {name: image for name, image in stored.items() if name not in ("le", "des")}
    np.savez_compressed(source / "truth" / f"{pair}.npz", **maps, **images)
    kind = {"irregular": "cancer", "circumscribed": "cyst", "occult": "hidden"}[look]
    row = {"pair": pair, "lesion": 1, "kind": kind, "look": look, "pattern": "mass", "enhancing": enhancing,
           "malignant": kind == "cancer", "size_mm": 22, "area_mm2": 400, "iodine_mean": 1.2 * enhancing,
           "iodine_peak": 1.2 * enhancing}  # fmt: skip
    return Pair(pair, patient, side, view, f"{pair}_le.png", f"{pair}_des.png", 0.0, 0.0, 0.9,
                density=Density("bc"[number % 2]), origin=Origin.SIMULATED, le_window=LE_WINDOW,
                des_window=DES_WINDOW), row  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--patients", type=int, default=6)
    write_simulation(**vars(parser.parse_args()))
