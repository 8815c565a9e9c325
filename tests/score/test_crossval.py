import json

import pytest

from toy_recipes import three_folds, toy_recipe
from vcem.core.errors import UsageError
from vcem.core.files import read_csv
from vcem.engine import Failed
from vcem.score.crossval import Setting, cross_validate
from vcem.train.fold import Options


@pytest.fixture
def setting(toy_store_of, tmp_path):
    store = toy_store_of(size=48)
    three_folds(store)
    return Setting(store.folder, tmp_path / "runs", options=Options(threads=1))


def test_a_program_cross_validates_recipes_that_it_holds(setting, tmp_path):
    recipe = toy_recipe(tmp_path, "autoencoder", size=48, epochs=1)
    folder = setting.out / "toy-autoencoder"
    (folder / "fold-01").mkdir(parents=True)
    (folder / "fold-01" / "run.json").write_text(json.dumps({"kind": "run"}))
    first, second, third = cross_validate([recipe], setting)
    assert first == f"{folder / 'fold-00'}: trained, predicted and scored"
    assert third == f"{folder / 'fold-02'}: trained, predicted and scored"
    assert isinstance(second, Failed)
    assert second.name == "toy-autoencoder fold 1"
    assert "holds another run" in second.reason
    assert read_csv(folder / "fold-02" / "scores.csv")


def test_what_does_not_belong_together_is_refused_at_once(setting, tmp_path):
    with pytest.raises(UsageError, match="16 x 16"):
        cross_validate([toy_recipe(tmp_path, "autoencoder")], setting)
    assert not setting.out.exists()
