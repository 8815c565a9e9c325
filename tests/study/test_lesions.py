from dataclasses import replace

import numpy as np
import pytest

from vcem.folders.prepared import open_store
from vcem.study.folder import open_study, open_truth
from vcem.study.lesions import Lesion, spacing_mm

SQUARE = Lesion("P1_L", "LCC", 1, True, 0.5, ((10, 4, 6), (11, 4, 6)))


@pytest.mark.parametrize(("row", "column", "mm"), [(10, 4, 0), (11, 6, 0), (10, 8, 1), (14, 10, 2.5)])
def test_distance_is_to_the_nearest_pixel(row, column, mm):
    assert SQUARE.distance_mm(row, column) == pytest.approx(mm)


def test_without_a_spacing_outside_is_infinitely_far():
    unknown = replace(SQUARE, pixel_mm=0.0)
    assert unknown.distance_mm(11, 5) == 0
    assert unknown.distance_mm(11, 7) == np.inf


def test_the_sealed_truth_holds_the_lesions_of_the_judged_breasts_as_they_are_shown(made_studies):
    folder = made_studies["multi-reader"]
    study, store = open_study(folder / "study"), open_store(folder / "prepared")
    truth = open_truth(study, folder / "study-truth.json")
    judged = {i.case for i in truth.items.values() if i.phase == "reading"}
    assert {n.case for n in truth.lesions} == judged
    assert {n.panel for n in truth.lesions} == {"LCC", "LMLO", "RCC", "RMLO"}
    for lesion in truth.lesions:
        assert lesion.malignant is truth.cases[lesion.case].positive
        pair = f"{lesion.case}_{lesion.panel[1:]}"
        (row,) = store.rows([pair])
        whole = np.zeros((study.rows, study.columns), bool)
        whole[tuple(lesion.pixels.T)] = True
        cut = slice(store.size.columns - study.columns, None) if pair.split("_")[1] == "R" else slice(study.columns)
        assert np.array_equal(whole, store.lesion[row][:, cut] == 1)


def test_the_study_itself_knows_no_lesion(made_studies):
    for path in (made_studies["multi-reader"] / "study").glob("*.json"):
        assert "lesion" not in path.read_text()


def test_other_studies_seal_none(made_studies):
    folder = made_studies["most-realistic"]
    assert open_truth(open_study(folder / "study"), folder / "study-truth.json").lesions == ()


def test_a_spacing_is_told_where_data_do_not_know_it(toy_store):
    assert spacing_mm(toy_store, 0.1) == 0.1
