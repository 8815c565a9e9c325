"""Which raw exposures are LE and HE of one compression, and why two are not."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from vcem.core.errors import FailureError, UsageError
from vcem.core.terms import Energy
from vcem.dicom.raw import Technique, technique_of
from vcem.dicom.read import pixel_digest
from vcem.dicom.scan import Header, Unreadable, read_header, scan
from vcem.dicom.vendors import Rule
from vcem.folders.catalogue import Skipped
from vcem.ingest.dicom_images import DicomImage, plain_images, take_images
from vcem.ingest.dicom_pairs import LONGEST_FRAME_S, LONGEST_S, match_images, seconds_apart
from vcem.ingest.doubles import doubles_by

EXPECTED = "LE and HE images For Processing of one compression, of one plainly compressed breast, CC or MLO"
THICKNESS_WITHIN_MM = 1.0  # paddles creep while they hold
DOUBLES = doubles_by(lambda path: pixel_digest(Path(path)))
# what both exposures must share, and what of a header that is
SHARED: tuple[tuple[str, Callable[[Header], object]], ...] = (
    ("Patient ID", lambda h: h.patient),
    ("Study Instance UID", lambda h: h.study),
    ("side", lambda h: h.laterality),
    ("view", lambda h: (h.view_code, h.view_position)),
    ("rows and columns", lambda h: f"{h.rows} x {h.columns}"),
    ("Imager Pixel Spacing", lambda h: h.spacing),
    ("Patient Orientation", lambda h: h.orientation),
)


@dataclass(frozen=True)
class RawPair:
    """LE and HE of one compression."""

    le: DicomImage
    he: DicomImage

    @property
    def paths(self) -> tuple[Path, Path]:
        """Their files."""
        return Path(self.le.header.path), Path(self.he.header.path)


def find_pairs(names: Sequence[str], rules: Sequence[Rule]) -> tuple[list[RawPair], list[Skipped]]:
    """Match all raw exposures among files: by study, side and view, and Frame of Reference or time."""
    images, _, skipped = take_images(scan(Path(), list(names), os.cpu_count() or 1), rules, DOUBLES, raw=True)
    plain, others = plain_images(images)
    matches, alone = match_images(plain, late=False, partner=Energy.HE)
    return [RawPair(m.le, m.des) for m in matches], [*skipped, *others, *alone]


def pair_of(le: Path, he: Path, rules: Sequence[Rule]) -> RawPair:
    """Return two files as LE and HE of one compression.

    Raises:
        UsageError: if one of them is something else, or they are exchanged or of two compressions.
    """
    if le.resolve() == he.resolve():
        raise UsageError(f"LE and HE are one file, {le}.", EXPECTED)
    low, high = (_image(path, rules) for path in (le, he))
    if (low.energy, high.energy) == (Energy.HE, Energy.LE):
        raise UsageError(f"LE and HE are exchanged: {le} is the HE image.", "LE first, then HE", "exchange the two")
    for image, energy in ((low, Energy.LE), (high, Energy.HE)):
        if image.energy is not energy:
            raise UsageError(f"{image.header.path} is a raw {image.energy} image, not {energy}.", EXPECTED)
    pair = RawPair(low, high)
    if why := unlike(pair):
        raise UsageError(f"{le} and {he} are not of one compression: {why}.", EXPECTED)
    return pair


def unlike(pair: RawPair) -> str:
    """Return what tells that two exposures are not of one compression and one grid, empty if nothing does."""
    low, high = pair.le.header, pair.he.header
    for what, of in SHARED:
        if of(low) != of(high):
            return f"{what} differ" if what.endswith(("ID", "UID")) else f"{what} {of(low)} and {of(high)}"
    frames = {low.frame, high.frame}
    if "" not in frames and len(frames) == 2:
        return "two Frames of Reference"
    apart = seconds_apart(pair.le, pair.he) + max(pair.le.within_s, pair.he.within_s)
    longest = LONGEST_S if "" in frames else LONGEST_FRAME_S
    if apart == float("inf"):
        return "neither a common Frame of Reference nor times tell" if "" in frames else ""
    return f"they were taken {apart:.0f} s apart, more than {longest} s" if apart > longest else ""


def techniques_of(pair: RawPair) -> tuple[Technique, Technique]:
    """Read how both exposures were made.

    Raises:
        FailureError: if a header does not tell, or tells of two compressions, or LE and HE are exchanged.
    """
    if why := unlike(pair):
        raise FailureError(f"They are not of one compression: {why}.", EXPECTED)
    low, high = (technique_of(path) for path in pair.paths)
    if abs(low.thickness_mm - high.thickness_mm) > THICKNESS_WITHIN_MM:
        raise FailureError(f"Body Part Thickness is {low.thickness_mm:g} mm in LE and {high.thickness_mm:g} mm in HE.",
                           "one compression")  # fmt: skip
    if low.exposure.kvp >= high.exposure.kvp:
        raise FailureError(
            f"LE has {low.exposure.kvp:g} kVp and HE {high.exposure.kvp:g} kVp: they are exchanged.",
            "LE with the lower kVp",
        )
    return low, high


def _image(path: Path, rules: Sequence[Rule]) -> DicomImage:
    if not path.is_file():
        raise UsageError(f"{path} is not there.", EXPECTED)
    found: list[Header | Unreadable] = [read_header(Path(), str(path))]
    images, _, skipped = take_images(found, rules, DOUBLES, raw=True)
    plain, others = plain_images(images)
    for left_out in (*skipped, *others):
        raise UsageError(f"{path} cannot be recombined: {left_out.why}.", EXPECTED)
    return plain[0]
