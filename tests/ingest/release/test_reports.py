import pytest

from released import NAMES
from vcem.core.errors import UsageError
from vcem.ingest.release.reports import Place, allowed_facts, facts_of, read_reports, years

SALLY = NAMES.patient("4711-A")


def read(tmp_path, text, terms=(), known=frozenset({SALLY})):
    (tmp_path / "reports.csv").write_text(text)
    return read_reports(tmp_path / "reports.csv", NAMES, known, terms)


def test_original_and_pseudonymous_ids_lead_to_the_same_patient(tmp_path):
    reports = read(tmp_path, f"patient,birads\n4711-A,5\n{SALLY},5\n")
    assert {r.place for r in reports} == {Place(SALLY)}


def test_original_and_pseudonymous_studies_too(tmp_path):
    known = frozenset({SALLY, NAMES.uid("2.25.77")})
    reports = read(tmp_path, f"patient,study\n4711-A,2.25.77\n4711-A,{NAMES.uid('2.25.77')}\n", known=known)
    assert {r.place.study for r in reports} == {NAMES.uid("2.25.77")}


def test_terms_are_brought_to_one_spelling(tmp_path):
    text = "patient,density,birads,findings,pathology,confirmed_by,side,view,age\n"
    text += "4711-A,B,4a$2,mass$ CYST,malignant,Biopsy,l,cc,93\n"
    (report,) = read(tmp_path, text)
    assert report.place == Place(SALLY, "", "L", "CC")
    assert report.facts == {"density": "b", "birads": "4A$2", "findings": "Mass$Cyst", "pathology": "Malignant",
                            "confirmed_by": "biopsy", "age": "90"}  # fmt: skip


def test_the_closest_statement_of_each_fact_holds(tmp_path):
    reports = read(
        tmp_path, "patient,side,view,birads,density\n4711-A,,,2,c\n4711-A,L,,4,\n4711-A,L,CC,5,\n0815,,,1,a\n"
    )
    assert facts_of(Place(SALLY, "1.2", "L", "CC"), reports) == {"birads": "5", "density": "c"}
    assert facts_of(Place(SALLY, "1.2", "L", "MLO"), reports) == {"birads": "4", "density": "c"}
    assert facts_of(Place(SALLY, "1.2", "R", "CC"), reports) == {"birads": "2", "density": "c"}
    assert facts_of(Place("Pffff", "1.2", "R", "CC"), reports) == {}


def test_a_contradiction_is_told_by_its_lines(tmp_path):
    reports = read(tmp_path, "patient,birads\n4711-A,2\n4711-A,4\n")
    with pytest.raises(UsageError, match=r"Lines 2 and 3 .* contradict each other in birads"):
        facts_of(Place(SALLY), reports)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("birads\n2\n", "lacks the columns patient"),
        ("patient,name,notes\n1,Sally,x\n", "may not be released: name, notes"),
        ("patient,birads\n1,2,Sally\n", "a cell beyond the last column"),
        ("patient,birads\n,2\n", "line 2 names no patient"),
        ("patient,findings\n1,Mass\n1,Mass of Sally\n", "line 3: findings is not one of the terms"),
        ("patient,findings\n1,Mass$Sally\n", "line 2: findings"),
        ("patient,birads\n1,7\n", "line 2: birads"),
        ("patient,pathology\n1,carcinoma\n", "line 2: pathology"),
        ("patient,confirmed_by\n1,dr Sally\n", "line 2: confirmed_by"),
        ("patient,age\n1,19660102\n", "line 2: age"),
        ("patient,side\n1,left\n", "line 2: side"),
    ],
)
def test_what_may_not_be_released_is_refused_and_not_repeated(tmp_path, text, message):
    with pytest.raises(UsageError, match=message) as told:
        read(tmp_path, text)
    assert "Sally" not in str(told.value)


def test_terms_that_the_user_adds_pass(tmp_path):
    (report,) = read(tmp_path, "patient,findings\n1,lipoma\n", ("Lipoma",))
    assert report.facts == {"findings": "Lipoma"}


def test_what_a_simulation_says_passes_the_same_lists():
    said = {"findings": "Asymmetry, Irregular mass", "birads": "4", "pathology": "Malignant", "density": "c"}
    assert allowed_facts(said | {"note": "x"}, ()) == said | {"findings": "Asymmetry$Irregular mass"}
    assert allowed_facts({"findings": "of Sally"}, ()) == {}


@pytest.mark.parametrize(
    ("cell", "age"), [("0", "0"), ("058", "58"), ("91", "90"), ("131", ""), ("-1", ""), ("5.5", ""), ("²", "")]
)
def test_years(cell, age):
    assert years(cell) == age
