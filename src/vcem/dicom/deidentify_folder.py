"""A folder of mammograms de-identified, file by file, and verified before it gets its manifest."""

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from vcem.core.errors import FailureError, UsageError
from vcem.core.files import (
    MANIFEST,
    claim,
    existing_folder,
    read_csv,
    write_bytes,
    write_csv,
    write_manifest,
)
from vcem.core.watch import Watch
from vcem.dicom.damage import attributes_of
from vcem.dicom.deidentify import deidentify
from vcem.dicom.drawn_text import DRAWN, has_drawn_text, reader_name
from vcem.dicom.listing import list_files
from vcem.dicom.profile import Profile
from vcem.dicom.pseudonyms import Pseudonyms
from vcem.dicom.spellings import FORMS
from vcem.dicom.unreadable import UNREADABLE, odd_values_pass
from vcem.engine import Failed, How, each, refuse
from vcem.folders.catalogue import SKIPPED
from vcem.folders.release import BEGUN, DEIDENTIFIED, FILES, PROGRESS

FEW = 8  # fewer files are done sooner than a process starts
TWICE = "another file has the same SOP Instance UID and holds the same"
OTHERWISE = "another file has the same SOP Instance UID and holds something else"
T = TypeVar("T")
R = TypeVar("R")


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
    """Where from, where to, and how.

    `read_text` sets images aside in which an OCR reads text; `looked_at` are the pseudonyms of files that somebody has
    looked at, and that may go though text was read in them.
    """

    source: Path
    out: Path
    names: Pseudonyms
    profile: Profile
    jobs: int = 1
    read_text: bool = False
    looked_at: frozenset[str] = frozenset()


def check_apart(settings: Settings) -> None:
    """Refuse folders before anything is written.

    Raises:
        UsageError: if they overlap, or the source is empty.
    """
    source, out = (existing_folder(settings.source, "a folder with DICOM files").resolve(), settings.out.resolve())
    if source.is_relative_to(out) or out.is_relative_to(source):
        raise UsageError(
            f"{settings.out} and {settings.source} overlap: one is inside the other.", "two separate folders"
        )


def begin(settings: Settings) -> None:
    """Claim the output folder, or go on in it.

    Raises:
        UsageError: if the folders overlap, the source is empty, or the output was begun with another key or rules.
    """
    check_apart(settings)
    mark = {"kind": DEIDENTIFIED, "rules_sha256": settings.profile.digest, "key_check": settings.names.check,
            "text_in_pixels": text_in_pixels(settings)}  # fmt: skip
    claim(settings.out, BEGUN, mark, "one begun with the same key, rules and --read-text")
    (settings.out / MANIFEST).unlink(missing_ok=True)


def deidentify_folder(settings: Settings, watch: Watch) -> list[Row]:
    """De-identify every file below a folder; what was done before and has not changed is not done again.

    Every file has one row, and so has every folder that cannot be opened.

    Raises:
        FailureError: if some could not be done, when all others are; the tables name them, too.
    """
    names, before = list_all(settings.source), _done_before(settings.out)
    failed: list[Failed] = []
    rows = [Row(settings.names.file(name), "", "", why) for name, why in list_closed(settings.source)]
    groups = _groups(settings, names, rows, failed)
    with _progress(settings.out) as note:
        work = partial(_group, settings, before)
        done = zip(groups, in_processes(work, groups, settings.jobs), strict=True)
        for made in watch((_rows(settings.names, group, r, failed) for group, r in done), len(groups)):
            for row in made:
                rows.append(row)
                note(row)
    rows.sort(key=lambda row: row.file)
    _drop_old_outputs(settings.out, before.values(), rows)
    write_csv(settings.out / FILES, [f.name for f in fields(Row)], map(asdict, rows))
    write_csv(settings.out / SKIPPED, ["file", "why"], ({"file": r.file, "why": r.why} for r in rows if r.why))
    (settings.out / PROGRESS).unlink(missing_ok=True)
    refuse(failed, len(names), "files")
    return rows


def finish(settings: Settings, rows: Sequence[Row], closed: int = 0) -> None:
    """Write the manifest; call it only when nothing was found in the folder that should not be there.

    Args:
        settings: where to.
        rows: what became of each file.
        closed: how many originals could not be opened, so that what they say was not searched.
    """
    lost = Counter(keyword for row in rows for keyword in row.lost.split())
    made = [row.output for row in rows if row.output]
    write_manifest(settings.out, DEIDENTIFIED, {
        "rules": settings.profile.version, "rules_sha256": settings.profile.digest, "key_check": settings.names.check,
        "counts": {"files": len(rows), "released": len(made), "patients": len({o.partition("/")[0] for o in made})},
        "skipped": dict(sorted(Counter(row.why for row in rows if row.why).items())),
        "values_that_broke_their_rule": dict(sorted(lost.items())),
        "text_in_pixels": text_in_pixels(settings), "looked_at": len(settings.looked_at),
        "search": {"forms": FORMS, "originals_not_opened": closed},
    })  # fmt: skip


