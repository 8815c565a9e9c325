"""The page: one HTML file that needs nothing else, and asks no server for anything."""

import base64
import hashlib
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from PIL import Image

from vcem import __version__
from vcem.report.dots import Dots
from vcem.report.figures import Drawing
from vcem.report.tables import Cell, Table

TEMPLATES = files("vcem.report") / "templates"
MOST_BYTES = 5_400_000
"""Of all pictures in a page. Those of cases are made smaller until all fit; the exact ones lie beside the page."""
KEY_TABLES = ("truth", "lesions", "table-4-1-breast", "recipes")
"""Printed although they are folded on the screen."""
LONGEST_PX = (640, 512, 384, 256, 192, 128)
QUALITY = 88


@dataclass(frozen=True)
class Picture:
    """One picture of a case on disk, and words for readers who cannot see it.

    `kind` is le, des, virtual, or "" for one that stands alone; `error` and `outlines` can be laid over it.
    """

    path: Path
    alt: str
    kind: str = ""
    error: Path | None = None
    outlines: Path | None = None


@dataclass(frozen=True)
class Panel:
    """Strips of pictures, each under its heading; where there is none, words. `beside`: strips may share a line."""

    stamp: str
    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Picture | str, ...]], ...]
    beside: bool = False


@dataclass(frozen=True)
class Section:
    """One part of the page: pictures, then dots and curves, then tables, folded."""

    anchor: str
    title: str
    intro: str = ""
    tables: tuple[Table, ...] = ()
    drawings: tuple[Drawing, ...] = ()
    panels: tuple[Panel, ...] = ()
    dots: tuple[Dots, ...] = ()


@dataclass(frozen=True)
class Page:
    """All that stands on the page. `headline` is (mark, sentence); `first` are the pictures of the first screen."""

    title: str
    stamp: str
    headline: tuple[str, str]
    glance: Dots
    first: tuple[Panel, ...]
    warnings: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    commands: tuple[str, ...]
    sections: tuple[Section, ...]
    date: str = ""

    @property
    def tables(self) -> list[Table]:
        """Every table of the page, and the numbers of dots that no table has."""
        found = [t for section in self.sections for t in section.tables]
        drawn = [self.glance, *(d for section in self.sections for d in section.dots)]
        known = {t.name for t in found}
        first, *rest = [d.table() for d in drawn if d.name not in known]
        return [first, *found, *rest]

    @property
    def panels(self) -> list[Panel]:
        """All pictures."""
        return [*self.first, *(p for section in self.sections for p in section.panels)]


def render(page: Page) -> str:
    """Fill the template; every text is escaped, every picture embedded, style and script allowed by their hashes."""
    environment = Environment(
        loader=PackageLoader("vcem.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    drawn = sum(len(_svg(d.svg)) for section in page.sections for d in section.drawings)
    embedded = _embedded(page.panels, MOST_BYTES - drawn)
    environment.filters |= {"grouped": grouped, "picture": embedded.__getitem__, "svg": _svg, "whole": whole,
                            "file": Path.read_bytes}  # fmt: skip
    environment.globals["key"] = KEY_TABLES
    style, script = ((TEMPLATES / name).read_text("utf-8") for name in ("page.css", "page.js"))
    hashes = {"style": _hash(style), "script": _hash(script)}
    template = environment.get_template("page.html")
    return template.render(page=page, version=__version__, style=style, script=script, hashes=hashes) + "\n"


def _hash(text: str) -> str:
    """Return what a content security policy calls an inline style or script by."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _embedded(panels: Iterable[Panel], most: int) -> dict[Path, str]:
    """Return every picture of a case as JPEG in the page, all of them so small that they fit into so many bytes."""
    shown = [p for panel in panels for _, pictures in panel.rows for p in pictures if isinstance(p, Picture)]
    uses = Counter(path for p in shown for path in (p.path, p.error) if path)
    made: dict[Path, str] = {}
    for longest in LONGEST_PX:
        made = {path: _jpeg(path, longest) for path in uses}
        if sum(len(made[path]) * n for path, n in uses.items()) <= most:
            break
    return made


def _jpeg(path: Path, longest: int) -> str:
    content = io.BytesIO()
    with Image.open(path) as picture:
        picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
        picture.save(content, "JPEG", quality=QUALITY, subsampling=0, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(content.getvalue()).decode()


def grouped(rows: Sequence[tuple[Cell, ...]]) -> list[list[tuple[Cell, ...]]]:
    """Put neighbouring rows with the same first cell together, so that it is printed once."""
    return [list(group) for _, group in groupby(rows, key=lambda r: r[0])]


def whole(text: str, most: int = 18) -> str:
    """Keep a line of up to so many characters, such as an interval, in one piece, and an arrow with its word."""
    glued = text.replace(" ↑", "\N{NO-BREAK SPACE}↑").replace(" ↓", "\N{NO-BREAK SPACE}↓")
    return glued.replace(" ", "\N{NO-BREAK SPACE}") if len(text) <= most else glued


def _svg(svg: bytes) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg).decode()
