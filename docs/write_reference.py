"""Write docs/reference/python.md out of the docstrings of what `import vcem` gives: python docs/write_reference.py."""

import inspect
import re
from pathlib import Path

import vcem

PAGE = Path(__file__).parent / "reference" / "python.md"
HEAD = """# Python reference

What `import vcem` gives; the [tutorial](../tutorials/from-python.md) uses it from end to end. Each name is loaded when
it is first used. Everything below `vcem.` can be imported too, but only these names stay.

Written by `docs/write_reference.py` from the docstrings.
"""


def section(name: str) -> str:
    """Return the part on one name: its signature, its home and its docstring."""
    found = getattr(vcem, name)
    signature = f"{name}{inspect.signature(found)}".replace("vcem.", "").replace("pathlib._local.", "")
    signature = re.sub(r"<function (\w+) at \w+>", r"\1", signature)  # a default, where it lies in memory
    return f"## {name}\n\n```\n{signature}\n```\n\n`{found.__module__}`\n\n```\n{inspect.getdoc(found)}\n```\n"


def page() -> str:
    """Return the whole page."""
    names = [name for name in vcem.__all__ if not name.startswith("_")]
    return HEAD + "\n" + "\n".join(section(name) for name in names)


if __name__ == "__main__":
    PAGE.write_text(page())
