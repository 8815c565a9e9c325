import pytest

from vcem.core.errors import UsageError
from vcem.core.keys import parse_pair
from vcem.ingest.ucbm.facts import facts_of, read_naming, read_statements, unheard

KEYS = [parse_pair(p) for p in ("P1_22_RCC", "P1_26_RMLO", "P1_24_LCC", "P2_8_RCC")]
ITALIAN = """
[reports]
patient = "Paziente"
side = "Lato"
density = "ACR"
birads = "Esito"
[reports.values.density]
1 = "a"
2 = "b"
[reports.values.side]
dx = "R"
sx = "L"
"""


def table(tmp_path, text, naming=None, biopsies=False):
    (tmp_path / "t.csv").write_text(text)
    if naming:
        (tmp_path / "columns.toml").write_text(naming)
    names = read_naming(tmp_path / "columns.toml" if naming else None)
    return read_statements(tmp_path / "t.csv", names["biopsies" if biopsies else "reports"], biopsies)


def test_plain_columns_are_read_and_the_others_named(tmp_path):
    rows, left = table(tmp_path, "patient,density,age,notes\nP1,B,61,free text\nP2,,48,\n")
    assert left == ["notes"]
    assert facts_of(KEYS[0], rows) == {"density": "b", "age": "61"}
    assert facts_of(KEYS[3], rows) == {"age": "48"}


def test_a_file_tells_other_columns_and_codes(tmp_path):
    rows, left = table(tmp_path, "Paziente;Lato;ACR;Esito;Data\nP1;dx;2;4;x\nP1;sx;2;2;x\n", ITALIAN)
    assert left == ["Data"]
    assert [facts_of(key, rows) for key in KEYS] == [
        {"density": "b", "birads": "4"},
        {"density": "b", "birads": "4"},
        {"density": "b", "birads": "2"},
        {},
    ]


def test_what_is_said_of_a_view_goes_before_what_is_said_of_a_woman(tmp_path):
    text = "patient,side,view,pair,birads\nP1,,,,1\nP1,R,,,2\nP1,R,MLO,,3\n,,,P1_24_LCC,4\n"
    rows, _ = table(tmp_path, text)
    assert [facts_of(key, rows).get("birads") for key in KEYS] == ["2", "3", "4", None]


def test_several_findings_of_one_place_are_joined_and_contradictions_told(tmp_path):
    rows, _ = table(tmp_path, "patient,side,findings,density\nP1,R,Mass,a\nP1,R,Cyst,a\nP1,R,Mass,\n")
    assert facts_of(KEYS[0], rows) == {"findings": "Mass$Cyst", "density": "a"}
    rows, _ = table(tmp_path, "patient,density\nP1,a\nP1,b\n")
    with pytest.raises(UsageError, match=r"line 2 and t\.csv, line 3 contradict"):
        facts_of(KEYS[0], rows)


def test_a_biopsy_is_of_a_breast(tmp_path):
    rows, _ = table(tmp_path, "patient,side,pathology\nP1,R,Malignant\n", biopsies=True)
    assert facts_of(KEYS[0], rows) == {"pathology": "Malignant"}
    assert facts_of(KEYS[2], rows) == {}
    with pytest.raises(UsageError, match="which breast was biopsied"):
        table(tmp_path, "patient,pathology\nP1,Malignant\n", biopsies=True)
    with pytest.raises(UsageError, match="line 2 does not say which breast"):
        table(tmp_path, "patient,side,pathology\nP1,,Malignant\n", biopsies=True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ID,ACR\n1,2\n", "does not say of whom it speaks"),
        ("patient,notes\nP1,x\n", "does not say of whom it speaks, or nothing else"),
        ("patient,density\nP1,2\n", "line 2: density '2'"),
        ("patient,side,age\nP1,dx,40\n", "side 'dx'"),
        ("patient,age\n,40\n", "neither patient nor pair"),
    ],
)
def test_unknown_columns_and_codes_are_asked_for(tmp_path, text, message):
    with pytest.raises(UsageError, match=message) as caught:
        table(tmp_path, text)
    assert caught.value.expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[", "columns.toml"),
        ("[report]\npatient='a'", "unknown table 'report'"),
        ("[reports]\nname='a'", "unknown field 'name'"),
        ("[reports]\npatient=1", "must be text"),
        ("reports=1", "columns.toml"),
    ],
)
def test_a_wrong_file_of_columns_is_one_clear_error(tmp_path, text, message):
    (tmp_path / "columns.toml").write_text(text)
    with pytest.raises(UsageError, match=message):
        read_naming(tmp_path / "columns.toml")
    with pytest.raises(UsageError, match="cannot be read"):
        read_naming(tmp_path / "none.toml")


def test_rows_that_speak_of_nobody_are_counted(tmp_path):
    rows, _ = table(tmp_path, "patient,age\nP1,40\nP9,41\nP8,42\n")
    assert unheard(rows, KEYS) == 2
