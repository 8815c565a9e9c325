from dataclasses import replace

import pytest

from study_designs import design
from study_rooms import MODELS, sources
from vcem.core.errors import UsageError
from vcem.core.files import write_json
from vcem.core.recipe import digest
from vcem.folders.folds import Fold, Folds, write_folds
from vcem.folders.predictions import Maker, read_predictions, write_predictions
from vcem.study.sources import gather
from vcem.study.unseen import check_unseen

PLAN = design("real-or-synthetic")


@pytest.fixture
def store(tmp_path):
    return sources(tmp_path, patients=3)


def gathered(store, model="cyclegan"):
    return gather(store, [(model, read_predictions(store.folder.parent / model))])


def split(store, **parts):
    fold = Fold(**{part: tuple(parts.get(part, ())) for part in ("train", "val", "test")})
    write_folds(store.folder / "folds.json", Folds(store.protocol, 0, (fold,)))
    return fold


def test_test_pairs_of_strangers_are_fine(store):
    assert check_unseen(PLAN, gathered(store)) == 0


@pytest.mark.parametrize("part", ["train", "val"])
def test_a_pair_that_the_network_saw_is_refused(store, part):
    pairs = [p.pair for p in store.pairs]
    split(store, **{part: pairs[:2], "test": pairs[2:]})
    with pytest.raises(UsageError, match=f"holds 2 pairs that its network was trained or chosen on, first {pairs[0]}"):
        check_unseen(PLAN, gathered(store))


def test_models_that_the_design_does_not_show_do_not_matter(store):
    split(store, train=[p.pair for p in store.pairs])
    assert check_unseen(PLAN, gathered(store, MODELS[0])) == 0


def test_other_images_of_the_same_patients_are_counted(store):
    pairs = [p.pair for p in store.pairs]
    split(store, train=pairs[:1], test=pairs[1:])
    folder = store.folder.parent / "cyclegan"
    write_predictions(folder, read_predictions(folder).maker, store, pairs[1:], store.y[1:])
    assert check_unseen(PLAN, gathered(store)) == 3


def test_without_folds_nothing_is_known(store):
    (store.folder / "folds.json").unlink()
    with pytest.raises(UsageError, match="nothing says which cases"):
        check_unseen(PLAN, gathered(store))


def test_folds_drawn_again_after_the_training_are_found_out(store):
    fold = split(store, test=[p.pair for p in store.pairs])
    run = store.folder.parent / "run.json"  # predictions of a run lie beside it
    write_json(run, {"kind": "run", "pairs": {"digest": digest(fold)}})
    assert check_unseen(PLAN, gathered(store)) == 0
    write_json(run, {"kind": "run", "pairs": {"digest": "another"}})
    with pytest.raises(UsageError, match="other folds"):
        check_unseen(PLAN, gathered(store))


def test_a_network_of_unknown_folds_needs_a_reason(store):
    pairs = [p.pair for p in store.pairs]
    write_predictions(
        store.folder.parent / "cyclegan", Maker("theirs", "theirs", None, "none"), store, pairs, store.y[:]
    )
    with pytest.raises(UsageError, match="does not say of which fold"):
        check_unseen(PLAN, gathered(store))
    told = replace(PLAN, cases=replace(PLAN.cases, unseen_because="trained in another hospital"))
    assert check_unseen(told, gathered(store)) == 0
