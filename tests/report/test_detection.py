"""Detectors on toy pairs whose lesions DES shows and LE does not."""

from dataclasses import replace

import numpy as np
import pytest

from hidden_lesions import detector_file, drawn_runs, hidden_folds, hidden_store
from vcem.core.errors import UsageError
from vcem.engine import Failed
from vcem.folders.detection import DES, LE, Found
from vcem.report.detection import (
    Arm,
    Detection,
    arm_name,
    compared,
    detection_of,
    detector_differences_table,
    detectors_drawing,
    detectors_table,
    differences,
    plainly,
)
from vcem.report.study import read_study, with_detectors
from vcem.score.detect import Setting, detect
from vcem.score.score import score_fold

FLAT, SAME = "toy-flat", "toy-same"


@pytest.fixture(scope="session")
def work(tmp_path_factory):
    """Runs that draw one grey in every breast, runs that draw the real DES, and detectors beside them."""
    here = tmp_path_factory.mktemp("detectors")
    store = hidden_store(here / "prepared", patients=15)
    drawn_runs(here / "runs", store, np.float32(0.4) * store.mask, FLAT)
    drawn_runs(here / "runs", store, store.y, SAME)
    for k in range(3):
        score_fold(here / "runs" / FLAT / f"fold-{k:02d}", store, hidden_folds(store))
    recipe = detector_file(here, epochs=8)
    done = list(detect(Setting((here / "runs",), store.folder, here / "out", recipe=recipe, threads=1)))
    assert not [d for d in done if isinstance(d, Failed)]
    return here


@pytest.fixture(scope="session")
def study(work):
    return with_detectors(read_study([work / "runs" / FLAT], None, 0), work / "out")


@pytest.fixture(scope="session")
def found(study):
    return detection_of(study)


def gain(found, first, second):
    (own,) = (d for d in differences(found) if (d.first, d.second) == (Arm(first, first), Arm(second, second)))
    return own


def test_arms_are_le_des_virtual_and_what_real_des_taught(study, found):
    assert found.arms == (Arm(LE, LE), Arm(DES, DES), Arm(FLAT, FLAT), Arm(SAME, SAME), Arm(DES, FLAT), Arm(DES, SAME))
    names = [arm_name(study, arm) for arm in found.arms]
    assert names[:3] == ["Trained on LE", "Trained on real DES", "Trained on virtual DES of Autoencoder"]
    assert names[-1] == "Trained on real DES, applied to virtual DES of toy-same"


def test_real_des_finds_more_than_le(found):
    own = gain(found, DES, LE)
    assert own.gain.low > 0
    assert own.mark == "better"


def test_a_constant_virtual_des_adds_nothing(study, found):
    assert gain(found, FLAT, LE).mark != "better"
    assert gain(found, FLAT, DES).mark == "worse"
    assert found.dice(Arm(FLAT, FLAT)).estimate < found.dice(Arm(DES, DES)).estimate
    assert "trained on virtual DES of Autoencoder finds neither more nor fewer" in plainly(study, found)


def test_a_virtual_des_that_equals_the_real_one_differs_in_nothing(found):
    own = gain(found, SAME, DES)
    assert (own.gain.estimate, own.gain.low, own.gain.high, own.p) == (0, 0, 0, 1)


def test_tables_hold_every_arm_and_no_auc_without_other_lesions(study, found):
    table = detectors_table(study, found)
    assert [r["detector"] for r in table.records] == [a.detector for a in found.arms]
    assert "30 outlined lesions on 30 test images" in table.caption
    assert not [h for h in table.header if "AUC" in h]
    assert len(detector_differences_table(study, found).rows) == len(compared(found)) == 7
    assert b"<svg" in detectors_drawing(study, found).svg


def test_where_other_lesions_are_there_the_area_under_the_curve_stands_beside(study, found):
    def but_every_third(rows):
        return tuple(row | {"sought": str(i % 3 > 0)} for i, row in enumerate(rows))

    changed = tuple(replace(f, lesions=but_every_third(f.lesions), marks=()) for f in found.found)
    mixed = Detection(changed, 0)
    records = detectors_table(study, mixed).records
    assert all(0 <= r["auc_low"] <= r["auc"] <= r["auc_high"] <= 1 for r in records)


def test_detectors_that_do_not_belong_to_the_runs_are_refused(work, study, tmp_path):
    plain = replace(study, detectors=())
    assert detection_of(plain) is None
    other = replace(plain, scores=replace(plain.scores, common=plain.scores.common | {"data": "other"}))
    with pytest.raises(UsageError, match="other data"):
        with_detectors(other, work / "out")
    with pytest.raises(UsageError, match="holds no detector"):
        with_detectors(plain, tmp_path)


def test_a_detector_without_a_fold_is_refused(monkeypatch, study):
    some: list[Found] = [f for f in study.detectors if (f.facts["detector"], f.facts["fold"]) != (LE, 1)]
    monkeypatch.setattr("vcem.report.study.read_detection", lambda folder: some)
    with pytest.raises(UsageError, match=r"of le in .* lack fold\(s\) 1"):
        with_detectors(study, study.runs[0].folder)
