import copy
import subprocess
import sys

import onnx
import pytest
import torch

from toy_recipes import FROM_LE, toy_recipe
from vcem.apply.onnx_graph import graph_bytes
from vcem.apply.onnx_network import load
from vcem.core.errors import UsageError
from vcem.methods import build


def trained(method):
    """Give norms of batches statistics that differ from those they begin with."""
    torch.manual_seed(1)
    for net in method.nets.modules():
        if isinstance(net, torch.nn.BatchNorm2d):
            net.running_mean.normal_(0, 0.3)
            net.running_var.uniform_(0.5, 2)
    method.nets.eval()
    return method


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Each method with its graph."""
    folder, found = tmp_path_factory.mktemp("graphs"), {}
    for kind in FROM_LE:
        masked = f"method.masked={str(kind != 'cyclegan').lower()}"
        torch.manual_seed(0)
        method = trained(build(toy_recipe(folder, kind, masked).method, (16, 16)))
        found[kind] = method, folder / f"{kind}.onnx"
        found[kind][1].write_bytes(graph_bytes(method, (16, 16)))
    return found


@pytest.mark.parametrize("kind", FROM_LE)
@pytest.mark.parametrize("size", [16, 48])
def test_the_same_pixels_as_torch_at_any_size(kind, size, made):
    method, path = made[kind]
    x = torch.rand(1, 1, size, size)
    mask = torch.rand(1, 1, size, size) > 0.4
    with torch.inference_mode():
        y_hat = method.predict(x, mask.float())[0, 0].numpy()
    other = load(path)[0](x[0, 0].numpy(), mask[0, 0].numpy())
    assert abs(other - y_hat).max() < 1e-5
    assert y_hat.std() > 1e-4
    assert (abs(other[~mask[0, 0].numpy()]).max() == 0) == method.recipe.masked


@pytest.mark.parametrize("kind", FROM_LE)
def test_the_graph_is_sound_and_names_nothing_of_this_machine(kind, made):
    content = made[kind][1].read_bytes()
    graph = onnx.load_from_string(content)
    onnx.checker.check_model(graph)
    assert {node.domain for node in graph.graph.node} == {""}
    assert [i.name for i in graph.graph.input] == ["x", "mask"]
    for told in (b"/src/", b"site-packages", b"forward", b"File "):
        assert told not in content


@pytest.mark.parametrize("kind", FROM_LE)
def test_the_graph_is_of_layers_that_every_program_knows(kind, made):
    kinds = {node.op_type for node in onnx.load(made[kind][1]).graph.node}
    assert "Conv" in kinds
    assert not {"MatMul", "Gemm", "ScatterND", "GatherND", "Gather"} & kinds


@pytest.mark.slow
def test_the_same_method_gives_the_same_bytes_in_every_process(tmp_path):
    toy_recipe(tmp_path, "pix2pix")
    code = f"""
import hashlib, torch
from pathlib import Path
from vcem.apply.onnx_graph import graph_bytes
from vcem.methods import build
from vcem.train.recipe import load
torch.manual_seed(5)
method = build(load(Path({str(tmp_path / "pix2pix.toml")!r})).method, (16, 16))
method.nets.eval()
print(hashlib.sha256(graph_bytes(method, (16, 16))).hexdigest())
"""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    children = [subprocess.Popen([sys.executable, "-c", code], **pipes) for _ in range(2)]
    told, errors = zip(*(child.communicate() for child in children), strict=True)
    assert len(told[0]) == 65
    assert told[0] == told[1]
    assert errors == ("", ""), "the exporter keeps its words to itself"


def test_the_method_stays_as_it_was(tmp_path):
    method = trained(build(toy_recipe(tmp_path, "pix2pix").method, (16, 16)))
    before = copy.deepcopy(method.nets.state_dict())
    graph_bytes(method, (16, 16))
    torch.testing.assert_close(method.nets.state_dict(), before, rtol=0, atol=0)
    assert not any(net.training for net in method.nets.modules())


def test_without_onnx_the_package_is_named(monkeypatch, tmp_path):
    def missing(*_, **__):
        raise ModuleNotFoundError("No module named 'onnxscript'", name="onnxscript")

    monkeypatch.setattr(torch.onnx, "export", missing)
    with pytest.raises(UsageError, match=r"needs onnxscript(.|\n)*vcem\[onnx\]"):
        graph_bytes(build(toy_recipe(tmp_path, "autoencoder").method, (16, 16)), (16, 16))
