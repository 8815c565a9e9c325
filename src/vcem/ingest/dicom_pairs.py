"""LE and DES images of a contrast exam -> pairs of one compression."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from vcem.core.terms import Energy
from vcem.dicom.orientation import turn_of
from vcem.folders.catalogue import Skipped
from vcem.ingest.dicom_images import DicomImage, patient_of

LONGEST_S = 120  # LE and DES of one compression are written within this time, where no Frame of Reference tells
LONGEST_FRAME_S = 600  # no breast stays compressed for longer, whatever Frame of Reference two images name
LATE, REPEAT, TIME_UNKNOWN = "late phase", "repeat", "time not known"


@dataclass(frozen=True)
class DicomPair:
    """LE and DES of one compression, or a late DES with the LE before it.

    `after_s` is how long after the first LE of this study, side and view it was taken: None for that first pair,
    infinite if times do not tell. `sure` is whether a Frame of Reference or times say that LE and DES are of one
    compression; otherwise they are a pair because there is no other.
    """

    pair: str
    patient: str
    le: DicomImage
    des: DicomImage
    late: bool = False
    after_s: float | None = None
    sure: bool = True

    @property
    def tags(self) -> str:
        """What the catalogue says of its place in time."""
        if not self.sure:
            return f"{TIME_UNKNOWN}: the first phase or a late one"
        if self.late:
            return LATE
        if self.after_s is None:
            return ""
        if self.after_s == float("inf"):
            return f"{REPEAT}, {TIME_UNKNOWN}"
        return f"{LATE if self.after_s > LONGEST_S else REPEAT}, {self.after_s / 60:.0f} min after the first"

    @property
    def on_one_grid(self) -> bool:
        """Whether the headers say that equal pixels show equal places: one compression, one grid."""
        le, des = self.le.header, self.des.header
        grids = {
            (h.frame, h.rows, h.columns, h.spacing, turn_of(h.orientation, self.le.side).transposed) for h in (le, des)
        }
        return len(grids) == 1 and le.frame != "" and le.spacing != ""


def match_images(
    images: Iterable[DicomImage], late: bool, partner: Energy = Energy.DES
) -> tuple[list[DicomPair], list[Skipped]]:
    """Match LE with DES, or with HE, pairs in the order of patient, side, view and time.

    LE and DES of one study, side and view belong together if they share a Frame of Reference (PS3.3 C.7.4.1: made
    without releasing the compression) or, where one of them names none, if they lie at most two minutes apart; the
    nearest in time first. A DES that is left over beside a matched LE is a late phase.

    Args:
        images: LE, HE and DES images.
        late: also pair each late phase with the LE before it.
        partner: what LE is paired with; it is the pair's `des`.
    """
    groups: dict[tuple[str, ...], list[DicomImage]] = defaultdict(list)
    studies: dict[tuple[str, ...], list[DicomImage]] = defaultdict(list)
    for image in images:
        groups[image.breast_view].append(image)
        studies[image.breast].append(image)
    pairs: list[_Match] = []
    skipped: list[Skipped] = []
    for group in groups.values():
        made, alone = _match_group(group, late, studies[group[0].breast], partner)
        pairs += made
        skipped += alone
    return list(_named(pairs)), skipped


class _Match(NamedTuple):
    le: DicomImage
    des: DicomImage
    late: bool = False
    sure: bool = True


def _match_group(
    group: Sequence[DicomImage], late: bool, of_all_studies: Sequence[DicomImage], partner: Energy
) -> tuple[list[_Match], list[Skipped]]:
    les, deses = _of(Energy.LE, group), _of(partner, group)
    pairs: list[_Match] = []
    for _, le, des, sure in sorted(_candidates(les, deses), key=lambda c: (c[0], c[1].header.path, c[2].header.path)):
        if not any(le is a or des is b for a, b, *_ in pairs):
            pairs.append(_Match(le, des, sure=sure))
    matched_le, matched_des = [pair.le for pair in pairs], [pair.des for pair in pairs]
    skipped = [
        Skipped(le.header.path, f"LE without {partner}{_why_apart(le, deses or _of(partner, of_all_studies))}")
        for le in les
        if le not in matched_le
    ]
    for des in (d for d in deses if d not in matched_des):
        if not matched_le or partner is Energy.HE:
            skipped.append(
                Skipped(
                    des.header.path, f"{partner} without LE{_why_apart(des, les or _of(Energy.LE, of_all_studies))}"
                )
            )
        elif late:
            pairs.append(_Match(min(matched_le, key=lambda le: seconds_apart(le, des)), des, late=True))
        else:
            skipped.append(Skipped(des.header.path, f"late phase: {_minutes(matched_le, des)}; --late keeps it"))
    return pairs, skipped


def _of(energy: Energy, images: Iterable[DicomImage]) -> list[DicomImage]:
    return [image for image in images if image.energy is energy]


def _candidates(
    les: Sequence[DicomImage], deses: Sequence[DicomImage]
) -> Iterator[tuple[tuple[bool, float], DicomImage, DicomImage, bool]]:
    lonely = len(les) == len(deses) == 1
    for le in les:
        for des in deses:
            frames = {le.header.frame, des.header.frame}
            apart, doubt = seconds_apart(le, des), max(le.within_s, des.within_s)
            if "" not in frames:
                if len(frames) == 1 and (apart <= LONGEST_FRAME_S or apart == float("inf")):
                    yield (False, apart), le, des, True
            elif apart + doubt <= LONGEST_S:
                yield (True, apart), le, des, True
            elif lonely and (apart <= LONGEST_S or apart == float("inf")):
                yield (True, apart), le, des, False


def seconds_apart(one: DicomImage, other: DicomImage) -> float:
    """Return the seconds between two images by their earliest times, infinite if one is not known."""
    if one.taken is None or other.taken is None:
        return float("inf")
    return abs((other.taken - one.taken).total_seconds())


def _why_apart(image: DicomImage, others: Sequence[DicomImage]) -> str:
    """Return why none of the other images of this side and view is of its compression; nothing if there is none."""
    if not others:
        return ""
    other = min(others, key=lambda o: seconds_apart(image, o))
    apart = seconds_apart(image, other)
    if image.header.study != other.header.study:
        return f": {other.header.path} lies in another study"
    frames = {image.header.frame, other.header.frame}
    if "" not in frames and len(frames) == 2:
        return f": {other.header.path} names another Frame of Reference"
    if apart == float("inf") or (apart <= LONGEST_S and max(image.within_s, other.within_s)):
        return f": times do not show whether {other.header.path} or another is of its compression"
    if apart <= LONGEST_S:
        return f": {other.header.path} belongs to another image"
    return f": {other.header.path} was taken {apart / 60:.0f} min apart"


def _minutes(les: Sequence[DicomImage], des: DicomImage) -> str:
    nearest = min(les, key=lambda le: seconds_apart(le, des))
    apart = seconds_apart(nearest, des)
    when = TIME_UNKNOWN if apart == float("inf") else f"{apart / 60:.0f} min"
    return f"{when} from {nearest.header.path}"


def _named(pairs: Iterable[_Match]) -> Iterator[DicomPair]:
    """Yield the pairs with their names: patient, side and view, and a number from the second one on."""
    counts: dict[str, int] = defaultdict(int)
    firsts: dict[tuple[str, ...], DicomImage] = {}
    for match in sorted(pairs, key=_order):
        le, des, late, sure = match
        patient = patient_of(le.header)
        name = f"{patient}_{le.side}_{le.view}"
        counts[name] += 1
        first = firsts.setdefault(le.breast_view, le)
        after = None if first is le and not late else seconds_apart(first, des if late else le)
        yield DicomPair(name if counts[name] == 1 else f"{name}_{counts[name]}", patient, le, des, late, after, sure)


def _order(match: _Match) -> tuple[object, ...]:
    le, des = match.le, match.des
    return patient_of(le.header), le.side, le.view, match.late, des.taken or datetime.max, des.header.path
