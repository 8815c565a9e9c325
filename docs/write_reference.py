"""Write docs/reference/python.md out of the docstrings of what `import vcem` gives: python docs/write_reference.py."""

import inspect
import re
from pathlib import Path

import vcem

PAGE = Path(__file__).parent / "reference" / "python.md"
HEAD = """# Python reference

What `import vcem` gives; the [tutorial](../tutorials/from-python.md) uses it from end to end. Each name is loaded when
it is first used. Everything below `vcem.` can be imported too, but only these names stay. Images are `h w` (rows and
columns), stacks of them `n h w`.

Written by `docs/write_reference.py` from the docstrings.
"""
PART = re.compile(r"^(Args|Raises|Returns|Yields):\n((?:(?: {4}.*)?\n)+)", re.MULTILINE)
ITEM = re.compile(r"^ {4}(\w+): ((?:.*\n)(?: {8}.*\n)*)", re.MULTILINE)


def section(name: str) -> str:
    """Return the part on one name: its signature, its home and its docstring."""
    found = getattr(vcem, name)
    text = PART.sub(listed, (inspect.getdoc(found) or "") + "\n").strip()
    return f"## {name}\n\n```python\n{name}{signature(found)}\n```\n\n{text}\n\nFrom `{found.__module__}`.\n"


def signature(found: object) -> str:
    """Return how something is called, a line for each argument where one line is too short."""
    whole = inspect.signature(found)  # type: ignore[arg-type] # all that vcem gives can be called
    arguments = [str(argument) for argument in whole.parameters.values()]
    back = (
        f" -> {inspect.formatannotation(whole.return_annotation)}" if whole.return_annotation is not whole.empty else ""
    )
    line = plain(f"({', '.join(arguments)}){back}")  # its length is the same under every Python only when plain
    lines = "(\n" + "".join(f"    {argument},\n" for argument in arguments) + f"){back}"
    return line if len(line) < 80 else plain(lines)


def plain(text: str) -> str:
    """Return annotations without the modules that they come from."""
    text = re.sub(r"<function (\w+) at \w+>", r"\1", text)  # a default, where it lies in memory
    text = re.sub(r"<([\w.]+): '\w+'>", r"\1", text)  # a default of a closed list
    return re.sub(r"\b(?:\w+\.)+(?=[A-Za-z])", "", text).replace("NoneType", "None")


def listed(part: re.Match[str]) -> str:
    """Return arguments or errors as a list."""
    items = [f"- `{name}`: {' '.join(text.split())}\n" for name, text in ITEM.findall(part[2])]
    return f"**{part[1]}**\n\n{''.join(items)}\n" if items else f"**{part[1]}**: {' '.join(part[2].split())}\n\n"


def page() -> str:
    """Return the whole page."""
    names = [name for name in vcem.__all__ if not name.startswith("_")]
    return HEAD + "\n" + "\n".join(section(name) for name in names)


if __name__ == "__main__":
    PAGE.write_text(page())
