"""The section on uncertainty, through the verbs that lead to it."""

import pytest

from calibrations import calibrating_store, trained
from hidden_lesions import hidden_folds, hidden_store
from vcem.cli.main import main
from vcem.core.files import read_csv
from vcem.core.pictures import read_picture
from vcem.score.predict import predict_fold
from vcem.score.score import score_fold


@pytest.fixture
def here(tmp_path):
    store = calibrating_store(tmp_path)
    for run in trained(tmp_path, store):
        predict_fold(run.folder, store, hidden_folds(store))
        score_fold(run.folder, store, hidden_folds(store))
    assert main(["calibrate", str(tmp_path / "runs"), "--data", str(store.folder), "--out",
                 str(tmp_path / "calibration"), "--source", "constant", "--level", "0.8",
                 "--bound", "expected"]) == 0  # fmt: skip
    return tmp_path


def words(here):
    return ["report", str(here / "runs"), "--data", str(here / "prepared"), "--out", str(here / "report"),
            "--uncertainty", str(here / "calibration")]  # fmt: skip


def test_a_report_has_coverage_and_the_worth_of_the_uncertainty(here):
    assert main(words(here)) == 0
    page = (here / "report" / "index.html").read_text()
    assert "constant of autoencoder, 80 %, bound expected" in page
    assert "Coverage and risk-coverage curves" in page
    assert "Virtual DES of Autoencoder, uncertainty, median: " in page
    (width,) = (here / "report" / "pictures").glob("*/autoencoder-width.png")
    assert read_picture(width).max() > 0
    rows = read_csv(here / "report" / "coverage.csv")
    assert [(r["region"], r["factor"]) for r in rows][::3] == [("breast", "the breast's factor"),
                                                               ("lesion", "the larger factor")]  # fmt: skip
    assert all(0.5 < float(r["covered"]) < 1 for r in rows if r["region"] == "breast")
    assert read_csv(here / "report" / "uncertainty.csv")[0]["auc_missed"] == ""  # no truth, no AUC


def test_a_calibration_on_other_data_is_refused(here, capsys):
    other = hidden_store(here / "elsewhere", 21)
    runs = trained(here / "second", other)
    assert main(["calibrate", str(runs[0].folder.parent), "--data", str(other.folder), "--out", str(here / "another"),
                 "--source", "constant", "--level", "0.8", "--bound", "expected"]) == 0  # fmt: skip
    assert main([*words(here)[:-1], str(here / "another")]) == 2
    assert "calibrated on other data" in capsys.readouterr().err
