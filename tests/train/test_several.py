from contextlib import nullcontext

import pytest

from toy_recipes import three_folds, toy_file
from vcem.core.errors import UsageError
from vcem.engine import Failed, How, Outcome, go, returning
from vcem.train.fold import Options
from vcem.train.recipe import load
from vcem.train.several import Setting, how_of, seeded, tasks_of, train_several


@pytest.fixture
def setting(toy_store_of, tmp_path):
    store = toy_store_of(size=16)
    three_folds(store)
    return Setting(store.folder, tmp_path / "runs", options=Options(threads=1))


@pytest.fixture
def recipe(tmp_path):
    return load(toy_file(tmp_path, "autoencoder", epochs=1))


def test_every_recipe_with_every_seed_has_a_name_of_its_own(recipe):
    assert [(r.name, r.seed) for r in seeded([recipe], (3, 5))] == [
        ("toy-autoencoder-seed-3", 3), ("toy-autoencoder-seed-5", 5)]  # fmt: skip
    assert seeded([recipe], ()) == [recipe]


def test_folds_and_seeds_are_trained_each_in_its_folder(setting, recipe):
    tasks = tasks_of(seeded([recipe], (1, 2)), setting, [0, 2, 0])
    assert [str(t) for t in tasks] == [f"toy-autoencoder-seed-{s} fold {k}" for k in (0, 2) for s in (1, 2)]
    done = list(train_several(tasks, setting))
    assert sorted(line.split(":")[0] for line in done) == sorted(
        str(setting.out / f"toy-autoencoder-seed-{s}" / f"fold-{k:02d}") for k in (0, 2) for s in (1, 2))  # fmt: skip
    weights = {
        (setting.out / f"toy-autoencoder-seed-{s}" / "fold-00" / "best.safetensors").read_bytes() for s in (1, 2)
    }
    assert len(weights) == 2


def test_one_that_fails_leaves_the_others_to_finish(setting, recipe):
    tasks = tasks_of([recipe], setting)
    (setting.out / "toy-autoencoder" / "fold-01").mkdir(parents=True)
    (setting.out / "toy-autoencoder" / "fold-01" / "mine.txt").touch()
    done = list(train_several(tasks, setting))
    assert [type(one) for one in done] == [str, Failed, str]


def test_elsewhere_a_task_has_one_thread_unless_some_are_named(setting, recipe):
    tasks = tasks_of([recipe], setting)
    with returning():
        go(nullcontext(lambda unit, items, how, name: iter([(0, Outcome("done"))])))
        options = Options(device="cuda")
        assert how_of(Setting(setting.data, setting.out, options=options, jobs=2), tasks)[1] == How(
            2, 1, in_order=False, gpu=True)  # fmt: skip
        assert how_of(Setting(setting.data, setting.out, options=Options(threads=3)), tasks)[1].threads == 3


@pytest.mark.parametrize("folds", [[7], [-1]])
def test_folds_that_are_not_there(setting, recipe, folds):
    with pytest.raises(UsageError, match="There is no fold"):
        tasks_of([recipe], setting, folds)
