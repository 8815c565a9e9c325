from dataclasses import replace

import numpy as np

from vcem.core.pictures import write_png
from vcem.report.page import Picture
from vcem.report.truth_cases import choose_truth, truth_folder, truth_panel


def test_one_case_for_each_look_chosen_by_its_error(truth_study):
    cases = choose_truth(truth_study)
    assert [(c.look, c.enhancing) for c in cases] == [("circumscribed", False), ("irregular", True), ("occult", True)]
    truth = truth_study.truth
    error = np.abs(truth.predicted[:2] - truth.iodine).mean(axis=0)
    own = [i for i, n in enumerate(truth.looks) if n == "irregular" and truth.enhancing[i] == 1]
    middle = sorted(own, key=lambda i: (error[i], truth.names[i]))[(len(own) - 1) // 2]
    assert (cases[1].fold, cases[1].pair) == truth.names[middle][:2]


def test_lesions_that_cannot_be_judged_are_not_shown(truth_study):
    truth = truth_study.truth
    blind = replace(truth_study, truth=replace(truth, enhancing=np.full(len(truth.names), np.nan)))
    assert choose_truth(blind) == []


def test_without_truth_there_is_no_case(study):
    assert choose_truth(study) == []


def test_the_panel_shows_le_iodine_des_and_the_methods(truth_study, tmp_path):
    cases = choose_truth(truth_study)[:2]
    for name in ("le", "iodine", "des", "autoencoder"):
        write_png(tmp_path / truth_folder(cases[0]) / f"{name}.png", np.zeros((8, 8)))
    panel = truth_panel(truth_study, cases, tmp_path)
    assert panel.header == ("LE after contrast", "True iodine", "Acquired DES", "Autoencoder", "Pix2Pix")
    (first, pictures), (_, missing) = panel.rows
    assert first.startswith("circumscribed, not enhancing: S")
    assert [isinstance(p, Picture) for p in pictures] == [True] * 4 + [False]
    assert set(missing) == {"no picture"}
    assert "origin simulated" in pictures[0].alt
