from toy_scene import toy_chart
from vcem.core.terms import Side
from vcem.dicom.facts import facts_in


def test_each_breasts_images_carry_its_own_facts():
    chart = toy_chart()
    left, right = (facts_in(chart.comment(side)) for side in Side)
    assert left == {"density": "c", "birads": "5", "pathology": "Malignant", "findings": "Mass"}
    assert right == {"density": "c", "birads": "1", "pathology": "Normal"}


def test_a_womans_row():
    row = toy_chart().row()
    assert (row["patient"], row["age"], row["density"], row["bpe"]) == ("S0001", 58, "c", "mild")
    assert (row["birads_l"], row["birads_r"], row["pathology_l"]) == ("5", "1", "Malignant")
