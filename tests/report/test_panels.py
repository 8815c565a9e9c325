from runs_tree import write_pictures
from vcem.report.cases import case_folder, density_cases, extreme_cases
from vcem.report.page import Picture
from vcem.report.panels import density_panel, extremes_panel


def test_figure_5_has_le_des_every_method_and_error_maps(study, tmp_path):
    cases = density_cases(study.scores)
    pictures = write_pictures(tmp_path, [case_folder(c.item) for c in cases], study.scores.methods)
    panel = density_panel(study, cases, pictures)
    assert panel.header == ("LE", "DES", "Autoencoder", "Pix2Pix", "CycleGAN", "mean DES")
    assert len(panel.rows) == 8
    assert [p.path.name for p in panel.rows[0][1]][:3] == ["le.png", "des.png", "autoencoder.png"]
    assert panel.rows[1][1][:2] == ("", "")
    assert panel.rows[1][1][2].path.name == "autoencoder-error.png"
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
    assert worst[1][3].alt.startswith("Error map of CycleGAN, worst: ")
    assert worst[1][0].alt.endswith("origin simulated")


def test_a_method_without_that_fold_says_so(study, tmp_path):
    cases = density_cases(study.scores)[:1]
    pictures = write_pictures(tmp_path, [case_folder(c.item) for c in cases], ("autoencoder",))
    row = density_panel(study, cases, pictures).rows[0][1]
    assert isinstance(row[2], Picture)
    assert row[3] == "no picture"
