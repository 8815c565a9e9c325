"""The pages for newcomers: their commands run as written, one page a shell, in an empty folder and environment."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGES = sorted((Path(__file__).parents[2] / "docs" / "start").glob("*.md"))
BLOCK = re.compile(r"(?:^Save this as `([^`]+)`[^\n]*\n\n)?^```(sh|toml)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def typed(page):
    """What somebody types who follows the page: commands, and files that it says to save."""
    return "".join(f"cat >{path} <<'END'\n{code}END\n" if path else code for path, _, code in BLOCK.findall(page))


def test_there_is_a_page_for_each_of_the_five():
    assert {p.stem for p in PAGES} >= {"phd-student", "physicist", "radiologist-and-pi", "data-manager", "hospital-it"}


@pytest.mark.slow
@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.stem)
def test_the_commands_of_a_page_run_as_written(path, tmp_path):
    environment = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "OMP_NUM_THREADS": "1"}
    command = ["bash", "-euc", typed(path.read_text())]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
