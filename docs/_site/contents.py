"""The site's menu, out of the lists of links in docs/index.md: a caption for each heading, an entry for each link."""

import re
from typing import Any

from sphinx.application import Sphinx

HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
ENTRY = re.compile(r"^- \[([^\]]+)\]\((?!https?:)([^)#]+)\)", re.MULTILINE)


def menus(page: str) -> str:
    """Return the page with a hidden table of contents for each heading that has a list of links."""
    parts = HEADING.split(page)[1:]
    sections = [(caption, ENTRY.findall(text)) for caption, text in zip(parts[::2], parts[1::2], strict=True)]
    return page + "".join(menu(caption, entries) for caption, entries in sections if entries)


def menu(caption: str, entries: list[tuple[str, str]]) -> str:
    """Return one table of contents."""
    lines = "\n".join(f"{title} <{link.rpartition('.')[0]}>" for title, link in entries)
    return f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{lines}\n```\n"


def add_menus(app: Sphinx, name: str, source: list[str]) -> None:
    """Give the first page its menus."""
    if name == app.config.root_doc:
        source[0] = menus(source[0])


def setup(app: Sphinx) -> dict[str, Any]:
    """Join Sphinx."""
    app.connect("source-read", add_menus)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
