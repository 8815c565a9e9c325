from pathlib import Path

import numpy as np

from vcem.folders.calibration import COVERAGE_COLUMNS, write_calibration
from vcem.score.covered import means, summary


def rows(auc=""):
    cells = dict.fromkeys(COVERAGE_COLUMNS, "0.5")
    for k in range(12):
        named = {"data": "internal", "fold": "0", "pair": f"p{k}", "patient": f"P{k // 2}", "auc_invented": auc,
                 "auc_missed": "", "auc_missed_iodine": "", "covered": str(0.8 + 0.02 * (k // 2))}  # fmt: skip
        for region in ("breast", "lesion"):
            yield cells | named | {"region": region}


def test_lines_tell_coverage_with_intervals_by_patient(tmp_path: Path):
    write_calibration(tmp_path, [], rows(), {})
    said = "\n".join(summary(tmp_path))
    assert "internal: 12 test images" in said
    assert "breast, the breast's factor: 85.0 % (82." in said
    assert "AUC" not in said  # there is no truth


def test_aucs_are_told_where_the_truth_is_known(tmp_path: Path):
    write_calibration(tmp_path, [], rows("0.75"), {})
    said = "\n".join(summary(tmp_path))
    assert "AUC for invented iodine: 0.750 (0.750 to 0.750) of the uncertainty, 0.500" in said
    assert "missed" not in said


def test_no_row_has_no_mean():
    assert np.isnan(means([], ("covered",), 0)[0].estimate)
