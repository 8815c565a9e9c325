import numpy as np
import onnxruntime
import pytest
import yaml

from enhancing import toy_run
from vcem.apply.about import About
from vcem.apply.bioimage import test_images as drawn
from vcem.apply.bioimage import why_none
from vcem.apply.export import export
from vcem.core.files import sha256
from vcem.core.grid import size_of
from vcem.folders.model import RDF, Form, open_model

SAID = About(licence="CC-BY-4.0", authors=("Doe, J.", "Roe, R."))


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    here = tmp_path_factory.mktemp("model")
    export(toy_run(here), here / "model", Form.ONNX, SAID)
    return here / "model"


def test_it_names_the_graph_and_its_tensors_by_their_check_sums(model):
    rdf = yaml.safe_load((model / RDF).read_text())
    assert rdf["weights"]["onnx"]["sha256"] == sha256(model / "model.onnx") == open_model(model).onnx
    tensors = [*rdf["inputs"], *rdf["outputs"]]
    assert [t["id"] for t in tensors] == ["x", "mask", "y_hat"]
    for tensor in tensors:
        assert tensor["test_tensor"]["sha256"] == sha256(model / tensor["test_tensor"]["source"])
    assert (rdf["license"], [a["name"] for a in rdf["authors"]]) == ("CC-BY-4.0", ["Doe, J.", "Roe, R."])
    assert "Research only" in rdf["description"]
    assert (model / rdf["documentation"]).is_file()


def test_the_graph_draws_its_test_tensor_at_the_sizes_that_it_names(model):
    rdf = yaml.safe_load((model / RDF).read_text())
    x, mask, y_hat = (np.load(model / f"test-{name}.npy") for name in ("x", "mask", "y_hat"))
    session = onnxruntime.InferenceSession(model / "model.onnx")
    np.testing.assert_allclose(session.run(["y_hat"], {"x": x, "mask": mask})[0], y_hat, atol=1e-5)
    assert y_hat.std() > 0
    assert x.dtype == mask.dtype == y_hat.dtype == np.float32
    for axis, side in zip(rdf["inputs"][0]["axes"][2:], x.shape[2:], strict=True):
        assert (side - axis["size"]["min"]) % axis["size"]["step"] == 0


def test_the_breast_of_the_test_is_no_constant():
    x, mask = drawn(size_of("64x32"))
    assert x.shape == mask.shape == (64, 32)
    assert 0.2 < mask.mean() < 0.8
    assert (x[~mask] == 0).all()
    assert x[mask].std() > 0.05


def test_without_authors_or_licence_there_is_none_and_an_older_one_goes(tmp_path):
    run = toy_run(tmp_path)
    export(run, tmp_path / "model", Form.FOLDER, SAID)
    assert not (tmp_path / "model" / RDF).exists(), "weights alone name no code that loads them"
    card = {"form": "onnx", "said": About(licence="MIT").of_the_model}
    assert why_none(card) == "authors of the model are not said"
    assert why_none(card | {"said": SAID.of_the_model}) == ""
    assert why_none(card | {"form": "folder"})
