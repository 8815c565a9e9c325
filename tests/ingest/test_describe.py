import pytest

from vcem.core.errors import UsageError
from vcem.core.files import read_csv
from vcem.core.terms import Density, Energy, Side, View
from vcem.folders.catalogue import Outline, Pair, read_catalogue, write_catalogue
from vcem.ingest.agreement import Check, write_checks
from vcem.ingest.describe import Line, describe, merged, write_description


def pair(name, side, view, **facts):
    return Pair(name, name.split("_")[0], side, view, "le.jpg", "des.jpg", **facts)


PAIRS = [
    pair("P1_L_CC", Side.LEFT, View.CC, dx_px=1.0, dy_px=2.0, density=Density.B, birads="4$2", age="49",
         pathology="Benign", pathology_des="Normal", machine="1"),
    pair("P1_R_MLO", Side.RIGHT, View.MLO, dx_px=1.0, dy_px=2.0, density=Density.B, birads="2", birads_des="5",
         age="49", pathology="Malignant", machine="1"),
    pair("P2_L_CC", Side.LEFT, View.CC, age="70", machine="2"),
    pair("P3_L_CC", Side.LEFT, View.CC, age="060Y"),
]  # fmt: skip


@pytest.fixture
def catalogue(tmp_path):
    sizes = [(100, 200), (100, 200), (110, 210), (120, 220)]
    checks = [Check(p.pair, p.dx_px, p.dy_px, 0.5, *size, *size) for p, size in zip(PAIRS, sizes, strict=True)]
    write_checks(tmp_path / "registration.csv", checks)
    outlines = [Outline("P1_L_CC", energy, "point", ((1.0, 2.0),)) for energy in (Energy.LE, Energy.DES)]
    write_catalogue(tmp_path, PAIRS, outlines, [], {"source": "release", "origin": "clinical"})
    return read_catalogue(tmp_path)


def group(catalogue, name):
    return {line.item: line.count for line in describe(catalogue) if line.group == name}


def test_images_and_patients_are_counted(catalogue):
    general = group(catalogue, "General info")
    assert (general["Patients"], general["Total images"], general["Origin"]) == (3, 8, "clinical")
    assert group(catalogue, "Image type") == {"LE": 4, "DES": 4}
    views = group(catalogue, "Image view")
    assert (views["Craniocaudal"], views["Craniocaudal, left"], views["Mediolateral oblique, right"]) == (6, 6, 2)


def test_ages_are_counted_once_a_patient(catalogue):
    assert group(catalogue, "Patients' age") == {
        "< 50 years": 1, "50-59 years": 0, "60-69 years": 0, "≥ 70 years": 1, "not reported": 1,
    }  # fmt: skip


def test_facts_of_le_and_des_are_counted_apart(catalogue):
    assert group(catalogue, "Biopsy or follow-up") == {"Benign": 1, "Malignant": 2, "Normal": 1, "not reported": 4}
    birads = group(catalogue, "BI-RADS descriptors")
    assert birads["any"] == 1
    assert (birads["highest of an image: 4"], birads["highest of an image: 2"], birads["highest of an image: 5"]) == (
        2, 1, 1,
    )  # fmt: skip


def test_densities_are_counted_in_images(catalogue):
    assert group(catalogue, "ACR category") == {"a": 0, "b": 4, "c": 0, "d": 0, "not reported": 4}


def test_few_sizes_are_listed_as_rows_by_columns(catalogue):
    assert group(catalogue, "Image resolution") == {"200 x 100": 4, "210 x 110": 2, "220 x 120": 2}


def test_many_sizes_are_told_as_a_range(catalogue):
    checks = [Check(f"P{i}_L_CC", 0.0, 0.0, 0.5, 100 + i, 200, 100, 200 + 2 * i) for i in range(5)]
    write_checks(catalogue.folder / "registration.csv", checks)
    sizes = group(catalogue, "Image resolution")
    assert sizes["distinct sizes"] == 9
    assert sizes["columns, median (range)"] == "100 (100-104)"


def test_catalogue_without_sizes_says_so(catalogue):
    (catalogue.folder / "registration.csv").unlink()
    assert group(catalogue, "Image resolution") == {"": "not recorded"}


def test_damaged_sizes_are_refused_with_their_pair(catalogue):
    path = catalogue.folder / "registration.csv"
    path.write_text(path.read_text().replace("100,200", "wide,200", 1))
    with pytest.raises(UsageError, match="P1_L_CC"):
        describe(catalogue)


def test_registration_and_lesions_are_counted(catalogue):
    assert group(catalogue, "Registration") == {"registered": 2, "not registered": 2}
    assert group(catalogue, "Lesions") == {"outlines": 2, "with an outline": 1}


def test_group_stands_on_its_first_line_only():
    lines = [Line("Image type", "LE", 1), Line("Image type", "DES", 1), Line("Lesions", "outlines", 0)]
    assert [line.group for line in merged(lines)] == ["Image type", "", "Lesions"]


def test_table_is_written_in_both_forms(catalogue, tmp_path):
    lines = describe(catalogue)
    write_description(tmp_path / "d", lines, "toy, simulated")
    assert len(read_csv(tmp_path / "d" / "table-2.1.csv")) == len(lines)
    text = (tmp_path / "d" / "table-2.1.md").read_text()
    assert text.startswith("Table 2.1: characteristics of toy, simulated.")
    assert "| Image type | LE | 4 | images |" in text
