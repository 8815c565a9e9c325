"""Rows and columns of prepared images, and how a given image comes onto them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, NamedTuple

from vcem.core.errors import UsageError
from vcem.core.terms import Frame

LEAST, MOST = 8, 8192


class Size(NamedTuple):
    """Rows and columns of a grid, in that order, as an array's shape has them."""

    rows: int
    columns: int

    @property
    def plain(self) -> int | str:
        """How files and options say it: 128 for a square of 128 x 128, "256x128" for a rectangle."""
        return self.rows if self.rows == self.columns else f"{self.rows}x{self.columns}"

    def __str__(self) -> str:
        return f"{self.rows} x {self.columns}"


def size_of(plain: object) -> Size:
    """Read a size as `Size.plain` writes it.

    Raises:
        UsageError: if it is none, or a side lies outside 8 to 8192.
    """
    if isinstance(plain, Size):
        return plain
    found = None if isinstance(plain, bool) else re.fullmatch(r"(\d{1,6})(?:\s*[xX×]\s*(\d{1,6}))?", str(plain).strip())
    size = Size(int(found[1]), int(found[2] or found[1])) if found else Size(0, 0)
    if not all(LEAST <= side <= MOST for side in size):
        raise UsageError(
            f"{plain!r} is not a size of an image.",
            f'a side such as 128, or rows x columns such as "256x128", from {LEAST} to {MOST}',
        )
    return size


@dataclass(frozen=True)
class Framing:
    """The grid, what of a given image it shows, and how many millimetres a pixel of it is, if that is fixed."""

    size: Size
    frame: Frame = Frame.FIELD
    pixel_mm: float | None = None

    def __str__(self) -> str:
        fixed = f" at {self.pixel_mm:g} mm a pixel" if self.pixel_mm else ""
        return f"{self.size} pixels of the {self.frame}{fixed}"

    @property
    def facts(self) -> dict[str, Any]:
        """What a manifest says of it; of the field its size only."""
        facts: dict[str, Any] = {"size": self.size.plain}
        facts |= {"frame": self.frame.value} if self.frame is not Frame.FIELD else {}
        return facts | ({"pixel_mm": self.pixel_mm} if self.pixel_mm else {})

    @property
    def options(self) -> str:
        """The options of `vcem prepare` that make it."""
        fixed = f" --pixel-mm {self.pixel_mm:g}" if self.pixel_mm else ""
        return f"--frame {self.frame} --size {self.size.plain}{fixed}"


def framing_of(facts: Mapping[str, Any]) -> Framing:
    """Read what `Framing.facts` writes.

    Raises:
        UsageError: if a size or a frame is none.
        KeyError: if there is no size.
    """
    pixel = facts.get("pixel_mm")
    frame = str(facts.get("frame") or Frame.FIELD)
    if frame not in tuple(Frame):
        raise UsageError(f"{frame!r} is not a frame.", " or ".join(Frame))
    return checked(Framing(size_of(facts["size"]), Frame(frame), None if pixel is None else float(pixel)))


def checked(framing: Framing) -> Framing:
    """Return the framing if an image can come onto it.

    Raises:
        UsageError: if the whole field shall come onto a rectangle, or a pixel has no possible size.
    """
    if framing.frame is Frame.FIELD and framing.size.rows != framing.size.columns:
        raise UsageError(
            f"The whole field is padded to a square, {framing.size} pixels are not square.",
            "one number, such as --size 256",
            "add --frame breast for a rectangle",
        )
    if framing.pixel_mm is None:
        return framing
    if framing.frame is Frame.FIELD:
        raise UsageError("Millimetres a pixel can be fixed in the breast frame only.", "--frame breast")
    if not (isfinite(framing.pixel_mm) and 0.01 <= framing.pixel_mm <= 10):
        raise UsageError(f"A pixel of {framing.pixel_mm:g} mm is impossible.", "0.01 to 10 mm, such as --pixel-mm 0.8")
    return framing
