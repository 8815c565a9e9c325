"""The secret of a study: 256 random bits from which cases, orders, arms and opaque names derive.

It is sealed with the truth and kept nowhere else. Whoever holds it can draw all of them again; to anyone else they tell
nothing, for they are values of HMAC-SHA-256 (RFC 2104) under it.
"""

import hmac
import secrets
from dataclasses import dataclass

import numpy as np

from vcem.core.seeds import Key

BYTES = 32


@dataclass(frozen=True)
class Secret:
    """64 hexadecimal digits."""

    digits: str

    def name(self, *key: Key) -> str:
        """Return an opaque name of 16 hexadecimal digits."""
        return self._value("name", *key)[:8].hex()

    def rng(self, *key: Key) -> np.random.Generator:
        """Return a fresh generator for the key."""
        return np.random.default_rng(int.from_bytes(self._value("draw", *key), "big"))

    def _value(self, *key: Key) -> bytes:
        text = "\x1f".join(f"{type(k).__name__}:{k}" for k in key)
        return hmac.digest(bytes.fromhex(self.digits), text.encode(), "sha256")


def new_secret() -> Secret:
    """Return a secret from the random source of the system."""
    return Secret(secrets.token_hex(BYTES))
