from dataclasses import replace

from vcem.ingest.release.cases import Case
from vcem.ingest.release.table import table

CASE = Case("i", "P1", "1", "P1_L_CC", "LE", "L", "CC", "no", "49", "a", "4A$2", "Mass$Cyst", "Malignant", "biopsy",
            "GE", "2850", "2396", "0.1", "", "clinical", "1")  # fmt: skip
CASES = [
    CASE, replace(CASE, kind="DES"), replace(CASE, kind="DES", late_phase="yes"),
    replace(CASE, patient="P2", pair="", side="R", view="MLO", age="", density="", birads="", findings="",
            pathology="", confirmed_by="", rows="2294", columns="1916"),
    replace(CASE, patient="P2", exam="2", pair="", side="L", view="MLO", age="70", birads="6"),
]  # fmt: skip


def counts(**said):
    return {(line.group, line.item): line.count for line in table(CASES, **said)}


def test_it_counts_what_the_papers_table_counts():
    found = counts()
    wanted = {
        ("General info", "Patients"): 2, ("General info", "Exams"): 3, ("General info", "Total images"): 5,
        ("General info", "LE/DES pairs"): 1, ("General info", "With a late phase"): 1,
        ("General info", "Unilateral"): 1,
        ("Image type", "LE"): 3, ("Image type", "DES"): 2, ("Image view", "Craniocaudal"): 3,
        ("Image view", "Craniocaudal, right"): 0, ("Image view", "Mediolateral oblique, right"): 1,
        ("Image resolution", "2850 x 2396"): 4, ("Image resolution", "2294 x 1916"): 1,
        ("Patients' age", "< 50 years"): 1, ("Patients' age", "≥ 70 years"): 1,
        ("Biopsy or follow-up", "Malignant, biopsy"): 4, ("Biopsy or follow-up", "not reported"): 1,
        ("ACR category", "a"): 4, ("ACR category", "not reported"): 1, ("BI-RADS descriptors", "any"): 2,
        ("BI-RADS descriptors", "highest of an image: 4A"): 3, ("BI-RADS descriptors", "highest of an image: 6"): 1,
        ("Findings", "Mass"): 4, ("Findings", "Cyst"): 4, ("Findings", "not reported"): 1, ("Machine", "GE"): 5,
    }  # fmt: skip
    assert {name: found[name] for name in wanted} == wanted
    assert ("Image type", "HE") not in found


def test_a_patient_counts_once_by_age_at_the_first_exam_that_tells_it():
    found = [(line.item, line.count) for line in table([CASES[4], replace(CASES[4], exam="1", age="69")])
             if line.group == "Patients' age" and line.count]  # fmt: skip
    assert found == [("60-69 years", 1)]


def test_period_and_source_are_what_the_user_says_or_not_stated():
    assert counts()["General info", "Period"] == "not stated"
    assert counts(period="2021", source="A hospital")["General info", "Source"] == "A hospital"
