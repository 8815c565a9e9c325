"""A fold of the toy pairs and a finished run on it, whose networks are as they began."""

import torch

from vcem.core.files import sha256, write_text
from vcem.core.recipe import dump
from vcem.folders.folds import Fold, Folds, write_folds
from vcem.folders.references import FIELD, references_of, write_mean
from vcem.folders.run import WEIGHTS, begin, best_of, write_facts
from vcem.methods import build
from vcem.train import rundir
from vcem.train.recipe import load

RECIPE = """
name = "toy-autoencoder"
protocol = "strict"
size = 48
seed = 0
method.kind = "autoencoder"
method.masked = true
method.init = "torch"
method.adam = {lr = 1e-3, beta1 = 0.9}
method.generator = {width = 2, levels = 2}
training = {epochs = 1, batch = 2, patience = 1}
augment = {probability = 0.0, shift = 0.0, zoom = 0.0, rotation_deg = 0.0, flip = false}
"""


def toy_folds(store):
    """Return one fold, patient 1 to train, 2 to validate, 3 to test, and write it into the prepared folder."""
    names = [p.pair for p in store.pairs]
    made = Folds(store.protocol, 0, (Fold(tuple(names[:4]), tuple(names[4:8]), tuple(names[8:])),))
    write_folds(store.folder / "folds.json", made)
    return made


def write_toy_run(runs, store, folds, index=0):
    """Write the run and return its folder."""
    write_text(runs / "toy.toml", RECIPE)
    recipe = load(runs / "toy.toml")
    folder = runs / recipe.name / f"fold-{index:02d}"
    facts = rundir.facts_of(recipe, store, index, folds.folds[index], None)
    references = references_of(store, folds.folds[index].train)
    facts |= {FIELD: references.facts}
    begin(folder, dump(recipe), facts)
    write_mean(folder, references)
    torch.manual_seed(index)
    rundir.save_best(folder, build(recipe.method, recipe.size).nets)
    write_facts(folder, facts | {"finished": True, WEIGHTS: sha256(best_of(folder))})
    return folder
