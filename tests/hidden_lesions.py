"""Pairs whose lesions DES shows and LE does not, three folds of them, and virtual DES as if networks had drawn them."""

import json

import numpy as np
import torch

from toy_run import RECIPE
from vcem.core.files import sha256, write_array, write_manifest, write_text
from vcem.core.recipe import dump
from vcem.core.seeds import rng_for
from vcem.folders.folds import Fold, Folds, write_folds
from vcem.folders.predictions import Maker, of_run, write_predictions
from vcem.folders.prepared import PreparedPair, open_store, write_table
from vcem.folders.run import WEIGHTS, begin, best_of, write_facts
from vcem.methods import build
from vcem.train import rundir
from vcem.train.recipe import load

SIZE = 32
DETECTOR = """
name = "toy-detector"
seed = 0
[method]
kind = "detector"
adam = {lr = 1e-2, beta1 = 0.9}
net = {width = 4, levels = 2, blocks = 1}
[training]
epochs = EPOCHS
warm_up = LAST
batch = 2
patience = EPOCHS
precision = "float32"
[augment]
probability = 0.0
shift = 0.0
zoom = 0.0
rotation_deg = 0.0
"""


def hidden_store(folder, patients=6, pathology="Malignant"):
    """Write a prepared folder of two pairs a patient, each with one lesion somewhere, and three folds by patient."""
    v, u = np.mgrid[:SIZE, :SIZE]
    mask = np.hypot(u, v - SIZE / 2) < 0.48 * SIZE
    rows, arrays = [], {name: [] for name in ("x", "y", "mask", "lesion")}
    for i in range(2 * patients):
        rng = rng_for(0, "hidden", i)
        lesion = (np.hypot(u - rng.uniform(4, 9), v - rng.uniform(8, 24)) < 3) & mask
        greys = [0.4 + rng.normal(0, 0.03, mask.shape) for _ in "xy"]
        patient = f"P{i // 2 + 1}"
        rows.append(PreparedPair(f"{patient}_L_{'CC' if i % 2 else 'MLO'}", patient, "L", "CC" if i % 2 else "MLO", "b",
                                 "4", pathology, "1", "simulated", "none.jpg", json.dumps([])))  # fmt: skip
        made = (greys[0] * mask, (greys[1] + 0.3 * lesion) * mask, mask, lesion)
        for name, array, kind in zip(arrays, made, (np.float32, np.float32, bool, np.uint8), strict=True):
            arrays[name].append(array.astype(kind))
    for name, stack in arrays.items():
        write_array(folder / f"{name}.npy", np.stack(stack))
    write_table(folder, rows)
    write_manifest(folder, "prepared", {"protocol": "strict", "size": SIZE, "origin": "simulated"})
    store = open_store(folder)
    write_folds(folder / "folds.json", hidden_folds(store))
    return store


def hidden_folds(store):
    """Return three folds, each testing a third of the patients."""
    names = [p.pair for p in store.pairs]
    third = len(names) // 3
    parts = [tuple(names[k * third : (k + 1) * third]) for k in range(3)]
    return Folds(store.protocol, 0, tuple(Fold(parts[k - 2], parts[k - 1], parts[k]) for k in range(3)))


def drawn_runs(out, store, images, name="toy-drawn", folds=None):
    """Write a finished run on each fold, whose predictions of its test pairs are these images, by rows of the store."""
    folds = folds or hidden_folds(store)
    write_text(out / f"{name}.toml", RECIPE.replace("toy-autoencoder", name).replace("size = 48", f"size = {SIZE}"))
    recipe = load(out / f"{name}.toml")
    for k, fold in enumerate(folds.folds):
        folder = out / name / f"fold-{k:02d}"
        facts = rundir.facts_of(recipe, store, k, fold, None)
        begin(folder, dump(recipe), facts)
        torch.manual_seed(k)
        rundir.save_best(folder, build(recipe.method, recipe.size).nets)
        write_facts(folder, facts | {"finished": True, WEIGHTS: sha256(best_of(folder))})
        maker = Maker("autoencoder", name, k, sha256(best_of(folder)))
        write_predictions(of_run(folder), maker, store, fold.test, np.asarray(images[store.rows(fold.test)]))
    return out


def detector_file(folder, epochs=2):
    """Write a recipe of a tiny detector and return its path."""
    path = folder / "toy-detector.toml"
    write_text(path, DETECTOR.replace("EPOCHS", str(epochs)).replace("LAST", str(epochs - 1)))
    return path
