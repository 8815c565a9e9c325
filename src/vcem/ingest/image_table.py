"""`images.csv`: what each mammogram of an archive was taken for, what in its header says so, and why it is left out."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from vcem.core.files import write_csv
from vcem.folders.catalogue import IMAGES
from vcem.ingest.dicom_images import Decided, DicomImage

UNKNOWN = "UNKNOWN"
COLUMNS = ("file", "image", "side", "view", "taken", "evidence", "left_out")


def write_images(
    folder: Path, images: Iterable[DicomImage], decisions: Iterable[Decided], left_out: Mapping[str, str]
) -> None:
    """Write the table, one row a mammogram; `left_out` is why a file is in no pair."""
    taken = {image.header.path: image for image in images}
    rows = []
    for header, decision in decisions:
        image = taken.get(header.path)
        rows.append({
            "file": header.path, "image": decision.image or UNKNOWN, "evidence": decision.why,
            "side": image.side if image else "", "view": image.view if image else "",
            "taken": header.taken, "left_out": left_out.get(header.path, ""),
        })  # fmt: skip
    write_csv(folder / IMAGES, COLUMNS, rows)


def tally(decisions: Sequence[Decided]) -> tuple[tuple[int, str], ...]:
    """Count the decisions of each kind with their evidence, the most frequent first."""
    counts = Counter(f"{decision.image or UNKNOWN} by {decision.why}" for _, decision in decisions)
    return tuple((count, what) for what, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])))
