import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from study_rooms import read_all
from vcem.core.seeds import rng_for
from vcem.stats.covariance import Covariance
from vcem.study.analysis import collect
from vcem.study.folder import open_truth
from vcem.study.mrmc import mrmc
from vcem.study.multi_reader import chance_p, multi_reader_tables, rating_rows, ratings_of


def tables(room, answers):
    """Tables by title, with the readings."""
    truth = open_truth(room.study, room.study.folder.parent / "study-truth.json")
    read_all(room, lambda reader, slot: answers(truth, truth.items[slot.item]))
    readings = collect(room.study, truth, room.record.entries())
    design, found = room.study.design, mrmc(ratings_of(readings), Covariance.JACKKNIFE)
    names = tuple(t.name for t in design.reading.treatments)
    found = multi_reader_tables(design, names, readings, found, truth.lesions, design.reading.mark_within_mm)
    return {t.title: t for t in found}, readings


def seeing(truth, item):
    """With DES the reader sees the cancer and marks it; without, nothing."""
    if item.shown[0] == "LE":
        return {"malignancy": 50, "marks": [{"panel": "LCC", "x": 0, "y": 0}, {"panel": "RCC", "x": 0, "y": 0}]}
    own = [n for n in truth.lesions if n.case == item.case and n.malignant]
    marks = [{"panel": n.panel, "x": int(n.pixels[0, 1]), "y": int(n.pixels[0, 0])} for n in own]
    return {"malignancy": 90 if truth.cases[item.case].positive else 10, "marks": marks}


def test_a_study_in_which_des_shows_all(room_of):
    found, readings = tables(room_of("multi-reader"), seeing)
    assert len(rating_rows(readings)) == 4 * 3 * 6
    treatments = {r[0]: r[1:] for r in found["Treatments"].rows}
    assert treatments["LE"][0] == "0.500, nothing varies"
    assert treatments["LE - (LE + DES)"][0].startswith("-0.500")
    areas = {r[:2]: r[2:] for r in found["Areas under the ROC curve"].rows}
    assert areas["LE", "Reader 1"] == ("0.500", "1.000")
    area, p = areas["LE + DES", "Reader 4"]
    assert area == "1.000"
    assert float(p) == pytest.approx(0.1, abs=0.01)
    marks = {r[0]: r[1:] for r in found["Marks"].rows}
    assert marks["LE"][2] == "1.00"
    assert marks["LE"][0].startswith("0.0 % (0.0 to")
    assert marks["LE + DES"][1].startswith("100.0 %")
    assert marks["LE - (LE + DES)"][0] == "-100.0 %"
    assert found["Washout kept"].rows[0] == ("Reader 1", "28.0", "28.0")
    effects = {r[0]: r[1:] for r in found["Sessions"].rows}
    assert effects["LE + DES against LE"][0] == "40.0"
    assert effects["session 2 against 1"][0] == "0.0"
    assert effects["session 2 against 1"][1] == "1.00"
    assert "nothing varies" in effects["carried over from the session before, p"][1]
    assert not any("nan" in cell for t in found.values() for row in t.rows for cell in row)


def test_readers_who_see_nothing_get_sentences_and_no_nan(room_of):
    found, _ = tables(room_of("multi-reader"), lambda truth, item: {"malignancy": 50})
    cells = [cell for t in found.values() for row in t.rows for cell in row]
    assert not any("nan" in cell for cell in cells)
    assert {r[2:] for r in found["Areas under the ROC curve"].rows} == {("0.500", "1.000")}
    assert any("no kappa" in cell for cell in cells)


def test_chance_is_tested_by_ranks():
    truth = np.arange(6) >= 3
    # 3 above 3: 2 of the 20 arrangements are as extreme
    assert chance_p(np.arange(6.0), truth, rng_for(0)) == pytest.approx(0.1, abs=0.01)
    assert chance_p(np.ones(6), truth, rng_for(0)) == 1
    rng = rng_for(0, "peer")
    scores = rng.normal(0, 1, 40) + 0.7 * (np.arange(40) >= 20)
    peer = mannwhitneyu(scores[20:], scores[:20], method="exact").pvalue
    assert chance_p(scores, np.arange(40) >= 20, rng) == pytest.approx(peer, abs=0.01)
