import json

import numpy as np
import pydicom
import pytest

from dciodvfy import errors, needs_dciodvfy
from enhancing import toy_run, toy_run_of
from no_torch import without_torch
from toy_dicom import write
from toy_recipes import FROM_LE
from vcem.cli.main import main
from vcem.core.files import read_csv, sha256
from vcem.core.terms import Side, View


def enhance(model, out, *words):
    return main(["enhance", *map(str, (out.parent / "in", "--model", model, "--out", out, *words))])


def images(out):
    return {row["file"]: pydicom.dcmread(out / row["output"]) for row in read_csv(out / "images.csv")}


def test_several_runs_are_no_one_model(tmp_path, capsys):
    runs = [str(tmp_path / name) for name in "ab"]
    assert main(["export", *runs, "--out", str(tmp_path / "model")]) == 2
    told = capsys.readouterr().err
    assert "2 runs are no one model" in told
    assert "vcem predict RUN..." in told
    assert not (tmp_path / "model").exists()


@pytest.fixture
def exam(tmp_path):
    for side in Side:
        write(tmp_path / "in" / f"le{side}", side=side, view=View.CC)
    return tmp_path / "in"


@pytest.fixture(scope="module")
def graphs(tmp_path_factory):
    """A run of each method and the ONNX model that the command makes of it, each made when first asked for."""
    folder = tmp_path_factory.mktemp("models")

    class Made(dict):
        def __missing__(self, kind):
            run = toy_run_of(folder, kind)
            assert main(["export", str(run), "--to", "onnx"]) == 0
            return self.setdefault(kind, (run, run / "model-onnx"))

    return Made()


@pytest.mark.parametrize(
    "kind", ["pix2pix", *(pytest.param(k, marks=pytest.mark.slow) for k in FROM_LE if k != "pix2pix")]
)
def test_a_graph_draws_the_same_pixels_without_torch(kind, graphs, exam, tmp_path):
    run, model = graphs[kind]
    told = without_torch("enhance", exam, "--model", model, "--out", tmp_path / "onnx")
    assert (told.returncode, told.stderr.strip()) == (0, "")
    assert "2 virtual DES images" in told.stdout
    assert enhance(run, tmp_path / "torch") == 0
    graph, torch = images(tmp_path / "onnx"), images(tmp_path / "torch")
    for name, image in torch.items():
        difference = image.pixel_array.astype(int) - graph[name].pixel_array.astype(int)
        assert np.abs(difference).max() <= 1
        assert image.pixel_array.std() > 1
        assert image.SOPInstanceUID != graph[name].SOPInstanceUID, "other bytes are another instance"


@needs_dciodvfy
def test_the_header_leads_to_the_weights_and_to_the_graph(graphs, exam, tmp_path):
    run, model = graphs["pix2pix"]
    assert enhance(model, tmp_path / "out") == 0
    assert enhance(model, tmp_path / "wider", "--size", "48") == 0
    image = next(iter(images(tmp_path / "out").values()))
    told = image.ContributingEquipmentSequence[1].ContributionDescription
    assert f"weights SHA-256 {sha256(run / 'best.safetensors')}" in told
    assert f"ONNX file SHA-256 {sha256(model / 'model.onnx')}" in told
    assert "drawn on" not in told
    wider = next(iter(images(tmp_path / "wider").values()))
    assert "trained on simulated images of 16 x 16, drawn on 48 x 48" in wider.DerivationDescription
    assert wider.SOPInstanceUID != image.SOPInstanceUID
    assert all(errors(path) == [] for path in (tmp_path / "wider").glob("*.dcm"))


def test_an_exported_folder_gives_the_runs_own_files(exam, tmp_path):
    run = toy_run(tmp_path)
    assert main(["export", str(run), "--out", str(tmp_path / "model")]) == 0
    for model, out in ((run, "a"), (tmp_path / "model", "b")):
        assert enhance(model, tmp_path / out) == 0
    files = [{p.name: p.read_bytes() for p in (tmp_path / out).iterdir()} for out in "ab"]
    assert files[0] == files[1]


def test_a_folder_of_weights_without_torch_is_one_clear_message(exam, tmp_path):
    run = toy_run(tmp_path)
    assert main(["export", str(run)]) == 0
    for model in (run / "model", run):
        told = without_torch("enhance", exam, "--model", model, "--out", tmp_path / "out")
        assert told.returncode == 2
        assert "needs torch" in told.stderr
        assert "--to onnx" in told.stderr
        assert "Traceback" not in told.stderr


@pytest.mark.parametrize("size", ["native", "24"])
def test_the_grid_stands_beside_the_picture(size, graphs, exam, tmp_path):
    for model, out in zip(graphs["pix2pix"], ("torch", "onnx"), strict=True):
        assert enhance(model, tmp_path / out, "--size", size, "--format", "png") == 0
    facts = [json.loads(p.read_text()) for p in (tmp_path / "onnx").glob("2.25.*.json")]
    assert {str(f["drawn_at"]) for f in facts} == {size}
    assert {f["upsampling"].startswith("none") for f in facts} == {size == "native"}
    assert {f["rows"] for f in facts} == {120}


@pytest.mark.parametrize(("size", "message"), [("20", "a multiple of 8"), ("0", "not a size of an image")])
def test_a_size_that_the_network_cannot_take_is_told(size, message, graphs, exam, tmp_path, capsys):
    for model in graphs["pix2pix"]:
        assert enhance(model, tmp_path / "out", "--size", size) == 2
        assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_damaged_graph_is_refused(graphs, exam, tmp_path, capsys):
    model = tmp_path / "model"
    model.mkdir()
    for path in graphs["pix2pix"][1].iterdir():
        (model / path.name).write_bytes(path.read_bytes())
    (model / "model.onnx").write_bytes((model / "model.onnx").read_bytes()[:-1] + b"!")
    assert enhance(model, tmp_path / "out") == 1
    assert "model.onnx is damaged" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_images_of_run_and_graph_do_not_mix(graphs, exam, tmp_path, capsys):
    run, model = graphs["pix2pix"]
    assert enhance(run, tmp_path / "out") == 0
    assert enhance(model, tmp_path / "out") == 2
    assert "model differ" in capsys.readouterr().err


def test_the_command_says_where_and_what_is_missing(tmp_path, capsys):
    run = toy_run(tmp_path)
    assert main(["export", str(run), "--data-set", "Toys", "--data-licence", "CC0", "--licence", "MIT"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"model toy-autoencoder, fold 0, as folder -> {run / 'model'}", "not scored: the run has no scores.csv",
    ]  # fmt: skip
    page = (run / "model" / "model-card.md").read_text()
    assert "| licence of the data | CC0 |" in page
    assert "\nlicense: mit\n" in page


@pytest.mark.parametrize(("words", "message"), [
    (["{}/.."], "is not a run"), (["{}", "--out", "{}"], "already holds other files"),
])  # fmt: skip
def test_wrong_use_is_one_clear_message(words, message, tmp_path, capsys):
    run = toy_run(tmp_path)
    before = sorted(p.name for p in run.iterdir())
    assert main(["export", *(w.format(run) for w in words)]) == 2
    assert message in capsys.readouterr().err
    assert sorted(p.name for p in run.iterdir()) == before
