from vcem.report.published import CAVEAT, published


def test_table_4_1_and_4_2_as_printed():
    assert published("cyclegan", "ssim") == "0.8492 ± 0.0131"
    assert published("pix2pix", "vif") == "0.1129 ± 0.0106"
    assert published("autoencoder", "psnr", "d") == "24.5332 ± 2.7948"
    assert published("cyclegan", "vif", "b") == "0.1982 ± 0.0147"


def test_the_paper_has_nothing_on_references_or_inside_the_breast():
    assert published("reference-le", "mse") == ""
    assert published("cyclegan", "mse_breast") == ""


def test_every_method_has_every_figure():
    assert all(
        published(m, q, d)
        for m in ("autoencoder", "pix2pix", "cyclegan")
        for q in ("mse", "psnr", "vif", "ssim")
        for d in ("", "a", "b", "c", "d")
    )
    assert "not a target" in CAVEAT
