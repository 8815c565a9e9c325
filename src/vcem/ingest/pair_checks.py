"""Whether the pictures of a pair bear out what its headers say."""

from collections.abc import Sequence
from math import hypot
from typing import TypeAlias

from vcem.ingest.dicom_pairs import DicomPair
from vcem.ingest.reading import Reading
from vcem.ingest.register import MIN_QUALITY
from vcem.prepare.breast import wrong_side

FAR_MM = 5.0  # LE and DES of one grid and compression cannot lie farther apart
# Dice overlap of what is not air; measured: docs/explain/registration.md
ALIKE = 0.85
TURNED_BY = 0.02  # so much better with DES turned: it lies otherwise than its header says
Taken: TypeAlias = tuple[DicomPair, Reading]
Failed: TypeAlias = tuple[DicomPair, str]


def sort_out(matches: Sequence[DicomPair], readings: Sequence[Reading | str]) -> tuple[list[Taken], list[Failed]]:
    """Part the pairs that were read from those that could not be, or whose breast lies at the wrong edge."""
    taken: list[Taken] = []
    failed: list[Failed] = []
    for match, reading in zip(matches, readings, strict=True):
        if isinstance(reading, str):
            failed.append((match, reading))
        elif reading.wrong_side:
            failed.append((match, f"{' and '.join(reading.wrong_side)}: {wrong_side(match.le.side)}"))
        else:
            taken.append((match, reading))
    return taken, failed


def doubt(match: DicomPair, reading: Reading, by_header: bool, min_quality: float) -> str:
    """Return why LE and DES cannot be laid over each other, empty if they can.

    That the headers tell one grid is not enough: the outlines of the breast in both must bear it out, or, where DES
    shows no outline, what the images share inside it.

    Args:
        match: the pair.
        reading: what its images show.
        by_header: whether headers may align it.
        min_quality: of registrations by images.
    """
    found, told = reading.registration, by_header and match.on_one_grid
    if told and reading.turned > max(ALIKE, reading.alike + TURNED_BY):
        overlaps = f"overlap {reading.turned:.2f}, as it lies {reading.alike:.2f}"
        return f"the headers say one grid, and the outline of DES fits that of LE better when DES is turned: {overlaps}"
    if told and reading.alike >= max(ALIKE, reading.turned):
        return ""
    least = min(min_quality, MIN_QUALITY) if told else min_quality
    if found.quality < least:
        although = ", although the headers say one grid" if told else ""
        return f"quality {found.quality:.4f} is below {least}{although}"
    apart_mm = hypot(found.dx_px, found.dy_px) * float(match.le.header.spacing.split("\\")[0]) if told else 0.0
    if apart_mm > FAR_MM:
        return f"the headers say one grid, and the images lie {apart_mm:.1f} mm apart"
    return ""
