"""What tests of enhancing share: a toy run, LE files, and a model whose network changes nothing."""

from conftest import make_store
from toy_dicom import write
from toy_run import toy_folds, write_toy_run
from vcem.core.terms import Energy, Origin, Side, View
from vcem.dicom.virtual import Model
from vcem.evaluate.enhancer import Enhancer


def toy_run(folder):
    """Write a run of a network at 48 x 48 with the weights that it began with."""
    store = make_store(folder / "prepared", size=48)
    return write_toy_run(folder / "runs", store, toy_folds(store))


def unchanged(size=48):
    """Return a model whose network gives back what it is given."""
    model = Model("unchanged", "0" * 12, "none", 0, "f" * 64, Origin.SIMULATED, size)
    return Enhancer(model, lambda x, mask: x * mask)


def write_exam(folder):
    """Write LE, HE and DES of both sides and views."""
    for energy in Energy:
        for side in Side:
            for view in View:
                write(folder / f"{energy}{side}{view}", energy, side, view)
    return folder
