import pytest

from vcem.core.errors import UsageError
from vcem.core.keys import parse_pair


@pytest.mark.parametrize(
    ("pair", "patient", "breast_view"),
    [
        ("P66_L_CC", "P66", "P66_L_CC"),
        ("P99_L_MLO_2", "P99", "P99_L_MLO"),
        ("P281_L_MLO2", "P281", "P281_L_MLO"),
        ("P1_22_RCC", "P1", "P1_R_CC"),
        ("P103_74_LMLO", "P103", "P103_L_MLO"),
    ],
)
def test_both_ways_of_writing_are_read(pair, patient, breast_view):
    key = parse_pair(pair)
    assert (key.pair, key.patient, key.breast_view) == (pair, patient, breast_view)


def test_another_name_is_refused_with_what_was_expected():
    with pytest.raises(UsageError, match=r"IMG_0001.*\n.*P66_L_CC"):
        parse_pair("IMG_0001")
