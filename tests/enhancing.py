"""What tests of enhancing share: a toy run, LE files, and a model whose network changes nothing."""

import torch

from conftest import make_store
from toy_dicom import write
from toy_recipes import toy_recipe
from toy_run import toy_folds, write_toy_run
from vcem.apply.about import About
from vcem.apply.enhancer import Enhancer
from vcem.apply.export import Form, export
from vcem.core.grid import framing_of
from vcem.core.recipe import dump
from vcem.core.terms import Energy, Origin, Side, View
from vcem.dicom.virtual import Model
from vcem.folders.run import KIND, begin
from vcem.methods import build
from vcem.train import rundir


def toy_run(folder):
    """Write a run of a network at 48 x 48 with the weights that it began with."""
    store = make_store(folder / "prepared", size=48)
    return write_toy_run(folder / "runs", store, toy_folds(store))


def toy_model(folder):
    """Write a model that needs no torch, so that a process that opens it starts soon."""
    export(toy_run(folder), folder / "model", Form.ONNX, About())
    return folder / "model"


def toy_run_of(folder, kind):
    """Write a run of one method at 16 x 16, ready to predict."""
    recipe = toy_recipe(folder, kind)
    run = folder / "runs" / f"toy-{kind}" / "fold-00"
    facts = {"kind": KIND, "fold": 0, "origin": "simulated", "finished": True}
    begin(run, dump(recipe), facts)
    torch.manual_seed(0)
    rundir.save_best(run, build(recipe.method, recipe.size).nets)
    return run


def unchanged(size=48):
    """Return a model whose network gives back what it is given."""
    model = Model("unchanged", "0" * 12, "none", 0, "f" * 64, Origin.SIMULATED, framing_of({"size": size}))
    return Enhancer(model, lambda x, mask: x * mask)


def write_exam(folder):
    """Write LE, HE and DES of both sides and views."""
    for energy in Energy:
        for side in Side:
            for view in View:
                write(folder / f"{energy}{side}{view}", energy, side, view)
    return folder
