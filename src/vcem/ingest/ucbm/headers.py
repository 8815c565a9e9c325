"""What the DICOM headers of CESM@UCBM files say of the pairs of the authors' table, and where the two disagree."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from vcem.core.terms import Energy
from vcem.dicom.scan import Header, Unreadable
from vcem.dicom.vendors import Rule
from vcem.ingest.dicom_images import plain_images, take_images
from vcem.ingest.dicom_pairs import LATE, DicomPair, seconds_apart
from vcem.ingest.doubles import doubles_by
from vcem.ingest.ucbm.files import Found
from vcem.ingest.ucbm.options import Late, Windows


@dataclass(frozen=True)
class Known:
    """A pair with its files and what is known of it, from the table or from its headers."""

    found: Found
    le_window: str
    des_window: str
    age: str = ""
    machine: str = ""
    tags: str = ""
    on_one_grid: bool = False


def of_table(found: Sequence[Found], late: Late) -> list[Known]:
    """Return what the table alone says; by series, all acquisitions of a view but the lowest number are late."""
    known = [Known(f, f.listed.le_window, f.listed.des_window) for f in found]
    if late is Late.UNKNOWN:
        return known
    first: dict[str, int] = {}
    for f in found:
        view, series = _series(f)
        first[view] = min(series, first.get(view, series))
    tag = f"{LATE}, by series number"
    return [replace(k, tags=tag) if _series(k.found)[1] > first[_series(k.found)[0]] else k for k in known]


def _series(found: Found) -> tuple[str, int]:
    key = found.listed.key
    return key.breast_view, int(key.repeat or 0)


def of_headers(
    found: Iterable[Found], headers: Mapping[str, Header | Unreadable], rules: Sequence[Rule], windows: Windows | None
) -> tuple[list[Known], list[tuple[str, str]]]:
    """Return what headers say of each pair, and the pairs that are left out with the reason."""
    known, left_out, pairs = [], [], []
    for f in found:
        pair = _pair(f, headers, rules)
        why = pair if isinstance(pair, str) else _disagreement(f, pair, windows)
        if isinstance(pair, str) or why:
            left_out.append((f.listed.key.pair, why))
        else:
            pairs.append((f, pair))
    after = _times([pair for _, pair in pairs])
    for f, pair in pairs:
        le, des = _windows(f, pair, windows)
        header = pair.le.header
        machine = " ".join(f"{header.manufacturer} {header.model}".split())
        tags = replace(pair, after_s=after[pair.pair]).tags
        known.append(Known(f, le, des, header.age, machine, tags, pair.on_one_grid))
    return known, left_out


def _pair(found: Found, headers: Mapping[str, Header | Unreadable], rules: Sequence[Rule]) -> DicomPair | str:
    """Return both images, or the first thing that their headers deny."""
    key, images = found.listed.key, []
    for name, energy in ((found.le, Energy.LE), (found.des, Energy.DES)):
        taken, _, skipped = take_images([headers[name]], rules, doubles_by(str))
        plain, others = plain_images(taken)
        if skipped or others:
            return f"{name}: {[*skipped, *others][0].why}"
        (image,) = plain
        for what, said, named in (("image", image.energy, energy), ("side", image.side, key.side),
                                  ("view", image.view, key.view)):  # fmt: skip
            if said != named:
                return f"{name}: the header says {what} {said}, its name {named}"
        images.append(image)
    le, des = images
    return DicomPair(key.pair, key.patient, le, des)


def _disagreement(found: Found, pair: DicomPair, windows: Windows | None) -> str:
    if windows is not None:
        return ""
    for energy, table, header in _both(found, pair):
        if header and header != table:
            return f"{energy} window: the table says {table}, the header {header}; --windows table or header decides"
    return ""


def _windows(found: Found, pair: DicomPair, windows: Windows | None) -> tuple[str, str]:
    le, des = (header if windows is Windows.HEADER and header else table for _, table, header in _both(found, pair))
    return le, des


def _both(found: Found, pair: DicomPair) -> tuple[tuple[Energy, str, str], ...]:
    listed = found.listed
    return (
        (Energy.LE, listed.le_window, pair.le.header.window),
        (Energy.DES, listed.des_window, pair.des.header.window),
    )


def _times(pairs: Sequence[DicomPair]) -> dict[str, float | None]:
    """Return how long after the first of its study, side and view each pair was taken, None for the first."""
    groups: dict[tuple[str, ...], list[DicomPair]] = defaultdict(list)
    for pair in pairs:
        groups[pair.patient, *pair.le.breast_view[1:]].append(pair)
    after: dict[str, float | None] = {}
    for group in groups.values():
        first, *later = sorted(group, key=lambda p: (p.le.taken or datetime.max, p.pair))
        after[first.pair] = None
        after |= {pair.pair: seconds_apart(first.le, pair.le) for pair in later}
    return after
