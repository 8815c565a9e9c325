import numpy as np
import pytest
import torch

from enhancing import toy_run
from vcem.apply.about import About
from vcem.apply.export import export
from vcem.apply.torch_network import named, of_run
from vcem.core.errors import FailureError, UsageError
from vcem.core.files import sha256, write_manifest
from vcem.core.terms import Origin, Protocol
from vcem.folders.model import KIND, Form
from vcem.train.rundir import load_method, read_run


def test_a_run_predicts_as_its_method_does(tmp_path):
    run = toy_run(tmp_path)
    loaded = of_run(run)
    x, mask = np.random.default_rng(0).random((48, 48), np.float32), np.eye(48) < 1
    method = load_method(read_run(run))
    with torch.inference_mode():
        y_hat = method.predict(torch.from_numpy(x)[None, None], torch.from_numpy(mask)[None, None].float())[
            0, 0
        ].numpy()
    np.testing.assert_array_equal(loaded.predict(x, mask), y_hat)
    assert (loaded.protocol, loaded.multiple) == (Protocol.STRICT, 2)


def test_a_run_is_named_with_its_weights(tmp_path):
    run = toy_run(tmp_path)
    model = named(read_run(run))
    assert model.weights == sha256(run / "best.safetensors")
    assert (model.name, model.fold, model.trained_on, model.grid, model.onnx) == (
        "toy-autoencoder", 0, Origin.SIMULATED, None, None,
    )  # fmt: skip


def test_an_exported_folder_gives_the_runs_very_values(tmp_path):
    run = toy_run(tmp_path)
    export(run, tmp_path / "model", Form.FOLDER, About())
    x, mask = np.random.default_rng(0).random((48, 48), np.float32), np.ones((48, 48), bool)
    own, exported = of_run(run), of_run(tmp_path / "model")
    np.testing.assert_array_equal(exported.predict(x, mask), own.predict(x, mask))
    assert (exported.model, exported.protocol) == (own.model, own.protocol)


def test_weights_that_do_not_fit_are_told(tmp_path):
    run = toy_run(tmp_path)
    export(run, tmp_path / "model", Form.FOLDER, About())
    recipe = tmp_path / "model" / "recipe.toml"
    recipe.write_text(recipe.read_text().replace("width = 2", "width = 3"))
    write_manifest(tmp_path / "model", KIND, {})
    with pytest.raises(UsageError, match=r"networks of .*model differ from this recipe's"):
        of_run(tmp_path / "model")
    (tmp_path / "model" / "weights.safetensors").write_bytes(b"x" * 99)
    with pytest.raises(FailureError, match=r"weights\.safetensors is damaged(.|\n)*or export it again"):
        of_run(tmp_path / "model")
