"""Facts of a simulated breast that Digital Mammography images have no attribute for, as one line of Image Comments.

Breast composition, BI-RADS category and biopsy are statements of reports (PS3.16 TID 4200), not of images. A simulated
exam has no report, so its images carry them in Image Comments (0020,4000):

    vcem simulation; density=c; birads=5; pathology=Malignant; findings=Mass

Only files that say Synthetic Data = YES are read this way; in a hospital's files that attribute is free text. What a
header says of itself proves nothing, so a fact is only what a closed list holds: terms of BI-RADS, 5th edition (D'Orsi
et al. 2013), of the paper's Table 2.1 and of the simulator.
"""

import re
from collections.abc import Mapping

from vcem.core.terms import Density

MARK = "vcem simulation"
BIRADS = ("0", "1", "2", "3", "4", "4A", "4B", "4C", "5", "6")
PATHOLOGY = ("Normal", "Benign", "Borderline", "Malignant")
FINDINGS = (
    "No finding", "Mass", "Irregular mass", "Circumscribed mass", "Spiculated mass", "Cyst", "Calcifications",
    "Suspicious calcifications", "Architectural distortion", "Asymmetry", "Focal asymmetry", "Global asymmetry",
    "Developing asymmetry", "Mass enhancement", "Non-mass enhancement", "Enhancing asymmetry", "Skin thickening",
    "Skin retraction", "Nipple retraction", "Trabecular thickening", "Axillary adenopathy",
    "Intramammary lymph node", "Solitary dilated duct", "Post-surgical scar", "Haematoma", "Seroma", "Clip",
)  # fmt: skip
TERMS: Mapping[str, tuple[str, ...]] = {
    "density": tuple(Density), "birads": BIRADS, "pathology": PATHOLOGY, "findings": FINDINGS,
}  # fmt: skip
_BETWEEN = re.compile(r", |\$")


def comment_of(facts: Mapping[str, str]) -> str:
    """Write facts as one line; empty ones are left out."""
    return "; ".join([MARK, *(f"{name}={facts[name]}" for name in TERMS if facts.get(name))])


def facts_in(comment: str) -> dict[str, str]:
    """Read the facts of such a line that consist of terms of the lists; a line of another form holds none."""
    mark, *parts = comment.split("; ")
    if mark != MARK:
        return {}
    pairs = (part.partition("=") for part in parts)
    return {name: value for name, _, value in pairs if _is_fact(name, value)}


def _is_fact(name: str, value: str) -> bool:
    return all(term in TERMS.get(name, ()) for term in _BETWEEN.split(value))
