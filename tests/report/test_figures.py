import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest

from runs_tree import write_runs
from vcem.report.figures import agreement_drawing, colour, contrast_drawing, training_drawing
from vcem.report.study import read_study
from vcem.report.training import read_curves


@pytest.fixture(scope="module")
def training(study):
    return training_drawing(study, [c for c in read_curves(study) if c.label == "pix2pix"])


def elements(svg, tag):
    return ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}" + tag)


def test_training_is_one_svg_with_the_stamp_in_it(study, training):
    assert training.name == "training"
    assert study.stamp in training.svg.decode()  # matplotlib leaves each text as a comment above its glyphs
    assert b"<dc:date>" not in training.svg
    assert sum(1 for _ in elements(training.svg, "path")) > 20
    assert "Pix2Pix 1 of 5" in training.caption
    assert training_drawing(study, []) is None


def test_the_same_figure_gives_the_same_bytes(study, training):
    again = training_drawing(study, [c for c in read_curves(study) if c.label == "pix2pix"])
    assert again.svg == training.svg


def test_folds_of_unequal_length_and_a_negative_loss_can_be_drawn(study):
    curves = [c for c in read_curves(study) if c.label == "pix2pix"][:2]
    curves[1] = replace(curves[1], losses={"g": -np.ones(curves[1].epochs.size)})
    assert training_drawing(study, curves).svg


def test_lesion_contrast_has_a_panel_a_method_and_none_without_lesions(study):
    text = contrast_drawing(study).svg.decode()
    assert all(f"<!-- {name} -->" in text for name in ("Autoencoder", "Pix2Pix", "CycleGAN"))
    assert text.count("<!-- slope 0.") == 3
    nothing = replace(study, lesions=replace(study.lesions, truth=np.full_like(study.lesions.truth, np.nan)))
    assert contrast_drawing(nothing) is None
    assert agreement_drawing(nothing) is None


def test_a_method_that_shrinks_contrast_has_a_falling_bland_altman_cloud(study):
    drawing = agreement_drawing(study)
    assert drawing.name == "lesion-agreement"
    assert drawing.svg.decode().count("<!-- Mean of both contrasts -->") == 3
    assert "bias ± 1.96 SD" in drawing.caption


def test_a_method_keeps_its_colour_and_references_are_grey(study):
    tints = [colour(study, m) for m in study.scores.learned]
    assert len(set(tints)) == 3
    assert {colour(study, m) for m in study.scores.references}.isdisjoint(tints)


def test_every_column_of_panels_has_its_label_below_also_where_the_last_row_is_not_full(tmp_path):
    recipes = [f"{size}-autoencoder" for size in "abcde"]
    five = read_study([write_runs(tmp_path / "runs", recipes, folds=1, patients=6)], None, 0)
    assert contrast_drawing(five).svg.decode().count("<!-- Contrast in the true DES -->") == 3
