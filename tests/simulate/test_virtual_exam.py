import numpy as np

from vcem.dicom.read import read_dicom
from vcem.simulate.cohort import Settings, simulate
from vcem.simulate.recipe import Recipe
from vcem.simulate.virtual_exam import simulate_exam


def test_an_exam_in_memory_is_that_of_the_files(tmp_path):
    rows = simulate(tmp_path / "cohort", Settings(3, 1.6, False, Recipe()), patients=1)
    views = {view.pair: view for view in simulate_exam(3, 1, 1.6)}
    assert set(views) == {row["pair"] for row in rows}
    for row in rows:
        view, truth = views[row["pair"]], np.load(tmp_path / "cohort" / row["truth"])
        assert (view.side, view.view) == (row["side"], row["view"])
        np.testing.assert_allclose(view.le, read_dicom(tmp_path / "cohort" / row["le"]), atol=1e-6)
        np.testing.assert_allclose(view.des, read_dicom(tmp_path / "cohort" / row["des"]), atol=1e-6)
        assert np.array_equal(view.iodine, truth["iodine"])
        assert np.array_equal(view.lesion, truth["lesion"])
        assert view.le_before.shape == view.le.shape
        assert {x.lesion for x in view.lesions} >= set(np.unique(view.lesion)) - {0}
