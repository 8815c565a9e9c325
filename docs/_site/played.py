"""Pages whose code is run when the site is built: those of docs/gallery.

Blocks marked `python` share their names, blocks marked `sh` are commands; all run in one empty folder, from top to
bottom. Below a block the site shows what it printed, and each PNG that it left in that folder.
"""

import io
import json
import os
import re
import subprocess
import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

BLOCK = re.compile(r"^```(python|sh)\n(.*?)^```\n", re.MULTILINE | re.DOTALL)


def run(language: str, code: str, names: dict[str, Any]) -> str:
    """Run one block where we are; return what it prints."""
    if language == "sh":
        return subprocess.run(["bash", "-euc", code], check=True, stdout=subprocess.PIPE, text=True).stdout
    with redirect_stdout(io.StringIO()) as printed:
        exec(code, names)
    return printed.getvalue()


def pictures() -> dict[str, int]:
    """Return the PNGs where we are, and when they changed."""
    return {p.name: p.stat().st_mtime_ns for p in sorted(Path().glob("*.png"))}


def played(page: str) -> list[tuple[str, list[str]]]:
    """Run all blocks of a page where we are; return what each printed, and the PNGs that it left."""
    names: dict[str, Any] = {"__name__": "__main__"}
    done = []
    for language, code in BLOCK.findall(page):
        before = pictures()
        printed = run(language, code, names)
        done.append((printed, [name for name, when in pictures().items() if before.get(name) != when]))
    return done


def shown(page: str, done: list[tuple[str, list[str]]], folder: str) -> str:
    """Return the page with prints and pictures below its blocks; `folder` is where the page finds its pictures."""
    rest = iter(done)

    def below(block: re.Match[str]) -> str:
        printed, names = next(rest)
        text = f"\n```{{code-block}} none\n:class: printed\n\n{printed.rstrip()}\n```\n" if printed.strip() else ""
        return (
            block[0] + text + "".join(f"\n![{Path(name).stem.replace('-', ' ')}]({folder}/{name})\n" for name in names)
        )

    return BLOCK.sub(below, page)


def play_in_a_process(source: Path, keep: Path) -> list[tuple[str, list[str]]]:
    """Run a page in a process and an empty folder of its own; its PNGs go to the folder `keep`."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    with tempfile.TemporaryDirectory() as empty:
        command = [sys.executable, __file__, str(source)]
        ran = subprocess.run(command, cwd=empty, env=os.environ | {"PATH": path}, capture_output=True, text=True)
        if ran.returncode:
            raise ExtensionError(f"{source} does not run: mend it, or what it shows\n{ran.stderr}")
        keep.mkdir(parents=True, exist_ok=True)
        for picture in Path(empty).glob("*.png"):
            (keep / picture.name).write_bytes(picture.read_bytes())
    return json.loads(ran.stdout)


def play(app: Sphinx, name: str, source: list[str]) -> None:
    """Put into a page of the gallery what its blocks show."""
    if name.startswith("docs/gallery/"):
        path, keep = Path(app.env.doc2path(name)), Path(app.doctreedir, "pictures", Path(name).name)
        source[0] = shown(source[0], play_in_a_process(path, keep), os.path.relpath(keep, path.parent))


def setup(app: Sphinx) -> dict[str, Any]:
    """Join Sphinx."""
    app.connect("source-read", play)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


if __name__ == "__main__":
    print(json.dumps(played(Path(sys.argv[1]).read_text(encoding="utf-8"))))
