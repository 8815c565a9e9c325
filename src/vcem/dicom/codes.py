"""What a code of the standard's own context groups means (PS3.16), in the standard's words, never in a file's."""

from functools import cache

from pydicom.sr._snomed_dict import mapping as snomed
from pydicom.sr.codedict import codes

FORMER = ("SRT", "SNM3")  # older names of codes that are SCT today
SCHEMES = ("DCM", "SCT", "UCUM")
# these groups first, for some codes have several meanings: breast, view, view modifier, route, agent, ingredient,
# equipment, source image, derivation
MAMMOGRAPHY = (4013, 4014, 4015, 11, 12, 13, 7005, 7202, 7203)
_AND = {("UCUM", "mg/cm2"): "mg/cm2"}  # of iodine along the ray, which no context group needed yet


def meaning_of(scheme: str, value: str) -> str:
    """Return the meaning of a code; empty if the standard does not know it."""
    known = ("SCT", snomed["SRT"].get(value, "")) if scheme in FORMER else (scheme, value)
    return _meanings().get(known, "")


@cache
def _meanings() -> dict[tuple[str, str], str]:
    found = dict(_AND)
    for group in (*(f"cid{number}" for number in MAMMOGRAPHY), *SCHEMES):
        for concept in getattr(codes, group).concepts.values():
            found.setdefault((concept.scheme_designator, concept.value), concept.meaning)
    return found
