from dataclasses import replace

import numpy as np
import pytest

from vcem.core.seeds import rng_for
from vcem.stats.intervals import draw_patients
from vcem.study.items import Candidate, Item, Phase
from vcem.study.lesions import Lesion
from vcem.study.marks import Judged, Marked, judge, mark_tables, marked
from vcem.study.readings import Reading
from vcem.study.record import Entry

CANCER = Lesion("P1_L", "LCC", 1, True, 1.0, ((10, 10, 12),))
AGAIN = replace(CANCER, panel="LMLO", runs=((20, 5, 6),))
CYST = replace(CANCER, number=2, malignant=False, runs=((10, 16, 18),))


def reading(*marks, case="P1_L", reader="r", shown="LE"):
    item = Item(reader, 1, 1, Phase.READING, case, (shown,), "x")
    places = [{"panel": panel, "x": x, "y": y} for panel, x, y in marks]
    entry = Entry(1, "2026-01-01T00:00:00+00:00", "answer", reader, "x", {"answers": {"marks": places}}, "")
    return Reading(item, Candidate(case, case[:2], True, frozenset(), {"side": "L"}), 8, entry, 1)


@pytest.mark.parametrize(("marks", "within_mm", "expected"), [
    ([], 0, Marked(2, 0, 0, 0)),
    ([("LCC", 11, 10)], 0, Marked(2, 1, 0, 0)),
    ([("LCC", 11, 10), ("LCC", 10, 10)], 0, Marked(2, 1, 0, 0)),
    ([("LCC", 11, 10), ("LMLO", 5, 20)], 0, Marked(2, 2, 0, 0)),
    ([("LCC", 11, 12)], 0, Marked(2, 0, 1, 0)),
    ([("LCC", 11, 12)], 2, Marked(2, 1, 0, 0)),
    ([("LMLO", 11, 10)], 0, Marked(2, 0, 1, 0)),
    ([("LCC", 17, 10)], 0, Marked(2, 0, 1, 1)),
    ([("LCC", 14, 10)], 2, Marked(2, 1, 0, 0)),  # as near to both: the cancer counts
    ([("RCC", 11, 10)], 0, Marked(2, 0, 0, 0)),  # the other breast is not judged
])  # fmt: skip
def test_a_mark_hits_the_nearest_lesion_of_its_picture(marks, within_mm, expected):
    assert marked(reading(*marks), [CANCER, AGAIN, CYST], within_mm) == expected


def test_readings_are_arranged_by_reader_breast_and_treatment():
    read = [
        reading(("LCC", 11, 10), reader="r", shown="LE"), reading(reader="r", shown="LE + DES"),
        reading(("LCC", 0, 0), reader="s", shown="LE"), reading(("LCC", 12, 10), reader="s", shown="LE + DES"),
    ]  # fmt: skip
    found = judge(read, [CANCER], 0, ("LE", "LE + DES"))
    assert found.lesions.tolist() == [1, 1]
    assert found.hit.tolist() == [[1, 0], [0, 1]]
    assert found.elsewhere.tolist() == [[0, 0], [1, 0]]
    assert found.patients.tolist() == [0, 0]


def judged(lesions=(2, 0, 1, 0, 1, 1)):
    hit = np.array([[0.0, 2], [0, 0], [0, 1], [0, 0], [1, 1], [0, 1]]) * (np.array(lesions) > 0)[:, None]
    other = np.array([[1.0, 0], [2, 0], [0, 0], [1, 0], [0, 0], [2, 0]])
    return Judged(("LE", "DES"), np.array(lesions), hit, other, np.zeros((6, 2)), np.arange(6))


def test_tables_count_lesions_breasts_and_other_marks():
    (table,) = mark_tables(judged(), draw_patients(6, 300, rng_for(0, "m")), 0)
    rows = {r[0]: [c.split(" (")[0] for c in r[1:]] for r in table.rows}
    assert rows["LE"] == ["20.0 %", "25.0 %", "1.00", "0.00"]
    assert rows["DES"] == ["100.0 %", "100.0 %", "0.00", "0.00"]
    assert rows["LE - DES"] == ["-80.0 %", "-75.0 %", "1.00", "0.00"]
    assert "5 outlines" in table.note
    assert "4 of 6 breasts" in table.note


def test_without_outlines_nothing_is_claimed():
    (table,) = mark_tables(judged((0,) * 6), draw_patients(6, 300, rng_for(0, "m")), 0)
    assert "cannot be known" in table.note
    assert table.columns == ("treatment", "marks per breast")
