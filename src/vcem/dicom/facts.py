"""Facts of a simulated breast that Digital Mammography images have no attribute for, as one line of Image Comments.

Breast composition, BI-RADS category and biopsy are statements of reports (PS3.16 TID 4200), not of images. A simulated
exam has no report, so its images carry them in Image Comments (0020,4000):

    vcem simulation; density=c; birads=5; pathology=Malignant; findings=Mass

Only files that say Synthetic Data = YES are read this way; in a hospital's files that attribute is free text.
"""

from collections.abc import Mapping

MARK = "vcem simulation"
NAMES = ("density", "birads", "pathology", "findings")


def comment_of(facts: Mapping[str, str]) -> str:
    """Write facts as one line; empty ones are left out."""
    return "; ".join([MARK, *(f"{name}={facts[name]}" for name in NAMES if facts.get(name))])


def facts_in(comment: str) -> dict[str, str]:
    """Read the facts of such a line; a line of another form holds none."""
    mark, *parts = comment.split("; ")
    if mark != MARK:
        return {}
    pairs = (part.partition("=") for part in parts)
    return {name: value for name, _, value in pairs if name in NAMES}
