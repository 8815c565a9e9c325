"""The tables as Markdown: numbers only, no picture of a patient, fit to be kept beside the code."""

from collections.abc import Iterable, Sequence

from vcem.report.page import Page
from vcem.report.tables import Cell, Table


def markdown(page: Page) -> str:
    """Write everything of the page but its pictures."""
    parts = [f"# {page.title}", page.stamp + (f" · {page.date}" if page.date else "")]
    parts += _listed("Read first", page.warnings) + _listed("In short", [page.headline[1]])
    parts += _listed("What was measured", [f"{name}: {value}" for name, value in page.facts])
    parts += ["## Commands", "```\n" + "\n".join(page.commands) + "\n```"] if page.commands else []
    return "\n\n".join([*parts, *map(markdown_table, page.tables)]) + "\n"


def _listed(title: str, lines: Sequence[str]) -> list[str]:
    return [f"## {title}", "\n".join(f"- {_text(line)}" for line in lines)] if lines else []


def markdown_table(table: Table) -> str:
    """Write one table with its stamp, caption and notes."""
    if not table.rows:
        return f"## {table.title}\n\n{table.stamp}. {_text(table.caption)}\n\nNothing to show."
    lines = [_line(table.header), _line("---" for _ in table.header)]
    lines += [_line(map(_cell, row)) for row in table.rows]
    parts = [f"## {table.title}", f"{table.stamp}. {_text(table.caption)}", "\n".join(lines), *map(_text, table.notes)]
    return "\n\n".join(parts)


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _cell(cell: Cell) -> str:
    return "<br>".join(map(_text, (cell.text, *cell.lines)))


def _text(text: str) -> str:
    """Escape what Markdown would take for markup; pair names hold underscores."""
    for sign in "\\|*_<":
        text = text.replace(sign, "\\" + sign)
    return text
