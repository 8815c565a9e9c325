"""UIDs as a pure function of (seed, key), so that the same exam has the same UIDs on every machine."""

import hashlib

from pydicom._uid_dict import UID_dictionary

from vcem.core.seeds import Key

STANDARD = "1.2.840.10008."
_BITS = (1 << 128) - 1


def is_registered(uid: str) -> bool:
    """Tell whether a UID is registered by the standard itself (PS3.6 Annex A): a class or a syntax, nobody's own."""
    return uid.startswith(STANDARD) and uid in UID_dictionary


def uid_for(seed: int, *key: Key) -> str:
    """Return a UID under the root of UUIDs, 2.25 (PS3.5 B.2): a version 8 UUID whose free bits are a check sum.

    UIDs of different keys differ unless SHA-256 collides in 122 bits.
    """
    text = "\x1f".join(["vcem uid", str(seed), *(f"{type(k).__name__}:{k}" for k in key)])
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big") & _BITS
    number = number & ~(0xF << 76) | 8 << 76  # version 8 of RFC 9562: the bits are the maker's own
    number = number & ~(0x3 << 62) | 2 << 62  # variant of RFC 9562
    return f"2.25.{number}"
