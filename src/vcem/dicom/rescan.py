"""The headers of a folder, of which only those are read whose files changed since the last time."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from pathlib import Path
from sys import intern
from typing import Any

import pydicom

from vcem.core.index import Index, code_key
from vcem.dicom.scan import FEW, Header, Unreadable, scan

# what a header's facts depend on: other code reads all headers again, other rules do not
_SHARED = [f.name for f in fields(Header) if f.type is str and f.name not in ("path", "uid", "taken")]
CODE = ("dicom/scan.py", "dicom/rescan.py", "dicom/damage.py", "dicom/unreadable.py", "dicom/fitness.py",
        "dicom/orientation.py",
        "dicom/texts.py", "dicom/presentation.py")  # fmt: skip


def open_index(path: Path, folder: Path, read_all: bool = False) -> Index:
    """Open the index of the headers below a folder; `read_all` takes nothing from it."""
    return Index(path, code_key(CODE, pydicom.__version__, str(folder)), read_all)


def changed(stamps: Mapping[str, str], index: Index) -> list[str]:
    """Return the files that must be read: new ones, and those with another size or time of change."""
    return [name for name, stamp in stamps.items() if not index.has(name, stamp)]


def rescan(folder: Path, stamps: Mapping[str, str], index: Index, jobs: int = 1) -> Iterator[Header | Unreadable]:
    """Yield the header of every file, in the order given; what is read is kept in the index batch by batch.

    Args:
        folder: where the files are.
        stamps: size and time of change of each file, as listed.
        index: what was read before.
        jobs: worker processes; the result does not depend on it.
    """
    to_read = changed(stamps, index)
    fresh = scan(folder, to_read, jobs)
    try:
        yield from _each(stamps, set(to_read), fresh, index)
    finally:  # also where the program is interrupted
        if len(to_read) >= FEW:
            index.flush()


def _each(
    stamps: Mapping[str, str], to_read: set[str], fresh: Iterator[Header | Unreadable], index: Index
) -> Iterator[Header | Unreadable]:
    for name, stamp in stamps.items():
        if name not in to_read:
            yield _sharing(_found(index.get(name, stamp)))
            continue
        found = _sharing(next(fresh))
        if isinstance(found, Header) or not found.passing:
            index.put(name, stamp, [getattr(found, field) for field in found.__slots__])
        yield found


def _sharing(found: Header | Unreadable) -> Header | Unreadable:
    """Return the same with texts that many files share kept once, or 100,000 headers would fill the memory."""
    if isinstance(found, Unreadable):
        return found
    shared: dict[str, Any] = {field: intern(getattr(found, field)) for field in _SHARED}
    return replace(found, **shared)


def _found(content: list[Any]) -> Header | Unreadable:
    if len(content) == len(fields(Unreadable)):
        return Unreadable(*content)
    values: Any = (tuple(value) if isinstance(value, list) else value for value in content)
    return Header(*values)
