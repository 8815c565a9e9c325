from dataclasses import FrozenInstanceError

import pytest

from toy_dicom import STUDY, image_of


def test_a_header_cannot_be_changed_once_made():
    for record, name in ((STUDY, "patient"), (image_of(), "late")):
        with pytest.raises(FrozenInstanceError):
            setattr(record, name, "x")


def test_des_has_no_exposure_of_its_own_unless_told():
    from vcem.core.terms import Energy

    assert image_of(Energy.DES).exposure is None
    assert image_of(Energy.LE).mg_per_cm2 is None
