"""Puts the recipes, which lie beside the package where people look for them, into the package that is installed."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithRecipes(build_py):
    """`vcem/recipes` in the wheel is `recipes` of the source."""

    def run(self) -> None:
        """Build as ever, then copy the recipes in."""
        super().run()
        if not self.editable_mode:
            shutil.copytree("recipes", Path(self.build_lib) / "vcem" / "recipes", dirs_exist_ok=True)


setup(cmdclass={"build_py": BuildWithRecipes})
