"""`vcem new`: a folder to begin a study in."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from vcem.cli.words import parse, say
from vcem.core.errors import UsageError
from vcem.core.files import write_text
from vcem.core.recipe import found

TEMPLATES = Path(__file__).parent / "project"
FILES = {"README.md": "README.md", "gitignore": ".gitignore", "run.sh": "run.sh"}
RECIPES = ("resunet", "pix2pix")
NAME = "STUDY"


@dataclass(frozen=True)
class New:
    """Write a folder to begin a study in: commands in order, recipes, and a README to write the plan down in."""

    folder: Annotated[Positional[Path], arg(metavar="FOLDER")]
    """Folder to write, such as my-study; new or empty."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(New, words, "new")
    _refuse_used(args.folder)
    name = args.folder.resolve().name
    for template, file in FILES.items():
        write_text(args.folder / file, (TEMPLATES / template).read_text("utf-8").replace(NAME, name))
    for recipe in RECIPES:
        text = found(Path("recipes/small") / recipe).read_text("utf-8")
        write_text(args.folder / "recipes" / f"{recipe}.toml", text.replace('name = "small-', 'name = "'))
    say(f"{args.folder}: read README.md, then: bash {args.folder / 'run.sh'}")
    return 0


def _refuse_used(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} already holds something.", "a new or empty folder", "name another")
