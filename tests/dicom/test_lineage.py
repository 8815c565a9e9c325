import numpy as np
import pytest

from enhancing import unchanged
from toy_dicom import image_of, write
from vcem.core.errors import FailureError
from vcem.core.terms import Energy, Origin, Side, View
from vcem.dicom.lineage import lineage_of
from vcem.dicom.virtual import Drawn, virtual_dicom


def test_a_simulated_le_has_no_source_and_no_synthesizer(tmp_path):
    found = lineage_of(write(tmp_path / "le"))
    assert (found.sources, found.synthesizer) == ((), "")


def test_a_des_names_its_sources_but_nothing_synthesized_it(tmp_path):
    found = lineage_of(write(tmp_path / "des", Energy.DES))
    assert found.sources == image_of(Energy.DES).sources
    assert found.synthesizer == ""


def test_a_virtual_des_names_its_le_and_its_model(tmp_path):
    le = write(tmp_path / "le")
    drawn = Drawn(Side.LEFT, View.CC, Origin.SIMULATED, unchanged().model)
    (tmp_path / "virtual").write_bytes(virtual_dicom(le, np.zeros((120, 80), np.uint16), drawn))
    found = lineage_of(tmp_path / "virtual")
    assert (found.sources, found.synthesizer) == ((image_of().uid,), "unchanged")


def test_what_is_no_dicom_is_one_error(tmp_path):
    (tmp_path / "a").write_text("x")
    with pytest.raises(FailureError, match="is damaged"):
        lineage_of(tmp_path / "a")
