"""Pseudonyms as a pure function of (key, original): the same on every run, and worth nothing without the key."""

import hashlib
import hmac
from dataclasses import dataclass

from vcem.dicom.uids import is_registered, uid_for

LEAST_DAYS, MOST_DAYS = 366, 3652


@dataclass(frozen=True)
class Pseudonyms:
    """All that is made up in place of what is taken away."""

    key: bytes

    def uid(self, original: str) -> str:
        """Return the UID under 2.25 that stands for another; those that the standard registers stand for themselves."""
        if is_registered(original):
            return original
        return uid_for(int.from_bytes(self._digest("uid", original)), "pseudonym")

    def patient(self, original: str) -> str:
        """Return the id of a patient."""
        return f"P{self._hex('patient', original)}"

    def serial(self, original: str) -> str:
        """Return what stands for the number of a machine, the same for all its images."""
        return f"S{self._hex('serial', original)[:14]}"

    def file(self, name: str) -> str:
        """Return what stands for the name of an input file."""
        return f"F{self._hex('file', name)}"

    def content(self, content: bytes) -> str:
        """Return a check sum of an input file that only a holder of the key can compare."""
        return hmac.new(self.key, content, hashlib.sha256).hexdigest()

    def days_back(self, patient: str) -> int:
        """Return by how many days all dates of a patient move into the past, one to ten years."""
        number = int.from_bytes(self._digest("days", patient))
        return LEAST_DAYS + number % (MOST_DAYS - LEAST_DAYS + 1)

    @property
    def check(self) -> str:
        """What tells this key from another without giving it away."""
        return self._hex("check", "")

    def _hex(self, kind: str, original: str) -> str:
        return self._digest(kind, original)[:8].hex()

    def _digest(self, kind: str, original: str) -> bytes:
        return hmac.new(
            self.key, f"vcem {kind}\x1f{original}".encode(errors="surrogateescape"), hashlib.sha256
        ).digest()
