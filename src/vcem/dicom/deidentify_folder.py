"""A folder of mammograms de-identified, file by file, and verified before it gets its manifest."""

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from functools import partial
from pathlib import Path
from typing import TypeVar

from vcem.core.errors import FailureError, UsageError
from vcem.core.files import (
    MANIFEST,
    existing_folder,
    read_csv,
    read_json,
    write_bytes,
    write_csv,
    write_json,
    write_manifest,
)
from vcem.dicom.damage import attributes_of
from vcem.dicom.deidentify import deidentify
from vcem.dicom.profile import Profile
from vcem.dicom.pseudonyms import Pseudonyms
from vcem.dicom.unreadable import UNREADABLE, odd_values_pass
from vcem.engine import Failed, How, each, refuse

KIND = "deidentified"
BEGUN, FILES, SKIPPED, PROGRESS = "deidentify.json", "files.csv", "skipped.csv", "files.partial"
FEW = 8  # fewer files are done sooner than a process starts
TWICE = "another file has the same SOP Instance UID"
T = TypeVar("T")
R = TypeVar("R")
Watch = Callable[[Iterable[R], int], Iterable[R]]


@dataclass(frozen=True)
class Row:
    """What became of one input file, without a word of it.

    `digest` is a keyed check sum of the input; `output` is empty where `why` says why not; `lost` are attributes whose
    values broke their rule.
    """

    file: str
    digest: str
    output: str
    why: str
    lost: str = ""


@dataclass(frozen=True)
class Settings:
    """Where from, where to, and how."""

    source: Path
    out: Path
    names: Pseudonyms
    profile: Profile
    jobs: int = 1


def begin(settings: Settings) -> None:
    """Claim the output folder, or go on in it.

    Raises:
        UsageError: if the folders overlap, the source is empty, or the output was begun with another key or rules.
    """
    source, out = (existing_folder(settings.source, "a folder with DICOM files").resolve(), settings.out.resolve())
    if source.is_relative_to(out) or out.is_relative_to(source):
        raise UsageError(f"{settings.out} and {settings.source} lie in each other.", "two separate folders")
    mark = {"kind": KIND, "rules_sha256": settings.profile.digest, "key_check": settings.names.check}
    if settings.out.exists() and any(settings.out.iterdir()):
        begun = settings.out / BEGUN
        if not begun.is_file() or read_json(begun, "the mark of an earlier run") != mark:
            raise UsageError(
                f"{settings.out} holds other files, or was made with another key or other rules.",
                "an empty or new folder, or the same key and rules as before",
                "name another output folder",
            )
    (settings.out / MANIFEST).unlink(missing_ok=True)
    write_json(settings.out / BEGUN, mark)


def deidentify_folder(settings: Settings, watch: Watch[Row]) -> list[Row]:
    """De-identify every file below a folder; what was done before and has not changed is not done again.

    Raises:
        FailureError: if some could not be done, when all others are; the tables name them, too.
    """
    names = list_all(settings.source)
    before = _done_before(settings.out)
    failed: list[Failed] = []
    taken, rows = _first_of_each(settings, names, failed)
    with _progress(settings.out) as note:
        work = partial(_one, settings, before)
        done = zip(taken, in_processes(work, taken, settings.jobs), strict=True)
        for row in watch((_row(settings.names, name, r, failed) for name, r in done), len(taken)):
            rows.append(row)
            note(row)
    rows.sort(key=lambda row: row.file)
    _drop_old_outputs(settings.out, before.values(), rows)
    write_csv(settings.out / FILES, [f.name for f in fields(Row)], map(asdict, rows))
    write_csv(settings.out / SKIPPED, ["file", "why"], ({"file": r.file, "why": r.why} for r in rows if r.why))
    (settings.out / PROGRESS).unlink(missing_ok=True)
    refuse(failed, len(names), "files")
    return rows


