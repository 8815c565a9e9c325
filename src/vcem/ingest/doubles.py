"""Several files that name one image by its SOP Instance UID: one image, or which of them it is cannot be known."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TypeAlias

from vcem.core.errors import FailureError
from vcem.dicom.scan import Header
from vcem.folders.catalogue import Skipped

Doubles: TypeAlias = Callable[[Sequence[Header]], tuple[list[Header], list[Skipped]]]
# what an import goes by; copies that differ in it are no copies
_FACTS = ("patient", "study", "laterality", "view_code", "view_position", "image_type", "orientation", "window")


def doubles_by(digest: Callable[[str], str]) -> Doubles:
    """Return what keeps one of equal copies and none of unequal ones; `digest` is of a file's stored values."""
    return lambda headers: _apart(headers, digest)


def _apart(headers: Sequence[Header], digest: Callable[[str], str]) -> tuple[list[Header], list[Skipped]]:
    copies: dict[str, list[Header]] = defaultdict(list)
    for header in headers:
        copies[header.uid or header.path].append(header)
    kept, left_out = [], []
    for same in copies.values():
        one, others = _one_of(same, digest) if len(same) > 1 else (same[0], [])
        kept += [one] if one else []
        left_out += others
    return kept, left_out


def _one_of(copies: Sequence[Header], digest: Callable[[str], str]) -> tuple[Header | None, list[Skipped]]:
    """Return the first whole copy, or none if whole copies disagree."""
    whole: list[tuple[Header, str]] = []
    left_out = []
    for header in copies:
        try:
            whole.append((header, digest(header.path)))
        except FailureError as error:
            left_out.append(Skipped(header.path, f"a copy of an image that cannot be read: {error.found}"))
    if not whole:
        return None, left_out
    first, of_first = whole[0]
    for header, pixels in whole[1:]:
        what = "other pixels" if pixels != of_first else _other_fact(first, header)
        if what:
            return None, [*left_out, *_unknown([h for h, _ in whole], what)]
    return first, [*left_out, *(Skipped(h.path, f"the same image as {first.path}") for h, _ in whole[1:])]


def _other_fact(one: Header, other: Header) -> str:
    differing = next((name for name in _FACTS if getattr(one, name) != getattr(other, name)), "")
    return f"another {differing.replace('_', ' ')}" if differing else ""


def _unknown(copies: Sequence[Header], what: str) -> list[Skipped]:
    first, second = copies[0].path, copies[1].path
    return [
        Skipped(h.path, f"one SOP Instance UID with {second if h.path == first else first}, but {what}: "
                        "which of them is the image is not known")
        for h in copies
    ]  # fmt: skip
