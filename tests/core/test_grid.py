import pytest

from vcem.core.errors import UsageError
from vcem.core.grid import Framing, Size, checked, framing_of, size_of
from vcem.core.terms import Frame

BREAST = Framing(Size(256, 128), Frame.BREAST, 0.8)


@pytest.mark.parametrize(
    ("plain", "size"), [(128, (128, 128)), ("96", (96, 96)), ("256x128", (256, 128)), ("256 X 128", (256, 128))]
)
def test_a_number_is_a_square_and_two_are_rows_and_columns(plain, size):
    assert size_of(plain) == size
    assert size_of(size_of(plain).plain) == size


@pytest.mark.parametrize("plain", [0, 7, 9000, -128, True, 12.5, "", "axb", "128x", "128x4", "1x2x3", None])
def test_what_is_no_size_is_refused(plain):
    with pytest.raises(UsageError, match=r"is not a size(.|\n)*256x128"):
        size_of(plain)


def test_a_framing_survives_a_manifest_and_a_field_says_what_it_always_said():
    assert framing_of(BREAST.facts) == BREAST
    assert Framing(Size(128, 128)).facts == {"size": 128}
    assert framing_of({"size": 128, "protocol": "strict"}) == Framing(Size(128, 128), Frame.FIELD)
    assert BREAST.options == "--frame breast --size 256x128 --pixel-mm 0.8"


@pytest.mark.parametrize(
    "wrong",
    [
        Framing(Size(256, 128)),
        Framing(Size(256, 256), Frame.FIELD, 0.8),
        *(Framing(Size(256, 128), Frame.BREAST, mm) for mm in (0.0, -1.0, float("nan"), float("inf"), 1e-9)),
    ],
)
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(UsageError):
        checked(wrong)
    assert checked(BREAST) is BREAST
