"""What was found in files before, kept so that only files that changed are read again.

A cache, not a result: a hidden file of lines beside what is made from it, in no check sum and safe to delete. Its first
line is a key that names all the code and options that the findings depend on; another key empties it. While files are
read, lines are only added, so that what an interrupted run has read is kept.
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import vcem
from vcem.core.errors import FailureError
from vcem.core.files import atomic, sha256_text

BATCH = 1000


def stamp_of(path: Path) -> str:
    """Return size and time of change of a file; a file with the same stamp is taken to be the same.

    Raises:
        OSError: if the file is not there.
    """
    found = path.stat()
    return f"{found.st_size}:{found.st_mtime_ns}"


def code_key(modules: Iterable[str], *options: str) -> str:
    """Return a key of these modules' code (paths below vcem), of the version, and of further options."""
    root = Path(vcem.__file__).parent
    code = [sha256_text((root / name).read_text("utf-8")) for name in modules]
    return sha256_text("\n".join([vcem.__version__, *code, *options]))


class Index:
    """Findings by name, each with the stamp of the file it was found in; a killed run loses less than a batch."""

    def __init__(self, path: Path, key: str, read_all: bool = False, batch: int = BATCH) -> None:
        self._path, self._key, self._batch = path, key, batch
        self._lines = {} if read_all else _load(path, key)
        self._waiting: list[str] = []
        self._ours = bool(self._lines)

    def has(self, name: str, stamp: str) -> bool:
        """Return whether something is known of this file as it is now."""
        return self._lines.get(name, "").startswith(_head(name, stamp))

    def get(self, name: str, stamp: str) -> Any:  # noqa: ANN401 (whatever JSON can hold)
        """Return what was found in a file, None if it is new or has changed."""
        return json.loads(self._lines[name])[2] if self.has(name, stamp) else None

    def put(self, name: str, stamp: str, content: Any) -> None:  # noqa: ANN401 (whatever JSON can hold)
        """Keep what was found; written to the disk batch by batch."""
        line = f"{_head(name, stamp)}{json.dumps(content, ensure_ascii=False)}]"
        self._lines[name] = line
        self._waiting.append(line)
        if len(self._waiting) >= self._batch:
            self.flush()

    def flush(self) -> None:
        """Write what is not yet on the disk."""
        if not self._waiting:
            return
        if self._ours:
            _append(self._path, self._waiting)
        else:
            self._write(self._lines.values())
        self._waiting = []

    def finish(self, names: Iterable[str]) -> None:
        """Write the findings of these names alone, in their order; all others are forgotten."""
        self._write(self._lines[name] for name in names if name in self._lines)
        self._waiting = []

    def _write(self, lines: Iterable[str]) -> None:
        with atomic(self._path) as partial, partial.open("w", encoding="utf-8") as file:
            file.write(json.dumps({"key": self._key}) + "\n")
            file.writelines(f"{line}\n" for line in lines)
        self._ours = True


def _head(name: str, stamp: str) -> str:
    return json.dumps([name, stamp], ensure_ascii=False)[:-1] + ", "


def _append(path: Path, lines: Iterable[str]) -> None:
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write("".join(f"\n{line}" for line in lines) + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise FailureError(f"{path} cannot be written: {error.strerror or error}.", "room on the disk") from error


def _load(path: Path, key: str) -> dict[str, str]:
    """Read the lines by name; a line that a killed run cut short is dropped, as is a file with another key."""
    try:
        with path.open(encoding="utf-8") as file:
            if file.readline().strip() != json.dumps({"key": key}):
                return {}
            return dict(pair for line in file if (pair := _named(line.rstrip("\n"))))
    except (OSError, UnicodeDecodeError):
        return {}


def _named(line: str) -> tuple[str, str] | None:
    try:
        name, stamp, _ = json.loads(line)
    except ValueError:
        return None
    return (name, line) if isinstance(name, str) and isinstance(stamp, str) else None
