"""Where a copy of CESM@UCBM keeps the images that the authors' table names: NRRD or DICOM, in any folders."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath

from vcem.core.errors import UsageError
from vcem.core.nrrd import ENDING
from vcem.dicom.listing import list_files
from vcem.folders.catalogue import Skipped
from vcem.ingest.ucbm.order import Listed
from vcem.ingest.user_table import read_table


class Form(StrEnum):
    """How the images are stored."""

    NRRD = "nrrd"
    DICOM = "dicom"


ENDINGS = {Form.NRRD: (ENDING,), Form.DICOM: ("", ".dcm", ".dicom", ".ima")}
COLUMNS = ("id", "le", "des")


@dataclass(frozen=True)
class Found:
    """A pair with its files, relative to the source."""

    listed: Listed
    le: str
    des: str


def find_files(
    source: Path, out: Path, listed: Iterable[Listed], form: Form | None, table: Path | None
) -> tuple[list[Found], list[Skipped], Form]:
    """Find the two files of every pair: by the names in the authors' table, or by a table of the user's.

    Args:
        source: the release.
        out: a folder to leave out.
        listed: the pairs.
        form: which files to take; not needed where there is one kind only.
        table: a table with the columns id, le and des, files relative to the source.

    Raises:
        UsageError: if no file has a listed name, or both forms are there and none is chosen.
    """
    listing = list_files(source, without=out)
    skipped = [Skipped(c.path, c.why) for c in listing.closed]
    pairs, there = list(listed), list(listing.stamps)
    given = _given(table) if table else {}
    by_stem = {kind: _by_stem(there, endings) for kind, endings in ENDINGS.items()}
    chosen = form or _only_form(source, pairs, by_stem, given)
    found = []
    for pair in pairs:
        wanted = given.get(pair.key.pair)
        files = (
            [[name] for name in wanted] if wanted else [by_stem[chosen][name.upper()] for name in (pair.le, pair.des)]
        )
        why = next(filter(None, map(_wrong, (pair.le, pair.des), files)), "") or _absent(files, listing.stamps, chosen)
        if why:
            skipped.append(Skipped(pair.key.pair, why))
        else:
            found.append(Found(pair, files[0][0], files[1][0]))
    return found, skipped, chosen


def form_of(name: str) -> Form:
    """Return how a file is stored, by its ending; DICOM files have any or none."""
    return Form.NRRD if PurePosixPath(name).suffix.lower() == ENDING else Form.DICOM


def _given(table: Path) -> dict[str, tuple[str, str]]:
    rows = read_table(table, COLUMNS)
    given = {row["id"]: (row["le"].replace("\\", "/"), row["des"].replace("\\", "/")) for row in rows}
    if len(given) < len(rows):
        raise UsageError(f"{table} names {len(rows) - len(given)} pairs more than once.", "each pair once")
    return given


def _by_stem(names: Iterable[str], endings: tuple[str, ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name in names:
        path = PurePosixPath(name)
        if path.suffix.lower() in endings:
            found[path.stem.upper()].append(name)
    return found


def _only_form(
    source: Path,
    pairs: Iterable[Listed],
    by_stem: Mapping[Form, Mapping[str, list[str]]],
    given: Mapping[str, tuple[str, str]],
) -> Form:
    stems = {stem.upper() for pair in pairs for stem in (pair.le, pair.des)}
    there = {form for form, names in by_stem.items() if stems & set(names)}
    there |= {form_of(name) for files in given.values() for name in files}
    if len(there) == 1:
        return there.pop()
    if there:
        raise UsageError(f"{source} holds the images as NRRD and as DICOM.", "one form", "--form nrrd or --form dicom")
    example = min(stems, default="")
    raise UsageError(
        f"{source} holds no file that the table names.",
        f"files such as {example}.nrrd or {example}.dcm, in any folder",
        "name another folder, or give --files TABLE with the columns id, le, des",
    )


def _wrong(wanted: str, files: Sequence[str]) -> str:
    if not files:
        return f"no file {wanted}"
    return f"several files of one name: {', '.join(files)}" if len(files) > 1 else ""


def _absent(files: Sequence[Sequence[str]], stamps: Mapping[str, str], form: Form) -> str:
    (le,), (des,) = files
    for name in (le, des):
        if name not in stamps:
            return f"no file {name}"
        if form_of(name) is not form:
            return f"{name} is no {form.upper()} file"
    return "LE and DES are one file" if le == des else ""
