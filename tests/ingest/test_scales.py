import pytest

from vcem.core.errors import UsageError
from vcem.ingest.scales import Scale, read_scales


def write(path, row):
    path.write_text(f"image,original_width,original_height,scale\n{row}\n")
    return path


def test_scales_are_read_by_name(tmp_path):
    found = read_scales(write(tmp_path / "scale.csv", "P1_L_DM_CC ,920,1820,0.25"))
    assert found == {"P1_L_DM_CC": Scale(0.25, 920, 1820)}


@pytest.mark.parametrize("scale", ["0", "-1", "inf", "nan", "a quarter"])
def test_impossible_scales_are_refused(tmp_path, scale):
    with pytest.raises(UsageError, match="P1_L_DM_CC"):
        read_scales(write(tmp_path / "scale.csv", f"P1_L_DM_CC,920,1820,{scale}"))


def test_missing_column_is_named(tmp_path):
    (tmp_path / "scale.csv").write_text("image,scale\n")
    with pytest.raises(UsageError, match="original_width"):
        read_scales(tmp_path / "scale.csv")
