"""What an import that found no pair says: reasons with their counts, and what would make the nearest miss a pair."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence

from vcem.core.terms import Energy
from vcem.dicom.scan import Header
from vcem.dicom.vendors import ATTRIBUTES, FIRST_FREE, IMAGE_TYPE
from vcem.folders.catalogue import Skipped
from vcem.ingest.dicom_images import Decided, DicomImage

MOST = 12  # kinds of reason that are printed
PAIR = (
    "a pair is an LE and a DES of one patient, study, side and view that share a Frame of Reference or were taken "
    "within two minutes"
)


def reasons(skipped: Sequence[Skipped]) -> list[str]:
    """Return the reasons with their counts, the most frequent first; files that a reason names are not told apart."""
    names = {s.what for s in skipped}
    kinds = Counter(" ".join("another file" if w.strip(":,;") in names else w for w in s.why.split()) for s in skipped)
    counted = sorted(kinds.items(), key=lambda item: (-item[1], item[0]))
    more = [f"and {len(counted) - MOST} other reasons"] if len(counted) > MOST else []
    return [*(f"{count} {why}" for why, count in counted[:MOST]), *more]


def advice(
    images: Sequence[DicomImage], decisions: Sequence[Decided], skipped: Sequence[Skipped], broken: Sequence[str] = ()
) -> str:
    """Return what would make a pair of the nearest miss.

    Args:
        images: LE, HE and DES images.
        decisions: what each mammogram was taken for.
        skipped: what was left out, with the reason.
        broken: pairs that could not be read, with the reason.
    """
    unknown = [header for header, decision in decisions if decision.image is None]
    apart = [s for s in skipped if s.why.startswith(("LE without DES:", "DES without LE:"))]
    alone = [s for s in skipped if s.why in ("LE without DES", "DES without LE")]
    nameless = [s for s in skipped if s.why.startswith("no Patient ID")]
    unfit = [s for s in skipped if s.what in {i.header.path for i in images if i.unfit}]
    if broken:
        return broken[0]
    if apart:
        return f"{apart[0].what}: {apart[0].why}; {PAIR}"
    if unfit:
        return f"{unfit[0].what}: {unfit[0].why}; pairs are of plainly compressed breasts"
    if unknown:
        return _rules_for(images, unknown)
    if nameless:
        return f"{nameless[0].what}: {nameless[0].why}"
    if alone:
        return f"{alone[0].what}: {alone[0].why}; {PAIR}: look for the other image in the archive"
    last = next((s for s in skipped if s.what in {h.path for h, _ in decisions}), skipped[0] if skipped else None)
    return f"{last.what}: {last.why}" if last else ""


def _rules_for(images: Sequence[DicomImage], unknown: Sequence[Header]) -> str:
    rules = example_rules(images, unknown)
    head = (
        "UNKNOWN may be plain mammograms. If they are not, say which is which in a table of rules, and name it by "
        "--rules; for instance, if this is what they are:"
    )
    return f"{head}\n\n{rules}"


def example_rules(images: Sequence[DicomImage], unknown: Sequence[Header]) -> str:
    """Return a table of rules that would make a pair of the nearest miss: beside a known image, or of two unknown."""
    known = {i.header.path: i for i in images if i.energy is not Energy.HE}
    near = [(u, i) for u in unknown for i in known.values() if _breast(u) == _breast(i.header)]
    if near:
        header, image = near[0]
        wanted = Energy.DES if image.energy is Energy.LE else Energy.LE
        return _rule(header, image.header, wanted)
    one = unknown[0]
    for first in unknown:
        other = next((u for u in unknown if u.path != first.path and _breast(u) == _breast(first)
                      and _mark(first, u) != _mark(u, first)), None)  # fmt: skip
        if other:
            return f"{_rule(first, other, Energy.LE)}\n{_rule(other, first, Energy.DES)}"
    return _rule(one, None, Energy.LE)


def _breast(header: Header) -> tuple[str, ...]:
    return header.patient, header.study, header.laterality, header.view_code or header.view_position


def _rule(header: Header, other: Header | None, energy: Energy) -> str:
    attribute, value, position = _mark(header, other)
    lines = {
        "image": energy.value, "order": 0, "maker": header.manufacturer or None, "attribute": attribute,
        "position": position or None, "values": [value.upper()], "evidence": f"header of {header.path}",
    }  # fmt: skip
    told = (f"{name} = {json.dumps(cell, ensure_ascii=False)}" for name, cell in lines.items() if cell is not None)
    return "\n".join(["[[rule]]", *told]) + "\n"


def _mark(header: Header, other: Header | None) -> tuple[str, str, int]:
    """Return attribute, value and place of what tells an image from another, or of what it has."""
    marks = list(_marks(header))
    others = set(_marks(other)) if other else set()
    return next((mark for mark in marks if mark not in others), marks[0] if marks else ("Manufacturer", "", 0))


def _marks(header: Header) -> Iterable[tuple[str, str, int]]:
    for name in ("SeriesDescription", "AcquisitionDeviceProcessingCode"):
        if value := getattr(header, ATTRIBUTES[name]):
            yield name, value, 0
    for place, value in enumerate(header.image_type, 1):
        if place >= FIRST_FREE and value:
            yield IMAGE_TYPE, value, place
    if header.manufacturer:
        yield "Manufacturer", header.manufacturer, 0