def finish(settings: Settings, rows: Sequence[Row]) -> None:
    """Write the manifest; call it only when nothing was found in the folder that should not be there."""
    lost = Counter(keyword for row in rows for keyword in row.lost.split())
    made = [row.output for row in rows if row.output]
    write_manifest(settings.out, KIND, {
        "rules": settings.profile.version, "rules_sha256": settings.profile.digest, "key_check": settings.names.check,
        "counts": {"files": len(rows), "released": len(made), "patients": len({o.partition("/")[0] for o in made})},
        "skipped": dict(sorted(Counter(row.why for row in rows if row.why).items())),
        "values_that_broke_their_rule": dict(sorted(lost.items())),
    })  # fmt: skip


def list_all(folder: Path) -> list[str]:
    """List every file below a folder, hidden ones too, relative to it, in the order of names."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def in_processes(work: Callable[[T], R], tasks: Sequence[T], jobs: int) -> Iterator[R | Failed]:
    """Do each task, in the order given whatever the number of processes."""
    return each(work, tasks, How(jobs, batch=4, few=FEW))


def _first_of_each(settings: Settings, names: list[str], failed: list[Failed]) -> tuple[list[str], list[Row]]:
    """Return the first file of each SOP Instance UID, and the rows of the others and of what could not be looked at."""
    seen: set[str] = set()
    taken: list[str] = []
    rows: list[Row] = []
    for name, uid in zip(names, in_processes(partial(_uid_of, settings.source), names, settings.jobs), strict=True):
        if isinstance(uid, Failed):
            rows.append(_row(settings.names, name, uid, failed))
        elif uid and uid in seen:
            rows.append(_repeated(settings.names, name))
        else:
            taken.append(name)
            seen.add(uid)
    return taken, rows


def _uid_of(source: Path, name: str) -> str:
    try:
        with odd_values_pass():
            return str(attributes_of(source / name, ["SOPInstanceUID"]).get("SOPInstanceUID") or "")
    except UNREADABLE:
        return ""


def _one(settings: Settings, before: dict[str, Row], name: str) -> Row:
    file = settings.names.file(name)
    try:
        content = (settings.source / name).read_bytes()
    except OSError:
        return Row(file, "", "", "the file cannot be opened")
    digest, earlier = settings.names.content(content), before.get(file)
    if earlier and earlier.digest == digest and (earlier.why or (settings.out / earlier.output).is_file()):
        return earlier
    try:
        made = deidentify(content, settings.profile, settings.names)
    except FailureError as error:
        return Row(file, digest, "", error.found)
    write_bytes(settings.out / made.path, made.content)
    return Row(file, digest, made.path, "", " ".join(made.lost))


def _row(names: Pseudonyms, name: str, made: Row | Failed, failed: list[Failed]) -> Row:
    """Return the row of a file; one that failed has no digest, so it is tried again, and no word of the error's own."""
    if not isinstance(made, Failed):
        return made
    failed.append(made)
    return Row(names.file(name), "", "", f"it could not be done: {made.cause}")


def _repeated(names: Pseudonyms, name: str) -> Row:
    return Row(names.file(name), "", "", TWICE)


def _done_before(out: Path) -> dict[str, Row]:
    """Return the rows of an earlier run; a last line that was cut off does not count."""
    columns = [f.name for f in fields(Row)]
    rows = [row for name in (FILES, PROGRESS) if (out / name).is_file() for row in read_csv(out / name, columns)]
    whole = [Row(**row) for row in rows if None not in row.values() and row.get("digest") and None not in row]
    return {row.file: row for row in whole if row.why != TWICE}


@contextmanager
def _progress(out: Path) -> Iterator[Callable[[Row], None]]:
    path = out / PROGRESS
    new = not path.is_file()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, [f.name for f in fields(Row)], lineterminator="\n")
        if new:
            writer.writeheader()

        def note(row: Row) -> None:
            writer.writerow(asdict(row))
            file.flush()

        yield note


def _drop_old_outputs(out: Path, before: Iterable[Row], rows: Iterable[Row]) -> None:
    """Remove what an earlier run made of files that are gone or have changed."""
    kept = {row.output for row in rows}
    for row in before:
        path = out / row.output
        if row.output and row.output not in kept and path.resolve().is_relative_to(out.resolve()):
            path.unlink(missing_ok=True)