def text_in_pixels(settings: Settings) -> str:
    """Return by what text in pixels was read.

    Raises:
        UsageError: if the OCR is not installed.
    """
    return reader_name() if settings.read_text else "not read"


def list_all(folder: Path) -> list[str]:
    """List every file below a folder, hidden ones too, relative to it, in the order of names."""
    return list(list_files(folder, every=True).stamps)


def list_closed(folder: Path) -> list[tuple[str, str]]:
    """List what below a folder is not a file that can be read, and why: closed folders, links to folders, devices."""
    return [(closed.path, closed.why) for closed in list_files(folder, every=True).closed]


def in_processes(work: Callable[[T], R], tasks: Sequence[T], jobs: int) -> Iterator[R | Failed]:
    """Do each task, in the order given whatever the number of processes."""
    return each(work, tasks, How(jobs, batch=4, few=FEW))


def _groups(settings: Settings, names: list[str], rows: list[Row], failed: list[Failed]) -> list[tuple[str, ...]]:
    """Put files of the same SOP Instance UID together; of each group only the first that is whole is released.

    What could not be looked at is added to `rows` and `failed`.
    """
    groups: dict[str, list[str]] = {}
    for name, uid in zip(names, in_processes(partial(_uid_of, settings.source), names, settings.jobs), strict=True):
        if isinstance(uid, Failed):
            rows += _rows(settings.names, [name], uid, failed)
        else:
            groups.setdefault(uid or f"file {name}", []).append(name)
    return [tuple(group) for group in groups.values()]


def _rows(names: Pseudonyms, group: Sequence[str], made: list[Row] | Failed, failed: list[Failed]) -> list[Row]:
    """Return the rows of files; those that failed have no digest, so they are tried again, and no word of the error."""
    if not isinstance(made, Failed):
        return made
    failed += [replace(made, name=name) for name in group]
    return [Row(names.file(name), "", "", f"it could not be done: {made.cause}") for name in group]


def _uid_of(source: Path, name: str) -> str:
    try:
        with odd_values_pass():
            return str(attributes_of(source / name, ["SOPInstanceUID"]).get("SOPInstanceUID") or "")
    except UNREADABLE:
        return ""


def _group(settings: Settings, before: dict[str, Row], names: Sequence[str]) -> list[Row]:
    if len(names) > 1 and (done := _done_group(settings, before, names)):
        return done
    before = {file: row for file, row in before.items() if row.why not in (TWICE, OTHERWISE)}
    rows: list[Row] = []
    kept = b""
    for name in names:
        row, content = _one(settings, before, name)
        if row.output and kept:
            row = Row(row.file, row.digest, "", TWICE if content == kept else OTHERWISE)
        elif row.output:
            kept = content
            write_bytes(settings.out / row.output, content)
        rows.append(row)
    return rows


def _done_group(settings: Settings, before: dict[str, Row], names: Sequence[str]) -> list[Row]:
    """Return the rows of an earlier run if none of the files has changed, for what one is depends on the others."""
    rows = [before[file] for name in names if (file := settings.names.file(name)) in before]
    whole = len(rows) == len(names) and all(row.why or (settings.out / row.output).is_file() for row in rows)
    if not whole or not any(row.output for row in rows):
        return []
    same = all(row.digest == _digest(settings, name) for row, name in zip(rows, names, strict=True))
    return rows if same else []


def _digest(settings: Settings, name: str) -> str:
    try:
        return settings.names.content((settings.source / name).read_bytes())
    except OSError:
        return ""


def _one(settings: Settings, before: dict[str, Row], name: str) -> tuple[Row, bytes]:
    """Return what became of a file, and what would be released of it; that of an earlier run is taken as it is."""
    file = settings.names.file(name)
    try:
        content = (settings.source / name).read_bytes()
    except OSError:
        return Row(file, "", "", "the file cannot be opened"), b""
    digest, earlier = settings.names.content(content), before.get(file)
    again = earlier is not None and earlier.why == DRAWN and file in settings.looked_at
    if (
        earlier
        and earlier.digest == digest
        and not again
        and (earlier.why or (settings.out / earlier.output).is_file())
    ):
        return earlier, (settings.out / earlier.output).read_bytes() if earlier.output else b""
    try:
        made = deidentify(content, settings.profile, settings.names)
    except FailureError as error:
        return Row(file, digest, "", error.found), b""
    if settings.read_text and file not in settings.looked_at and has_drawn_text(made.content):
        return Row(file, digest, "", DRAWN), b""
    return Row(file, digest, made.path, "", " ".join(made.lost)), made.content


def _done_before(out: Path) -> dict[str, Row]:
    """Return the rows of an earlier run; a last line that was cut off does not count."""
    columns = [f.name for f in fields(Row)]
    rows = [row for name in (FILES, PROGRESS) if (out / name).is_file() for row in read_csv(out / name, columns)]
    whole = [Row(**row) for row in rows if None not in row.values() and row.get("digest") and None not in row]
    return {row.file: row for row in whole}


@contextmanager
def _progress(out: Path) -> Iterator[Callable[[Row], None]]:
    path = out / PROGRESS
    new = not path.is_file()
    with path.open("a", encoding="utf-8", newline="") as file:
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
