import pytest

from vcem.core.errors import FailureError, UsageError
from vcem.folders.calibration import EVERY, FACTORS, Factor, head_of, read_calibration, write_calibration

TWO = [Factor(EVERY, region, factor, 30, "abc", 0.05) for region, factor in (("breast", 1.5), ("lesion", 2.5))]


def test_what_is_written_is_read(tmp_path):
    write_calibration(tmp_path, [*TWO, Factor(0, "breast", 1.25, 20, "de", 0.04)], [], {"level": 0.9})
    made = read_calibration(tmp_path)
    assert made.factors[:2] == tuple(TWO)
    assert (made.factor("breast"), made.factor("breast", 0), made.widest) == (1.5, 1.25, 2.5)
    assert made.facts["level"] == 0.9
    assert head_of(tmp_path, 3).name == "fold-03.safetensors"


def test_a_changed_factor_is_refused(tmp_path):
    write_calibration(tmp_path, TWO, [], {})
    (tmp_path / FACTORS).write_text((tmp_path / FACTORS).read_text().replace("2.5", "0.5"))
    with pytest.raises(FailureError, match=r"factors\.csv"):
        read_calibration(tmp_path)


def test_a_folder_without_both_factors_is_refused(tmp_path):
    write_calibration(tmp_path, TWO[:1], [], {})
    with pytest.raises(UsageError, match="lacks a factor"):
        read_calibration(tmp_path)
