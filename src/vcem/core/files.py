"""Files written whole or not at all, tables, check sums, and the manifest of a folder.

A folder's `manifest.json` is written last: a folder with a manifest is a finished one.
"""

import csv
import hashlib
import io
import json
import os
import platform
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from vcem import __version__
from vcem.core import called
from vcem.core.errors import FailureError, UsageError
from vcem.core.foreign import told

MANIFEST = "manifest.json"
BUILDING = ".building"  # within a folder: what will take the place of its files, see core/building.py
Row = dict[str, str]


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Yield a temporary neighbour of `path` that replaces it only if the block succeeds.

    Raises:
        UsageError: if the path cannot be one.
        FailureError: if the disk is full or the folder cannot be written; `path` is then as it was.
    """
    partial = path.with_name(f".{path.name}.{platform.node().partition('.')[0]}-{os.getpid()}.partial")
    try:
        with told(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            yield partial
            flush(partial)
            partial.replace(path)
    finally:
        _drop(partial)


def flush(path: Path) -> None:
    """Put a file, or the names in a folder, on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _drop(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return  # the folder itself is gone or closed to us; nothing of ours is left in it


def write_bytes(path: Path, content: bytes) -> None:
    """Write bytes whole or not at all."""
    with atomic(path) as partial:
        partial.write_bytes(content)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text whole or not at all."""
    write_bytes(path, text.encode())


def write_json(path: Path, content: Any) -> None:  # noqa: ANN401 (whatever JSON can hold)
    """Write indented JSON with a final newline."""
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def read_json(path: Path, what: str) -> Any:  # noqa: ANN401 (whatever JSON can hold)
    """Read JSON; `what` names the file in the error.

    Raises:
        UsageError: if the file is missing or not JSON.
    """
    try:
        return json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.", what) from error
    except ValueError as error:
        raise UsageError(f"{path} is not JSON: {error}.", what) from error


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write a table with a header; floats in full precision, None as an empty cell."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_text(path, text.getvalue())


def read_csv(path: Path, columns: Sequence[str] = ()) -> list[Row]:
    """Read a table as text cells.

    Raises:
        UsageError: if it is missing or lacks one of `columns`.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path} cannot be read: {error}.", "a CSV table") from error
    missing = [c for c in columns if c not in (reader.fieldnames or [])]
    if missing:
        raise UsageError(f"{path} lacks the columns {', '.join(missing)}.", f"columns {', '.join(columns)}")
    return rows


def write_array(path: Path, array: np.ndarray) -> None:
    """Write one NPY file whole or not at all."""
    with atomic(path) as partial, partial.open("wb") as file:
        np.save(file, array, allow_pickle=False)


def read_array(path: Path) -> np.ndarray:
    """Map an NPY file into memory, read only.

    Raises:
        FailureError: if the file is missing, cut short or not an array.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)  # a size that overflows
            array: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception as error:  # NumPy evaluates the header, which may say anything
        raise FailureError(
            f"{path} cannot be read as an array: {error}.",
            "a whole NPY file",
            "make the folder again with the command in its manifest",
        ) from error
    return array


def sha256(path: Path) -> str:
    """Return the check sum of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_text(text: str) -> str:
    """Return the check sum of UTF-8 text."""
    return sha256_bytes(text.encode())


def sha256_bytes(content: bytes) -> str:
    """Return the check sum of a file's content."""
    return hashlib.sha256(content).hexdigest()


def write_manifest(folder: Path, kind: str, facts: Mapping[str, Any]) -> None:
    """Finish a folder: record its kind, the facts of its making, the commands and the check sums of its files.

    `facts` may hold the commands that led to what it was made of.
    """
    names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if _counts(p))
    files = {name: sha256(folder / name) for name in names}
    commands = {called.FIELD: called.chain(facts)}
    write_json(folder / MANIFEST, {"kind": kind, "vcem": __version__, **facts, **commands, "files": files})


def _counts(path: Path) -> bool:
    hidden = path.name.startswith(".")  # locks, and partial files of a process that was killed
    return path.is_file() and path.name != MANIFEST and not hidden


