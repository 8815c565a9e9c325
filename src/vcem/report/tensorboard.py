"""Runs as event files of TensorBoard, one for each run.

An event file is a series of records (TFRecord: length, check sum, content, check sum) whose contents are messages of
tensorflow/core/util/event.proto. Five fields of it are needed, which is no reason to ask for TensorFlow or a package.
"""

import struct
from collections.abc import Iterable, Sequence
from pathlib import Path

from vcem.core.files import write_bytes
from vcem.report.tracked import Tracked

POLYNOMIAL = 0x82F63B78  # CRC-32C (Castagnoli), bits reversed
DT_STRING = 7


def write_events(runs: Sequence[Tracked], out: Path) -> tuple[int, int]:
    """Write the event file of each run to `out/RECIPE/fold-00.KEY/`; one that says the same is left as it is.

    The wall time of an event is the seconds of training before it, so the same run has the same bytes.

    Returns:
        How many files were written, and how many were already there.
    """
    written = 0
    for run in runs:
        folder = out / run.recipe / f"fold-{run.fold:02d}.{run.key[:8]}"
        path, content = folder / f"events.out.tfevents.{run.key}", events_of(run)
        if not path.is_file() or path.read_bytes() != content:
            write_bytes(path, content)
            written += 1
    return written, len(runs) - written


def events_of(run: Tracked) -> bytes:
    """Return the content of a run's event file."""
    recipe = "\n".join([f"    {line}" for line in run.recipe_text.splitlines()])
    facts = "\n".join(
        f"- {name}: {value}" for name, value in (run.facts | run.outcome).items() if not name.startswith("recipe.")
    )
    events = [_event(0.0, 0, _field(3, b"brain.Event:2")), _event(0.0, 0, _text("run", facts)),
              _event(0.0, 0, _text("recipe", recipe))]  # fmt: skip
    events += [
        _event(p.seconds, p.epoch, _summary(_field(1, p.name.encode()) + _float(2, p.value))) for p in run.points
    ]
    return b"".join(map(_record, events))


def _event(seconds: float, step: int, content: bytes) -> bytes:
    return bytes([1 << 3 | 1]) + struct.pack("<d", seconds) + bytes([2 << 3]) + _varint(step) + content


def _summary(value: bytes) -> bytes:
    return _field(5, _field(1, value))


def _text(tag: str, text: str) -> bytes:
    """Return the summary of a text: its tag, the plugin that shows it, and a tensor of one string."""
    tensor = bytes([1 << 3, DT_STRING]) + _field(8, text.encode())
    return _summary(_field(1, tag.encode()) + _field(8, tensor) + _field(9, _field(1, _field(1, b"text"))))


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _float(number: int, value: float) -> bytes:
    return _varint(number << 3 | 5) + struct.pack("<f", value)


def _varint(value: int) -> bytes:
    parts = []
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])


def _record(content: bytes) -> bytes:
    length = struct.pack("<Q", len(content))
    return length + _masked(length) + content + _masked(content)


def _masked(content: bytes) -> bytes:
    crc = crc32c(content)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def crc32c(content: bytes) -> int:
    """Return the CRC-32C of some bytes (RFC 3720, B.4)."""
    crc = 0xFFFFFFFF
    for byte in content:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def _table() -> Iterable[int]:
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = crc >> 1 ^ (POLYNOMIAL if crc & 1 else 0)
        yield crc


_TABLE = tuple(_table())
