"""The page: one HTML file that needs nothing else, and asks no server for anything."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from vcem import __version__
from vcem.report.figures import Drawing
from vcem.report.tables import Cell, Table


@dataclass(frozen=True)
class Picture:
    """One picture of a case on disk, and words for readers who cannot see it."""

    path: Path
    alt: str


@dataclass(frozen=True)
class Panel:
    """Pictures in rows and columns; where there is none, words or nothing."""

    stamp: str
    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Picture | str, ...]], ...]


@dataclass(frozen=True)
class Section:
    """One part of the page."""

    anchor: str
    title: str
    intro: str = ""
    tables: tuple[Table, ...] = ()
    drawings: tuple[Drawing, ...] = ()
    panels: tuple[Panel, ...] = ()


@dataclass(frozen=True)
class Page:
    """All that stands on the page. Verdicts are (mark, sentence)."""

    title: str
    stamp: str
    verdicts: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    commands: tuple[str, ...]
    sections: tuple[Section, ...]
    date: str = ""


def render(page: Page) -> str:
    """Fill the template; every text is escaped, every picture embedded."""
    environment = Environment(
        loader=PackageLoader("vcem.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {"grouped": grouped, "png": _png, "svg": _svg, "whole": whole}
    return environment.get_template("page.html").render(page=page, version=__version__) + "\n"


def grouped(rows: Sequence[tuple[Cell, ...]]) -> list[list[tuple[Cell, ...]]]:
    """Put neighbouring rows with the same first cell together, so that it is printed once."""
    return [list(group) for _, group in groupby(rows, key=lambda r: r[0])]


def whole(text: str, most: int = 18) -> str:
    """Keep a line of up to so many characters, such as an interval, in one piece, and an arrow with its word."""
    glued = text.replace(" ↑", "\N{NO-BREAK SPACE}↑").replace(" ↓", "\N{NO-BREAK SPACE}↓")
    return glued.replace(" ", "\N{NO-BREAK SPACE}") if len(text) <= most else glued


def _png(path: Path) -> str:
    return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode()


def _svg(svg: bytes) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg).decode()
