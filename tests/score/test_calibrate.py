from dataclasses import replace

import numpy as np
import pytest

from calibrations import LEVEL, calibrating_store, trained
from hidden_lesions import hidden_folds, hidden_store
from vcem.core.errors import UsageError
from vcem.folders.calibration import EVERY, read_coverage
from vcem.folders.folds import Fold, Folds, write_folds
from vcem.score.calibrate import Setting, calibrate
from vcem.stats.risk_control import Bound
from vcem.train.spread import Source


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    return tmp_path_factory.mktemp("calibrate")


@pytest.fixture(scope="module")
def store(here):
    return calibrating_store(here)


@pytest.fixture(scope="module")
def runs(here, store):
    return trained(here, store)


def setting_of(here, store, name, **fields):
    given = {"source": Source.CONSTANT, "level": LEVEL, "bound": Bound.EXPECTED, **fields}
    return Setting(store.folder, here / name, **given)


def test_what_is_promised_is_covered_in_patients_who_did_not_calibrate(here, store, runs):
    made = calibrate(runs, setting_of(here, store, "constant"))
    rows = read_coverage(made.folder)
    assert len({(row["fold"], row["pair"]) for row in rows}) == len(store.pairs)
    for region, column in (("breast", "covered"), ("lesion", "covered_wide")):
        covered = np.mean([float(row[column]) for row in rows if row["region"] == region])
        assert LEVEL - 0.1 < covered < 1
    assert all(float(row["covered_wide"]) >= float(row["covered"]) for row in rows)
    # lesions are 0.3 brighter than a network of one epoch draws them: the breast's factor leaves them out
    assert made.factor("lesion") > made.factor("breast")
    assert made.widest == made.factor("lesion")


def test_a_fold_is_calibrated_without_the_patients_whom_it_tests(here, store, runs):
    made = calibrate(runs, setting_of(here, store, "apart"))
    counted = {f.fold: f.patients for f in made.factors if f.region == "breast"}
    assert counted == {EVERY: 18, 0: 12, 1: 12, 2: 12}
    assert len({f.patients_digest for f in made.factors if f.region == "breast"}) == 4


def test_a_quantile_head_is_fitted_and_kept_for_each_fold_and_again_the_same(here, store, runs):
    made, again = (calibrate(runs, setting_of(here, store, n, source=Source.QUANTILES, steps=3)) for n in ("q", "r"))
    assert sorted(p.name for p in (made.folder / "heads").iterdir()) == [f"fold-0{k}.safetensors" for k in range(3)]
    assert (made.folder / "manifest.json").read_bytes() == (again.folder / "manifest.json").read_bytes()


def test_too_few_patients_are_told_with_how_many_are_needed(here, store, runs):
    setting = setting_of(here, store, "few", level=0.95, bound=Bound.HOEFFDING_BENTKUS)
    with pytest.raises(UsageError, match=r"18 patients validate with a breast(.|\n)*45 at least, which the bound"):
        calibrate(runs, setting)
    assert not (setting.out / "manifest.json").exists()


def test_a_patient_who_calibrates_and_tests_is_refused(here, store, runs, tmp_path):
    folds = hidden_folds(store)
    first = folds.folds[0]
    shared = Fold(first.train, (*first.val, first.test[0]), first.test[1:])
    write_folds(tmp_path / "folds.json", Folds(folds.protocol, 0, (shared, *folds.folds[1:])))
    setting = setting_of(here, store, "shared", folds_file=tmp_path / "folds.json")
    with pytest.raises(UsageError, match=r"1 patient.s. are in two parts of one strict fold"):
        calibrate(runs, setting)


def test_images_of_other_women_are_tested_with_the_factor_of_all(here, store, runs, tmp_path):
    other = hidden_store(tmp_path / "other", 3)
    setting = setting_of(here, store, "external", external=(other.folder,))
    with pytest.raises(UsageError, match=r"3 patients of .*other trained or calibrate, such as P1"):
        calibrate(runs, setting)
    made = calibrate(runs, replace(setting, shared_patients=True))
    rows = [row for row in read_coverage(made.folder) if row["data"] == "other"]
    assert {row["fold"] for row in rows} == {"0", "1", "2"}


@pytest.mark.parametrize(("name", "value"), [("level", 1.0), ("confidence", 0.0), ("steps", 0)])
def test_what_cannot_be_is_refused(here, store, runs, name, value):
    with pytest.raises(UsageError, match=f"{value}"):
        calibrate(runs, setting_of(here, store, "impossible", **{name: value}))


def test_folds_of_other_recipes_are_refused(here, store, runs):
    other = trained(here, store, folds=(0,), name="other")
    with pytest.raises(UsageError, match="The folds have different runs"):
        calibrate([*runs, *other], setting_of(here, store, "mixed"))
