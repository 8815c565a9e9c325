"""The ways to look at bytes that may hold text: as they are, backwards, swapped, decoded from base64 or hexadecimal.

Coded pixels are bytes of every kind: short words turn up in them by chance, so only their runs of text are looked at.
"""

import base64
import binascii
import re
from collections.abc import Iterator

_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{8,}")
_HEX = re.compile(rb"(?<![.\d])(?:[0-9A-Fa-f]{2}[ :,-]?){4,}")  # not within a UID, whose digits would be some text
_NO_HEX = re.compile(rb"[^0-9A-Fa-f]")
_RUN = re.compile(rb"[\x20-\x7e]{6,}")
_WIDE = re.compile(rb"(?:[\x20-\x7e]\0){6,}|(?:\0[\x20-\x7e]){6,}")
_WORDS = re.compile(rb"[A-Za-z0-9 .,:;'^/_=-]{10,}")
_PRINTED = re.compile(rb"[\x20-\x7e\x80-\xff]{4,}")


def views(content: bytes) -> list[bytes]:
    """Return bytes in small letters, also backwards, swapped in pairs, and what they are in base64 and hexadecimal."""
    plain = (content, content[::-1], _swapped(content), _swapped(content[1:]))
    return [view.lower() for view in (*plain, b"\0".join(decoded(content)))]


def decoded(content: bytes) -> Iterator[bytes]:
    """Yield the runs of text that base64 and hexadecimal runs stand for, wherever in a run they begin."""
    for run in _BASE64.finditer(content):
        for start in range(4):
            text = run[0][start:].translate(bytes.maketrans(b"-_", b"+/"))
            yield from _PRINTED.findall(base64.b64decode(text[: len(text) // 4 * 4] or b""))
            yield from _PRINTED.findall(base64.b64decode(text + b"=" * (-len(text) % 4)) if len(text) % 4 != 1 else b"")
    for run in _HEX.finditer(content):
        digits = _NO_HEX.sub(b"", run[0])
        for start in range(2):
            some = digits[start:]
            yield from _PRINTED.findall(binascii.unhexlify(some[: len(some) // 2 * 2]))


def runs(pixels: bytes) -> bytes:
    """Return the runs of text in coded or stored pixels, those of two bytes a letter as one byte a letter."""
    wide = (run.replace(b"\0", b"") for run in _WIDE.findall(pixels))
    return b"\0".join([*_RUN.findall(pixels), *wide])


def sentences(runs_of_text: bytes) -> bytes:
    """Return those runs that are long enough, and like enough to words, for a short word in them to mean something."""
    return b"\0".join(_WORDS.findall(runs_of_text))


def _swapped(content: bytes) -> bytes:
    even = content[: len(content) // 2 * 2]
    swapped = bytearray(even)
    swapped[::2], swapped[1::2] = even[1::2], even[::2]
    return bytes(swapped)
