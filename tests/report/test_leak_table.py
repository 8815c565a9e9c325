from dataclasses import replace

from vcem.report.leak_table import leak_table


def test_both_protocols_are_counted_the_used_one_first(study):
    table = leak_table(study)
    assert table.rows[0][0].text == "strict (used here)"
    totals = {row[0].text: [c.text for c in row[4:]] for row in table.rows if row[0].text.endswith("all folds")}
    assert totals == {
        "strict, all folds": ["80", "0", "0 (0 %)", "0", "0 (0 %)"],
        "paper, all folds": ["80", "70", "75 (94 %)", "5", "5 (6 %)"],
    }


def test_a_leak_is_marked_and_its_absence_is_not(study):
    rows = leak_table(study).rows
    assert {c.mark for row in rows if row[0].text.startswith("strict") for c in row[5:]} == {"", "total"}
    assert {c.mark for row in rows if row[0].text.startswith("paper") for c in row[5:]} == {"worse"}


def test_without_prepared_data_there_is_no_leak_report(study):
    assert leak_table(replace(study, prepared=None)).rows == ()
