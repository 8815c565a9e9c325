"""The files below a folder, however large, odd or closed it is."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


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


def list_files(folder: Path, without: Path | None = None) -> Listing:
    """List every file below a folder.

    Hidden files and folders are left out. Links to folders are not followed, so there are no loops.

    Args:
        folder: where to look.
        without: a folder to leave out.
    """
    stamps: dict[str, str] = {}
    closed: list[Unreadable] = []
    left_out = None if without is None else os.fspath(without)
    folders = [""]
    while folders:
        below = folders.pop()
        try:
            for entry in _entries(folder, below):
                if entry.path != left_out:
                    _take(entry, f"{below}{entry.name}", stamps, folders, closed)
        except OSError as error:
            closed.append(Unreadable(_shown(below) or ".", f"folder cannot be read: {error.strerror or error}"))
    return Listing(dict(sorted(stamps.items())), tuple(sorted(closed, key=lambda c: c.path)))


def list_below(folder: Path) -> list[str]:
    """List every file below a folder, relative to it, in the order of names; hidden ones are left out."""
    return list(list_files(folder).stamps)


def _entries(folder: Path, below: str) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder / below) as entries:
        yield from (entry for entry in entries if not entry.name.startswith("."))


def _take(
    entry: os.DirEntry[str], name: str, stamps: dict[str, str], folders: list[str], closed: list[Unreadable]
) -> None:
    try:
        if entry.is_dir(follow_symlinks=False):
            folders.append(f"{name}/")
            return
        found = entry.stat()
    except OSError as error:
        closed.append(Unreadable(_shown(name), f"cannot be read: {error.strerror or error}"))
        return
    if not stat.S_ISREG(found.st_mode):
        why = "link to a folder, not followed" if stat.S_ISDIR(found.st_mode) else "no file"
        closed.append(Unreadable(_shown(name), why))
    elif _shown(name) != name:
        closed.append(Unreadable(_shown(name), "its name is not UTF-8: rename it"))
    else:
        stamps[name] = f"{found.st_size}:{found.st_mtime_ns}"


def _shown(name: str) -> str:
    """Return a name that can be written, with the bytes that are not UTF-8 spelt out."""
    return os.fsencode(name).decode(errors="backslashreplace")
