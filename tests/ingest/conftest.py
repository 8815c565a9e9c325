from dataclasses import replace
from itertools import count
from string import ascii_lowercase

import pytest

from toy_dicom import write
from vcem.dicom.scan import Header, read_header

TYPES = {"LE": ("O", "P", "", "LOW_ENERGY"), "HE": ("O", "P", "", "HIGH_ENERGY"), "DES": ("D", "P", "", "RECOMBINED")}


@pytest.fixture
def make(tmp_path):
    """Headers by energy, time (HHMMSS) and Frame of Reference, named a.dcm, b.dcm, ... as they are made."""
    plain = read_header(tmp_path, write(tmp_path / "x.dcm").name)
    numbers = count()

    def header(energy="LE", time="100000", frame="", **changes) -> Header:
        name = f"{ascii_lowercase[next(numbers)]}.dcm"
        given = {
            "path": name,
            "uid": name,
            "image_type": TYPES[energy],
            "taken": f"20240305{time}" if time else "",
            "frame": frame,
        }
        return replace(plain, **{**given, **changes})

    return header
