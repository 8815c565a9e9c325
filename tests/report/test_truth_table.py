from dataclasses import replace

from vcem.report.truth_table import HEADER, MEANING, truth_table, truth_warnings


def cells(table, name):
    return next(row for row in table.rows if row[0].text == name)


def test_the_ceiling_stands_above_the_methods_with_its_range(truth_study):
    table = truth_table(truth_study, truth_study.truth)
    assert [row[0].text for row in table.rows] == [
        "Bayes ceiling", "Oracle of the look", "Autoencoder", "Pix2Pix", "Reference: LE image",
        "Reference: mask × mean", "Reference: mean DES", "Acquired DES",
    ]  # fmt: skip
    ceiling = cells(table, "Bayes ceiling")
    assert [c.text for c in ceiling[1:4]] == ["85 %", "27 %", "0 %"]
    low, high = ceiling[2].lines[0].split(" to ")
    assert int(low) < 27 < int(high)
    assert {len(row) for row in table.rows} == {len(HEADER)}
    assert "Origin: simulated" in table.stamp


def test_a_leak_is_marked_and_warned_of(truth_study):
    table = truth_table(truth_study, truth_study.truth)
    assert cells(table, "Pix2Pix")[8].mark == "worse"
    assert cells(table, "Reference: mask × mean")[8].mark == ""
    for cell in cells(table, "Pix2Pix")[8:10]:
        assert float(cell.text.replace("−", "-")) != 0, "a marked leak is not printed as nought"
    assert any(w.startswith("Leak test: Pix2Pix reads iodine") for w in truth_warnings(truth_study))


def test_the_oracle_misses_the_occult_and_shows_the_irregular(truth_study):
    oracle = cells(truth_table(truth_study, truth_study.truth), "Oracle of the look")
    truth = truth_study.truth
    occult = sum(look == "occult" and e == 1 for look, e in zip(truth.looks, truth.enhancing, strict=True))
    assert oracle[2].text == f"{100 * occult / (truth.enhancing == 1).sum():.0f} %"
    assert oracle[3].text == "0 %"


def test_without_priors_there_is_no_ceiling_row_and_a_note_says_why(truth_study):
    table = truth_table(truth_study, replace(truth_study.truth, table=()))
    assert table.rows[0][0].text == "Autoencoder"
    assert "not known" in table.notes[1]


def test_the_rules_are_printed_with_their_thresholds(truth_study):
    rules, ceiling = truth_table(truth_study, truth_study.truth).notes
    for part in ("0.3 mg/cm²", "0.5 mg/cm²", "5 mm", "0.15 mg/cm²"):
        assert part in rules
    assert "27 % of enhancing lesions are occult" in ceiling
    assert "no evidence of clinical use" in MEANING


def test_clinical_runs_are_not_warned(study):
    assert truth_warnings(study) == []
