"""Puts the recipes, which lie beside the package where people look for them, into the package that is installed.

And makes the page for a package index, which shows no picture and follows no link of the source.
"""

import re
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

README = Path("README.md").read_text("utf-8")


def for_an_index(text: str) -> str:
    """Return a page without pictures and links that lead to files of the source."""
    text = re.sub(r"^!\[[^]]*\]\((?!https?:)[^)]*\)\n+(\*[^*]+\*\n+)?", "", text, flags=re.MULTILINE)
    return re.sub(r"\[([^]]*)\]\((?!https?:)[^)]*\)", r"\1", text)


class BuildWithRecipes(build_py):
    """`vcem/recipes` in the wheel is `recipes` of the source."""

    def run(self) -> None:
        """Build as ever, then copy the recipes in."""
        super().run()
        if not self.editable_mode:
            shutil.copytree("recipes", Path(self.build_lib) / "vcem" / "recipes", dirs_exist_ok=True)


setup(
    long_description=for_an_index(README),
    long_description_content_type="text/markdown",
    cmdclass={"build_py": BuildWithRecipes},
)
