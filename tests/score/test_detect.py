from dataclasses import replace

import numpy as np
import pytest

from hidden_lesions import detector_file, drawn_runs, hidden_store
from vcem.core.errors import UsageError
from vcem.core.files import read_csv
from vcem.engine import Failed
from vcem.folders.detection import read_detection
from vcem.folders.folds import Folds, read_folds, write_folds
from vcem.score.detect import Setting, detect
from vcem.score.sought import Find

TABLES = ("images.csv", "lesions.csv", "marks.csv")


@pytest.fixture
def store(tmp_path):
    return hidden_store(tmp_path / "prepared")


@pytest.fixture
def setting(store, tmp_path):
    return Setting((tmp_path / "runs",), store.folder, tmp_path / "out", recipe=detector_file(tmp_path), threads=1)


def tables(folder, without=("detector", "images")):
    """The cells of a detector's tables apart from its own name, those of the images that it was trained on."""
    own = [r for name in TABLES for r in read_csv(folder / name) if r["detector"] == r["images"]]
    return [{k: v for k, v in row.items() if k not in without} for row in own]


def test_a_virtual_des_that_equals_the_real_one_is_worth_as_much(store, setting, tmp_path):
    drawn_runs(tmp_path / "runs", store, store.y)
    done = list(detect(setting))
    assert not [d for d in done if isinstance(d, Failed)]
    assert len(done) == 9
    for fold in ("fold-00", "fold-01", "fold-02"):
        des, virtual, le = (tables(setting.out / kind / fold) for kind in ("des", "toy-drawn", "le"))
        assert des == virtual
        assert des != le
        for name in TABLES:
            rows = [{k: v for k, v in r.items() if k != "images"} for r in read_csv(setting.out / "des" / fold / name)]
            assert rows[: len(rows) // 2] == rows[len(rows) // 2 :], "what real DES taught, applied to virtual DES"
    assert {(f.facts["find"], len(f.images)) for f in read_detection(setting.out)} == {("outlined", 4), ("outlined", 8)}


def test_the_same_command_does_nothing_again_and_goes_on_where_it_was_stopped(store, setting, tmp_path):
    setting = replace(setting, runs=())
    assert len(list(detect(setting))) == 6
    before = {p: p.read_bytes() for p in setting.out.rglob("*.csv")}
    assert all("done before" in line for line in detect(setting))
    folder = setting.out / "des" / "fold-01"
    (folder / "manifest.json").unlink()
    (folder / "state.pt").unlink()
    (folder / "marks.csv").write_text("")
    assert sum("done before" in line for line in detect(setting)) == 5
    assert {p: p.read_bytes() for p in setting.out.rglob("*.csv")} == before


def test_runs_that_come_later_are_judged_by_the_detector_that_stands(store, setting, tmp_path):
    list(detect(replace(setting, runs=())))
    weights = (setting.out / "des" / "fold-00" / "best.safetensors").read_bytes()
    drawn_runs(tmp_path / "runs", store, store.y * 0.5)
    told = list(detect(setting))
    assert sum("done before" in line for line in told) == 3, "those of LE"
    assert (setting.out / "des" / "fold-00" / "best.safetensors").read_bytes() == weights
    assert {r["images"] for r in read_csv(setting.out / "des" / "fold-00" / "images.csv")} == {"des", "toy-drawn"}


def test_another_recipe_is_no_continuation(setting, tmp_path):
    setting = replace(setting, runs=())
    list(detect(setting))
    detector_file(tmp_path, epochs=3)
    failed = [d for d in detect(setting) if isinstance(d, Failed)]
    assert len(failed) == 6
    assert "recipe_digest" in failed[0].reason


def test_folds_that_share_patients_are_refused(store, setting):
    folds = read_folds(store.folder / "folds.json")
    first = folds.folds[0]
    leaking = replace(first, train=first.train[:3] + first.test[:1], test=first.test[1:] + first.train[3:])
    write_folds(store.folder / "folds.json", Folds(folds.protocol, 0, (leaking, *folds.folds[1:])))
    with pytest.raises(UsageError, match="two parts of one strict fold"):
        detect(replace(setting, runs=()))
    assert not setting.out.exists()


def test_what_does_not_exist_is_not_sought(setting):
    store = hidden_store(setting.data.parent / "benign", pathology="Benign")
    with pytest.raises(UsageError, match="no malignant lesion"):
        detect(replace(setting, runs=(), data=store.folder, find=Find.MALIGNANT))


def test_only_the_rows_of_the_test_are_judged(store, setting):
    list(detect(replace(setting, runs=())))
    folds = read_folds(store.folder / "folds.json")
    for k, fold in enumerate(folds.folds):
        rows = read_csv(setting.out / "le" / f"fold-{k:02d}" / "images.csv")
        assert [r["pair"] for r in rows] == list(fold.test)
        assert np.isfinite([float(r["dice"]) for r in rows]).all()
