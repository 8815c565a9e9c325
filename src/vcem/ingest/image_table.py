"""`images.csv`: what each mammogram of an archive was taken for, and what in its header says so."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from vcem.core.files import write_csv
from vcem.dicom.vendors import Decision
from vcem.ingest.dicom_pairs import DicomImage

UNKNOWN = "UNKNOWN"
COLUMNS = ("file", "image", "side", "view", "taken", "evidence")


def write_images(folder: Path, images: Iterable[DicomImage], decisions: Iterable[tuple[str, Decision]]) -> None:
    """Write the table, one row a mammogram."""
    taken = {image.header.path: image for image in images}
    rows = []
    for path, decision in decisions:
        image = taken.get(path)
        rows.append({
            "file": path, "image": decision.image or UNKNOWN, "evidence": decision.why,
            "side": image.side if image else "", "view": image.view if image else "",
            "taken": image.header.taken if image else "",
        })  # fmt: skip
    write_csv(folder / "images.csv", COLUMNS, rows)


def tally(decisions: Sequence[tuple[str, Decision]]) -> tuple[tuple[int, str], ...]:
    """Count the decisions of each kind with their evidence, the most frequent first."""
    counts = Counter(f"{decision.image or UNKNOWN} by {decision.why}" for _, decision in decisions)
    return tuple((count, what) for what, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])))
