import base64

import pytest

from vcem.dicom.views import decoded, runs, sentences, views

WORDS = b"Anne Doe, Ng"


@pytest.mark.parametrize(
    "content",
    [WORDS, WORDS[::-1], base64.b64encode(WORDS), b"xyz" + base64.urlsafe_b64encode(WORDS) + b"==",
     WORDS.hex().encode(), WORDS.hex(" ").upper().encode(), b"nAenD eo ,gN", b"\0nAenD eo ,gN"],
)  # fmt: skip
def test_text_is_seen_in_every_view(content):
    assert any(b"anne doe" in view for view in views(b"\x01\x80" + content + b"\x02"))


def test_digits_of_a_uid_are_no_hexadecimal_text():
    assert b"ABCDEFG" not in b"".join(decoded(b"2.25.41424344454647"))
    assert b"ABCDEFG" in b"".join(decoded(b"4142434445464748"))


def test_runs_of_text_in_pixels_and_words_among_them():
    pixels = b"\x90\x01abc\xff" + WORDS + b"\0\x99" + "Jane Querfeld".encode("utf-16-le") + b"\x03"
    assert runs(pixels) == b"Anne Doe, Ng\0Jane Querfeld"
    assert sentences(b"short\0long enough\0!#$%&()*+!!!") == b"long enough"
