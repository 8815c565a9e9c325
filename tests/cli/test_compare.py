import json

import numpy as np
import pytest

from breasts import breasts
from no_torch import without_torch
from vcem.cli.main import main
from vcem.core.pictures import write_png


@pytest.fixture
def folder(tmp_path):
    y, y_hat, mask = (a[0] for a in breasts(n=1))
    write_png(tmp_path / "y.png", y, 16)
    write_png(tmp_path / "y_hat.png", y_hat, 16)
    write_png(tmp_path / "mask.png", mask.astype(float))
    np.save(tmp_path / "small_mask.npy", mask[:-1])
    np.save(tmp_path / "other_size.npy", y[:, :-1])
    np.save(tmp_path / "wide.npy", y * 255)
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "cut.png").write_bytes((tmp_path / "y.png").read_bytes()[:900])
    return tmp_path


def words(folder, *names):
    return ["compare", *(str(folder / name) if "." in name else name for name in names)]


def test_lines_name_scale_range_and_both_regions(folder, capsys):
    assert main(words(folder, "y.png", "y_hat.png", "--mask", "mask.png")) == 0
    scale, whole, inside = capsys.readouterr().out.splitlines()
    assert scale == "truth uint16 / 65535, prediction uint16 / 65535; grey range 1, protocol strict"
    assert whole.startswith("whole image: mse ")
    assert inside.startswith("inside the mask: mse ")


def test_without_a_mask_it_says_so(folder, capsys):
    assert main(words(folder, "y.png", "y_hat.png")) == 0
    assert "inside the breast: not scored, no mask given" in capsys.readouterr().out


def test_json(folder, capsys):
    assert main(words(folder, "y.png", "y_hat.png", "--mask", "mask.png", "--protocol", "paper", "--json")) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) == {"truth_scale", "prediction_scale", "protocol", "whole", "breast", "identical"}
    assert set(found["whole"]) == set(found["breast"]) == {"mse", "psnr", "ssim", "vif", "ms_ssim"}
    assert found["protocol"] == "paper"


def test_json_of_identical_images_is_json(folder, capsys):
    assert main(words(folder, "y.png", "y.png", "--json")) == 0
    found = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert found["identical"]
    assert found["whole"]["psnr"] is None


def test_a_range_for_floats(folder, capsys):
    assert main(words(folder, "wide.npy", "wide.npy", "--data-range", "255")) == 0
    assert "float32 / 255" in capsys.readouterr().out


@pytest.mark.parametrize(("names", "code", "message"), [
    (("y.png", "other_size.npy"), 2, "64 x 64 pixels, the prediction 64 x 63 pixels"),
    (("y.png", "y_hat.png", "--mask", "small_mask.npy"), 2, "63 x 64 pixels, the images 64 x 64 pixels"),
    (("text.png", "y.png"), 1, "text.png cannot be read as a picture"),
    (("y.png", "cut.png"), 1, "cut.png cannot be read as a picture"),
    (("y.png", "absent.png"), 2, "absent.png is not a file"),
    (("y.png", "wide.npy"), 2, "--data-range"),
    (("y.png", "y_hat.png", "--half"), 2, "--protocol paper only"),
])  # fmt: skip
def test_wrong_use_is_one_clear_message(folder, capsys, names, code, message):
    assert main(words(folder, *names)) == code
    out, error = capsys.readouterr()
    assert message in error
    assert "Traceback" not in error
    assert out == ""


@pytest.mark.parametrize("options", [[], ["--protocol", "paper", "--half", "--json"]])
def test_without_torch_the_answer_is_the_same(folder, capsys, options):
    asked = [*words(folder, "y.png", "y_hat.png", "--mask", "mask.png"), *options]
    assert main(asked) == 0
    told = without_torch(*asked)
    assert (told.returncode, told.stdout) == (0, capsys.readouterr().out), told.stderr


def test_help_needs_no_torch():
    told = without_torch("compare", "--help")
    assert (told.returncode, "--half" in told.stdout) == (0, True), told.stderr
