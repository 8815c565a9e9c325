import numpy as np
import pytest

from study_rooms import MODELS, sources
from vcem.core.errors import UsageError
from vcem.folders.predictions import read_predictions
from vcem.folders.prepared import open_store
from vcem.study.cases import candidates
from vcem.study.design import read_design
from vcem.study.sources import LE, birads_category, gather, positive


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("sources")
    return made, sources(made, patients=3)


def named(folder, *models):
    return [(m, read_predictions(folder / m)) for m in models]


def test_images_come_from_the_row_of_their_pair(folder):
    where, store = folder
    found = gather(store, named(where, *MODELS))
    pair = store.pairs[5].pair
    assert (found.image(pair, LE) == store.x[5]).all()
    assert (found.image(pair, "real") == store.y[5]).all()
    assert (found.image(pair, "pix2pix") == np.load(where / "pix2pix" / "y_hat.npy")[5]).all()
    assert found.of(pair) == {"real", *MODELS}
    assert found.of("unknown") == {"real"}


def test_one_model_shows_a_pair_once(folder):
    where, store = folder
    with pytest.raises(UsageError, match="two images of"):
        gather(store, [*named(where, "pix2pix"), *named(where, "pix2pix")])
    with pytest.raises(UsageError, match="called 'real'"):
        gather(store, [("real", read_predictions(where / "pix2pix"))])


def test_predictions_of_other_data_are_refused(folder, toy_store):
    with pytest.raises(UsageError, match="other data"):
        gather(toy_store, named(folder[0], "pix2pix"))


def test_cases_are_exposures_or_breasts(made_studies):
    for kind, count in (("real-or-synthetic", 4), ("multi-reader", 2)):
        folder = made_studies[kind]
        store = open_store(folder / "prepared")
        found = candidates(read_design(folder / f"{kind}.toml"), gather(store, named(folder, *MODELS)))
        assert sum(c.patient == "P1" for c in found) == count
        assert {c.patient for c in found if c.positive} == {f"P{n}" for n in range(2, 15, 2)}


@pytest.mark.parametrize(
    ("words", "truth"), [("Malignant", True), ("Benign$malignant", True), ("Normal", False), ("", None), ("?", None)]
)
def test_pathology(words, truth):
    assert positive(words) is truth


@pytest.mark.parametrize(("cell", "category"), [("4", 4), ("4$5", 5), ("4a", 4), ("", 0), ("BI-RADS 3", 3)])
def test_birads(cell, category):
    assert birads_category(cell) == category
