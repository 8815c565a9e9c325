import pytest

from toy_dicom import write
from vcem.core.errors import UsageError
from vcem.core.terms import Origin
from vcem.dicom.scan import read_header
from vcem.ingest.archive import HEADERS, READINGS, age_in, origin_of, refuse_other


def test_age_is_years_only():
    assert [age_in(a) for a in ("058Y", "003M", "", "58", "ABCY")] == ["58", "", "", "", ""]


def test_only_a_catalogue_or_an_interrupted_import_is_written_over(tmp_path):
    refuse_other(tmp_path / "new")
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(UsageError, match="already holds other files"):
        refuse_other(tmp_path)
    for name in (HEADERS, READINGS):
        (tmp_path / name).touch()
        refuse_other(tmp_path)
        (tmp_path / name).unlink()


def test_the_headers_say_where_images_come_from(tmp_path):
    simulated = read_header(tmp_path, write(tmp_path / "a").name)
    other = read_header(tmp_path, write(tmp_path / "b", tags={"SyntheticData": None}).name)
    assert origin_of([simulated], None) is origin_of([simulated], Origin.SIMULATED) is Origin.SIMULATED
    assert origin_of([other], None) is Origin.CLINICAL
    assert origin_of([other], Origin.SIMULATED) is Origin.SIMULATED
    for headers, wanted in (([simulated, other], None), ([simulated], Origin.CLINICAL)):
        with pytest.raises(UsageError, match="Synthetic Data = YES"):
            origin_of(headers, wanted)
