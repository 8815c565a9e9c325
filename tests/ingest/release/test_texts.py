from released import CITATION
from vcem.core.files import read_csv
from vcem.core.terms import Origin
from vcem.ingest.release.terms import COLUMNS
from vcem.ingest.release.texts import readme, write_dictionary


def test_a_simulated_set_says_so_and_a_clinical_one_asks_for_respect():
    simulated, clinical = (readme(CITATION, "CC0-1.0", origin, (44, 3, 12), "1 abc")
                           for origin in (Origin.SIMULATED, Origin.CLINICAL))  # fmt: skip
    assert "**These images are simulated.**" in simulated
    assert "simulated" not in clinical
    assert "Do not try to find out" in clinical
    for words in ("# Toy mammograms", "44 images of 3 patients, 12 LE/DES pairs", "CC0-1.0", "Jane Doe", "version 1.0"):
        assert words in clinical


def test_the_dictionary_explains_every_column_and_added_term(tmp_path):
    write_dictionary(tmp_path, ("Lipoma",))
    rows = read_csv(tmp_path / "data-dictionary.csv", ["name", "meaning", "type", "values", "unit", "source"])
    assert [r["name"] for r in rows] == [c.name for c in COLUMNS]
    lines = (tmp_path / "data-dictionary.md").read_text().splitlines()
    assert len(lines) == 4 + len(COLUMNS)
    assert {line.replace("\\|", "").count("|") for line in lines[2:]} == {7}
    assert ["Lipoma" in r["meaning"] for r in rows] == [c.name == "findings" for c in COLUMNS]
