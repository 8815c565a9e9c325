import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest

from vcem.report.figures import colour, contrast_drawing, intervals_drawing, training_drawing
from vcem.report.training import read_curves


@pytest.fixture(scope="module")
def training(study):
    return training_drawing(study, "pix2pix", [c for c in read_curves(study) if c.label == "pix2pix"])


def elements(svg, tag):
    return ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}" + tag)


def test_training_is_one_svg_with_the_stamp_in_it(study, training):
    assert training.name == "training-pix2pix"
    assert study.stamp in training.svg.decode()  # matplotlib leaves each text as a comment above its glyphs
    assert b"<dc:date>" not in training.svg
    assert sum(1 for _ in elements(training.svg, "path")) > 20
    assert "of 5 folds" in training.caption


def test_the_same_figure_gives_the_same_bytes(study, training):
    again = training_drawing(study, "pix2pix", [c for c in read_curves(study) if c.label == "pix2pix"])
    assert again.svg == training.svg


def test_folds_of_unequal_length_and_a_negative_loss_can_be_drawn(study):
    curves = [c for c in read_curves(study) if c.label == "pix2pix"][:2]
    curves[1] = replace(curves[1], losses={"g": -np.ones(curves[1].epochs.size)})
    assert training_drawing(study, "pix2pix", curves).svg


def test_intervals_have_a_panel_a_metric(study):
    drawing = intervals_drawing(study, "inside the breast")
    text = drawing.svg.decode()
    for heading in ("MSE", "PSNR (dB)", "VIF", "SSIM", "mean DES", study.stamp):
        assert f"<!-- {heading}" in text
    assert "MSE, PSNR, VIF, SSIM for 6 methods" in drawing.alt


def test_lesion_contrast_has_a_panel_a_method_and_none_without_lesions(study):
    text = contrast_drawing(study).svg.decode()
    assert all(f"<!-- {name} -->" in text for name in ("Autoencoder", "Pix2Pix", "CycleGAN"))
    nothing = replace(study.lesions, truth=np.full_like(study.lesions.truth, np.nan))
    assert contrast_drawing(replace(study, lesions=nothing)) is None


def test_a_method_keeps_its_colour_and_references_are_grey(study):
    tints = [colour(study, m) for m in study.scores.learned]
    assert len(set(tints)) == 3
    assert {colour(study, m) for m in study.scores.references}.isdisjoint(tints)
