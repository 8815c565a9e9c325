"""A prepared toy simulation with scored runs of two made-up methods, without any training."""

from pathlib import Path

import numpy as np

from fakes.toy_simulation import write_simulation
from vcem.core.files import write_json, write_text
from vcem.core.grid import framing_of
from vcem.core.recipe import digest
from vcem.core.terms import Protocol
from vcem.data.decode import prepare
from vcem.data.splits import Member, strict_folds
from vcem.folders.catalogue import read_catalogue
from vcem.folders.folds import write_folds
from vcem.folders.predictions import Maker, write_predictions
from vcem.score.score import score_fold


def simulated_store(folder: Path, patients: int = 6, size: int = 64, **options):
    """Prepare a toy simulation under `folder`."""
    catalogue = read_catalogue(write_simulation(folder, patients, **options))
    return prepare(catalogue, folder / "prepared", Protocol.STRICT, framing_of({"size": size}))[0]


def simulated_runs(folder: Path, patients: int = 8, **options) -> Path:
    """Score two methods on two folds: `autoencoder` copies LE's light, `pix2pix` is DES itself where contrast was."""
    store = simulated_store(folder, patients, size=40, **options)
    folds = strict_folds([Member(p.pair, p.patient) for p in store.pairs], 2, 0)
    write_folds(store.folder / "folds.json", folds)
    for k, fold in enumerate(folds.folds):
        rows = store.rows(fold.test)
        x, before, mask = np.array(store.x[rows]), np.array(store.x_before[rows]), np.array(store.mask[rows])
        dark = np.where(mask, 0.25, 0).astype(np.float32)
        made = {"autoencoder": (x, before), "pix2pix": (0.98 * np.array(store.y[rows]), dark)}
        for method, (after, without) in made.items():
            run = folder / "runs" / f"toy-{method}" / f"fold-{k:02d}"
            maker = Maker(method, f"toy-{method}", k, "w")
            write_predictions(run / "predictions", maker, store, fold.test, after * mask * 0.99, without * mask * 0.99)
            score_fold(run, store, folds)
            write_text(run / "recipe.toml", f'name = "toy-{method}"\n')
            facts = {"kind": "run", "data": store.digest, "pairs": {"digest": digest(fold)}, "fold": k}
            write_json(run / "run.json", facts)
    return folder / "runs"
