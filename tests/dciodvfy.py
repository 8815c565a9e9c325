"""dciodvfy on a file, without the lines that dicom/dciodvfy_allowed.txt allows."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ALLOWED = (Path(__file__).parent / "dicom" / "dciodvfy_allowed.txt").read_text().splitlines()
PROGRAM = shutil.which("dciodvfy") or shutil.which("dciodvfy", path=str(Path(sys.executable).parent))
needs_dciodvfy = pytest.mark.skipif(PROGRAM is None, reason="dciodvfy (package dicom3tools) is not on this machine")


def errors(path: Path) -> list[str]:
    """What dciodvfy calls errors beyond the allowed lines."""
    told = subprocess.run([PROGRAM, path], capture_output=True, text=True, check=False)
    lines = (told.stdout + told.stderr).splitlines()
    assert {"MammographyImageForPresentation", "MammographyImageForProcessing"} & set(lines)
    return [line for line in lines if line.startswith("Error") and line not in ALLOWED]
