from dataclasses import replace

import pytest

from fakes.toy_ucbm import IDS, write_dicom, write_order
from vcem.dicom.scan import scan
from vcem.dicom.vendors import read_rules
from vcem.ingest.ucbm.files import Found
from vcem.ingest.ucbm.headers import of_headers, of_table
from vcem.ingest.ucbm.options import Late, Windows
from vcem.ingest.ucbm.order import read_order

RULES = read_rules()


@pytest.fixture
def release(tmp_path):
    """The pairs of a fake DICOM release, and its headers by file."""
    listed = read_order(write_order(tmp_path / "all.txt")).listed
    write_dicom(tmp_path / "in")
    found = [Found(row, f"{row.le}.dcm", f"{row.des}.dcm") for row in listed]
    names = [name for f in found for name in (f.le, f.des)]
    return found, {h.path: h for h in scan(tmp_path / "in", names)}


def change(release, pair, **changes):
    found, headers = release
    name = f"{pair}_LOW_ENERGY.dcm"
    return found, headers | {name: replace(headers[name], **changes)}


def test_headers_tell_age_machine_grid_and_the_late_phase(release):
    known, left_out = of_headers(*release, RULES, None)
    assert not left_out
    assert [k.found.listed.key.pair for k in known] == list(IDS)
    assert {k.found.listed.key.pair: k.tags for k in known if k.tags} == {
        "P1_32_RCC": "late phase, 8 min after the first",
        "P1_34_RMLO": "late phase, 8 min after the first",
    }
    assert known[0].age == "058Y"
    assert "Pristina" in known[0].machine
    assert all(k.on_one_grid for k in known)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"laterality": "L"}, "the header says side L, its name R"),
        ({"view_code": "399368009"}, "the header says view MLO, its name CC"),
        ({"image_type": ("D", "P", "", "RECOMBINED")}, "the header says image DES, its name LE"),
        ({"image_type": ("D", "P")}, "UNKNOWN image"),
        ({"window": "2000/750"}, "LE window: the table says 2353/750, the header 2000/750"),
    ],
)
def test_a_header_that_denies_the_table_leaves_the_pair_out(release, changes, why):
    known, left_out = of_headers(*change(release, "P1_22_RCC", **changes), RULES, None)
    assert len(known) == len(IDS) - 1
    assert left_out[0][0] == "P1_22_RCC"
    assert why in left_out[0][1]


@pytest.mark.parametrize(("windows", "used"), [(Windows.TABLE, "2353/750"), (Windows.HEADER, "2000/750")])
def test_the_user_decides_between_windows(release, windows, used):
    known, left_out = of_headers(*change(release, "P1_22_RCC", window="2000/750"), RULES, windows)
    assert not left_out
    assert {k.found.listed.key.pair: k.le_window for k in known}["P1_22_RCC"] == used


def test_where_the_header_has_no_straight_window_the_table_is_used(release):
    known, left_out = of_headers(*change(release, "P1_22_RCC", window=""), RULES, Windows.HEADER)
    assert not left_out
    assert {k.le_window for k in known} == {"2353/750"}


def test_without_times_a_repeat_is_told_but_not_called_late(release):
    known, _ = of_headers(*change(release, "P1_32_RCC", taken=""), RULES, None)
    assert {k.found.listed.key.pair: k.tags for k in known}["P1_32_RCC"] == "repeat, time not known"


def test_series_numbers_tell_late_phases_only_if_asked(release):
    found, _ = release
    assert not any(k.tags for k in of_table(found, Late.UNKNOWN))
    late = {k.found.listed.key.pair for k in of_table(found, Late.SERIES) if k.tags == "late phase, by series number"}
    assert late == {"P1_32_RCC", "P1_34_RMLO"}
