from runs_tree import write_pictures
from vcem.report.cases import case_folder, extreme_cases, middle_cases
from vcem.report.page import Picture
from vcem.report.panels import OUTLINES, density_panel, extremes_panel, middle_panel


def test_figure_5_has_le_des_every_method_and_error_maps(study, tmp_path):
    cases = middle_cases(study)
    pictures = write_pictures(tmp_path, [case_folder(c.item) for c in cases], study.scores.methods)
    panel = density_panel(study, cases, pictures)
    assert panel.header == ("LE", "DES", "Autoencoder", "Pix2Pix", "CycleGAN", "mean DES")
    assert len(panel.rows) == 4
    assert [p.path.name for p in panel.rows[0][1]][:3] == ["le.png", "des.png", "autoencoder.png"]
    assert [p.kind for p in panel.rows[1][1]][:3] == ["le", "des", "virtual"]
    assert [p.error and p.error.name for p in panel.rows[1][1]][1:3] == [None, "autoencoder-error.png"]
    assert panel.stamp == study.stamp
    assert "in the middle" in panel.caption


def test_pictures_have_words_with_case_and_origin(study, tmp_path):
    cases = extreme_cases(study.scores, "cyclegan")
    pictures = write_pictures(tmp_path, [case_folder(c.item) for c in cases], study.scores.methods)
    panel = extremes_panel(study, "cyclegan", cases, pictures)
    worst = panel.rows[2]
    assert worst[0].startswith(f"worst: {cases[2].item.pair}")
    assert worst[0].endswith(f"MSE {cases[2].value:.5f}")
    assert worst[1][2].alt.startswith("Virtual DES of CycleGAN, worst: ")
    assert worst[1][2].error.name == "cyclegan-error.png"
    assert worst[1][0].alt.endswith("origin simulated")


def test_a_method_without_that_fold_says_so(study, tmp_path):
    cases = middle_cases(study)[1:2]
    pictures = write_pictures(tmp_path, [case_folder(c.item) for c in cases], ("autoencoder",))
    row = density_panel(study, cases, pictures).rows[0][1]
    assert isinstance(row[2], Picture)
    assert row[3] == "no picture"


def test_the_median_case_has_one_strip_and_outlines_where_they_were_drawn(study, tmp_path):
    cases = middle_cases(study)
    pictures = write_pictures(tmp_path, [case_folder(c.item) for c in cases], study.scores.methods)
    (tmp_path / case_folder(cases[0].item) / OUTLINES).write_text("<svg/>")
    panel = middle_panel(study, cases, pictures)
    ((heading, shown),) = panel.rows
    assert heading.startswith("median: ")
    assert panel.header == ("LE", "DES", "Autoencoder", "Pix2Pix", "CycleGAN")
    assert all(p.outlines for p in shown)
    assert not any(p.outlines for p in density_panel(study, cases[1:], pictures).rows[1][1])
