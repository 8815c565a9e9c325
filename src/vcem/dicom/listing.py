"""The files below a folder, however large, odd or closed it is."""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vcem.core.errors import UsageError


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file or folder that gives no header, and why; `passing` if it may be read another time as it is."""

    path: str
    why: str
    passing: bool = False


@dataclass(frozen=True)
class Listing:
    """Files by their path relative to the folder, in the order of names, each with size and time of change."""

    stamps: dict[str, str]
    closed: tuple[Unreadable, ...]


def list_files(folder: Path, without: Path | None = None, every: bool = False) -> Listing:
    """List every file below a folder.

    Hidden files and folders are left out. Links to folders are not followed, so there are no loops.

    Args:
        folder: where to look.
        without: a folder to leave out.
        every: take hidden files too, and those whose names are not UTF-8, as `os.fsdecode` names them.
    """
    stamps: dict[str, str] = {}
    closed: list[Unreadable] = []
    left_out = None if without is None else os.fspath(without)
    folders = [""]
    while folders:
        below = folders.pop()
        try:
            for entry in _entries(folder, below, every):
                if entry.path != left_out:
                    _take(entry, f"{below}{entry.name}", stamps, folders, closed)
        except OSError as error:
            closed.append(Unreadable(shown(below) or ".", f"folder cannot be read: {error.strerror or error}"))
    if not every:
        closed += [
            Unreadable(shown(name), "its name is not UTF-8: rename it") for name in stamps if shown(name) != name
        ]
        stamps = {name: stamp for name, stamp in stamps.items() if shown(name) == name}
    return Listing(dict(sorted(stamps.items())), tuple(sorted(closed, key=lambda c: c.path)))


def list_below(folder: Path) -> list[str]:
    """List every file below a folder, relative to it, in the order of names; hidden ones are left out."""
    return list(list_files(folder).stamps)


def list_inputs(inputs: Sequence[Path], expected: str, but: Path | None = None) -> list[str]:
    """List files, and all files below folders, once each; those of `but` apart.

    Raises:
        UsageError: if one of them is missing.
    """
    names: dict[Path, str] = {}
    for given in inputs:
        if not given.exists():
            raise UsageError(f"{given} is not there.", expected)
        for path in [given / name for name in list_below(given)] if given.is_dir() else [given]:
            if but is None or not path.resolve().is_relative_to(but.resolve()):
                names.setdefault(path.resolve(), str(path))
    return list(names.values())


def shown(name: str) -> str:
    """Return a name that can be written, with the bytes that are not UTF-8 spelt out."""
    return os.fsencode(name).decode(errors="backslashreplace")


def _entries(folder: Path, below: str, every: bool) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder / below) as entries:
        yield from (entry for entry in entries if every or not entry.name.startswith("."))


def _take(
    entry: os.DirEntry[str], name: str, stamps: dict[str, str], folders: list[str], closed: list[Unreadable]
) -> None:
    try:
        if entry.is_dir(follow_symlinks=False):
            folders.append(f"{name}/")
            return
        found = entry.stat()
    except OSError as error:
        closed.append(Unreadable(shown(name), f"cannot be read: {error.strerror or error}"))
        return
    if not stat.S_ISREG(found.st_mode):
        why = "link to a folder, not followed" if stat.S_ISDIR(found.st_mode) else "no file"
        closed.append(Unreadable(shown(name), why))
    else:
        stamps[name] = f"{found.st_size}:{found.st_mtime_ns}"
