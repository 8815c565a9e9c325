"""Randomness as a pure function of (seed, key): nothing about random states is ever saved."""

import hashlib

import numpy as np

Key = str | int


def seed_for(seed: int, *key: Key) -> int:
    """Return a 63-bit seed that depends on every part of the key and on nothing else.

    The same seed and key give the same number on every machine and in every process.
    """
    text = "\x1f".join([str(seed), *(f"{type(k).__name__}:{k}" for k in key)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def rng_for(seed: int, *key: Key) -> np.random.Generator:
    """Return a fresh NumPy generator for the key."""
    return np.random.default_rng(seed_for(seed, *key))
