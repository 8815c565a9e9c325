from dataclasses import replace

from vcem.report.truth_figures import froc_drawing


def test_every_method_has_its_curve_and_the_bytes_repeat(truth_study):
    drawing = froc_drawing(truth_study, truth_study.truth)
    svg = drawing.svg.decode()
    for name in ("Autoencoder", "Pix2Pix", "LE image", "mean DES", "Acquired DES"):
        assert f"<!-- {name} -->" in svg
    assert "simulated" in svg
    assert drawing.svg == froc_drawing(truth_study, truth_study.truth).svg


def test_without_an_enhancing_lesion_there_are_axes_and_no_curve(truth_study):
    curves = {m: replace(c, lesions=0.0) for m, c in truth_study.truth.curves.items()}
    svg = froc_drawing(truth_study, replace(truth_study.truth, curves=curves)).svg.decode()
    assert "<!-- Autoencoder -->" not in svg