def read_manifest(folder: Path, kind: str, made_by: str) -> dict[str, Any]:
    """Read the manifest of a finished folder of this kind.

    Args:
        folder: the folder.
        kind: what it should be, such as "catalogue".
        made_by: the command that makes one, for the error.

    Raises:
        UsageError: if the folder is missing, unfinished or of another kind.
    """
    expected = f"a folder made by `{made_by}`"
    if not (folder / MANIFEST).is_file():
        raise UsageError(
            f"{folder} is not a finished {kind} folder: it has no {MANIFEST}.", expected, f"run `{made_by}`"
        )
    manifest: dict[str, Any] = read_json(folder / MANIFEST, expected)
    if manifest.get("kind") != kind:
        raise UsageError(f"{folder} holds a {manifest.get('kind')}, not a {kind}.", expected, f"run `{made_by}`")
    return manifest


def refuse_changed(folder: Path, manifest: Mapping[str, Any], made_by: str, but: Sequence[str] = ()) -> None:
    """Refuse a folder of which a file is not as its manifest says, `but` some that other commands write into it.

    It reads every byte: once a command is enough.

    Raises:
        FailureError: naming the first file that was changed or is gone.
    """
    for name, right in manifest.get("files", {}).items():
        path = folder / name
        if name in but:
            continue
        if not path.is_file() or sha256(path) != right:
            raise FailureError(
                f"{path} {'was changed after it was made' if path.is_file() else 'is gone'}.",
                f"the file with the check sum {right} of {folder / MANIFEST}",
                f"put it back, or run `{made_by}` again",
            )


def existing_folder(path: Path, what: str) -> Path:
    """Return the path if it is a folder with something in it.

    Raises:
        UsageError: otherwise.
    """
    if not path.is_dir():
        raise UsageError(f"{path} is not a folder.", what)
    if not any(path.iterdir()):
        raise UsageError(f"{path} is empty.", what)
    return path


def claim(folder: Path, name: str, mark: Mapping[str, Any], older: str) -> None:
    """Begin a folder by a first file that says how it is made, or go on in one that was begun alike.

    Args:
        folder: to write.
        name: of the first file.
        mark: what it says.
        older: what it may hold, such as "older enhanced images".

    Raises:
        UsageError: if it holds other files, or was begun otherwise.
    """
    refuse_otherwise(folder, name, mark, older)
    write_json(folder / name, mark)


def refuse_otherwise(folder: Path, name: str, mark: Mapping[str, Any], older: str) -> None:
    """Refuse what `claim` refuses, and write nothing.

    Raises:
        UsageError: if the folder holds other files, or was begun otherwise.
    """
    old = read_json(folder / name, f"the {name} of {older}") if (folder / name).is_file() else None
    if isinstance(old, dict):
        other = ", ".join(sorted(key for key in mark if old.get(key) != mark[key]))
        if other:
            raise UsageError(f"{folder} was made otherwise: {other} differ(s).", f"an empty or new folder, or {older}",
                             "name another output folder")  # fmt: skip
    elif folder.exists() and (not folder.is_dir() or any(p.name[0] != "." for p in folder.iterdir())):
        raise UsageError(f"{folder} already holds other files.", f"an empty or new folder, or {older}",
                         "name another output folder")  # fmt: skip


def refuse_mixture(folder: Path, kind: str) -> None:
    """Refuse to write into a folder that holds something else; hidden files, such as a file manager's, do not count.

    Raises:
        UsageError: if `folder` has files but no manifest of this kind, nor was begun as one.
    """
    with told(folder):
        if (folder / BUILDING).is_dir() or not folder.exists() or all(p.name[0] == "." for p in folder.iterdir()):
            return
    manifest = folder / MANIFEST
    if manifest.is_file() and read_json(manifest, "a manifest").get("kind") == kind:
        return
    raise UsageError(
        f"{folder} already holds other files.",
        f"an empty or new folder, or an older {kind}",
        "name another output folder",
    )
