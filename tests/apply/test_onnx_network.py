import sys

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from vcem.apply.onnx_network import PROVIDERS, load
from vcem.core.errors import FailureError, UsageError


@pytest.fixture
def graph(tmp_path):
    """y_hat = x * mask, written without torch."""
    floats = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 1, "h", "w"]) for n in ("x", "mask", "y_hat")]
    product = helper.make_graph([helper.make_node("Mul", ["x", "mask"], ["y_hat"])], "product", floats[:2], floats[2:])
    path = tmp_path / "model.onnx"
    onnx.save(helper.make_model(product, opset_imports=[helper.make_opsetid("", 18)], ir_version=10), path)
    return path


@pytest.mark.parametrize("shape", [(16, 16), (8, 24)])
def test_arrays_in_and_out(graph, shape):
    x = np.random.default_rng(0).random(shape, np.float32)
    mask = x > 0.5
    predict, used = load(graph)
    assert used is None, "a CPU"
    y_hat = predict(x.T.copy().T, mask)
    assert y_hat.dtype == np.float32
    np.testing.assert_array_equal(y_hat, x * mask)


def test_a_device_that_the_runtime_lacks_is_refused(graph, monkeypatch):
    assert load(graph, "auto")[1] is None
    for name in ("cuda", "abacus"):
        with pytest.raises(UsageError, match=f"Device {name} cannot be used: this ONNX Runtime has cpu only"):
            load(graph, name)


def test_a_gpu_of_the_runtime_is_used_and_named(graph, monkeypatch):
    import onnxruntime

    asked = []
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: list(PROVIDERS.values()))
    monkeypatch.setattr(onnxruntime, "InferenceSession", lambda *_, providers: asked.append(providers))
    assert [load(graph, device)[1] for device in ("cpu", "cuda", "auto")] == [None, "cuda", "cuda"]
    assert asked == [[PROVIDERS["cpu"]], [PROVIDERS["cuda"]], [PROVIDERS["cuda"]]]


def test_a_damaged_graph_is_told(graph):
    for harmed in (b"", b"no graph" * 9, graph.read_bytes()[:-20]):
        graph.write_bytes(harmed)
        with pytest.raises(FailureError, match=r"model\.onnx is damaged(.|\n)*export it again"):
            load(graph)


def test_without_onnx_runtime_the_package_is_named(graph, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(UsageError, match=r"needs ONNX Runtime(.|\n)*vcem\[onnx\]"):
        load(graph)
