"""The contact sheet as one HTML file that a browser opens without a network: for more images than a picture holds."""

import base64
from collections.abc import Iterator
from html import escape

from vcem.apply.contact_sheet import COLOURS, FAINT, GROUND, INK, MISSING, Cell, Sheet, captions_of, heading_of
from vcem.apply.exam import VIRTUAL
from vcem.core.pictures import png_of

STYLE = f"""
body {{ background: {GROUND}; color: {INK}; font: 14px/1.35 sans-serif; margin: 1rem }}
th {{ text-align: left; position: sticky; top: 0; background: {GROUND}; padding: .4rem .8rem .4rem 0 }}
td {{ vertical-align: top; padding: 0 .8rem .8rem 0 }}
th.virtual {{ color: {COLOURS["SYNTHETIC"]} }} .faint {{ color: {FAINT} }} img {{ display: block }}
"""


def to_html(sheet: Sheet, title: str) -> str:
    """Return the page; images are in it."""
    body = "\n".join(_rows(sheet))
    return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>
<table>
<tr>{"".join(_head(column) for column in sheet.exam.columns)}</tr>
{body}
</table>
</html>
"""


def _head(column: str) -> str:
    marked = ' class="virtual"' if column.startswith(VIRTUAL) else ""
    return f"<th{marked}>{escape(column)}</th>"


def _rows(sheet: Sheet) -> Iterator[str]:
    before = None
    for row, cells in zip(sheet.exam.rows, sheet.cells, strict=True):
        if (row.patient, row.study) != before:
            before = (row.patient, row.study)
            yield f'<tr><td class="faint" colspan="{len(cells)}">{escape(heading_of(row, sheet))}</td></tr>'
        yield f"<tr>{''.join(map(_cell, cells.values()))}</tr>"


def _cell(cell: Cell) -> str:
    if cell.shown is None:
        return f'<td class="faint">{MISSING}</td>'
    first, *others = map(escape, captions_of(cell.shown))
    picture = _image(cell, first) if cell.picture else "cannot be read<br>"
    return f'<td>{picture}{first}<br><span class="faint">{"<br>".join(others)}</span></td>'


def _image(cell: Cell, words: str) -> str:
    content = png_of(cell.picture, optimize=True) if cell.picture else b""
    return f'<img alt="{words}" src="data:image/png;base64,{base64.b64encode(content).decode()}">'
