"""Code on a page of the gallery is run, and the page shows what it printed and drew."""

import runpy
from pathlib import Path

import pytest
from sphinx.errors import ExtensionError

SITE = Path(__file__).parents[2] / "docs" / "_site"
PLAYED = runpy.run_path(str(SITE / "played.py"), run_name="played")
PAGE = """# A page

```python
import struct, zlib
number = 20
```

```sh
mkdir below; printf x > a-picture.png; printf x > below/not-this.png
```

```
not run
```

```python
print(number + 1)
```
"""


def test_a_page_shows_what_its_blocks_print_and_draw(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    done = PLAYED["play_in_a_process"](page, tmp_path / "kept")
    assert done == [["", []], ["", ["a-picture.png"]], ["21\n", []]]
    assert (tmp_path / "kept" / "a-picture.png").read_text() == "x"
    shown = PLAYED["shown"](PAGE, done, "pictures")
    assert "below/not-this.png\n```\n\n![a picture](pictures/a-picture.png)\n" in shown
    assert "print(number + 1)\n```\n\n```{code-block} none\n:class: printed\n\n21\n```\n" in shown
    assert shown.count("```") == PAGE.count("```") + 2


@pytest.mark.parametrize("block", ["python\nraise ValueError('why')", "sh\nfalse"])
def test_a_page_that_does_not_run_is_an_error(tmp_path, block):
    page = tmp_path / "page.md"
    page.write_text(f"```{block}\n```\n")
    with pytest.raises(ExtensionError, match=r"page\.md does not run(.|\n)*(why|false)"):
        PLAYED["play_in_a_process"](page, tmp_path / "kept")


def test_the_menu_is_made_of_the_lists_of_the_first_page():
    menus = runpy.run_path(str(SITE / "contents.py"))["menus"]
    page = "# T\n\n- [Not this](x.md)\n\n## Words\n\nNone.\n\n## Two\n\n- [A](a/b.md), more\n- [C](../C.md)\n- [D](https://d)\n"
    assert menus(page) == page + "\n```{toctree}\n:hidden:\n:caption: Two\n\nA <a/b>\nC <../C>\n```\n"
