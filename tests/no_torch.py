"""Processes in which torch cannot be imported, as where it is not installed."""

import subprocess
import sys

BLOCKED = """
import sys
class NoTorch:
    def find_spec(name, *_):
        if name.partition(".")[0] == "torch":
            raise ModuleNotFoundError("No module named 'torch'", name="torch")
sys.meta_path.insert(0, NoTorch)
"""
VCEM = """
from vcem.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def without_torch(*words, code=VCEM):
    """Run vcem, or other code, in such a process."""
    return subprocess.run([sys.executable, "-c", BLOCKED + code, *map(str, words)], capture_output=True, text=True,
                          check=False)  # fmt: skip
