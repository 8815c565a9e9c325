"""A method's prediction as an ONNX graph: x and mask in, y_hat out, of any rows and columns that the network takes."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vcem import __version__
from vcem.core.errors import UsageError
from vcem.methods.method import Method

Images = Float[Tensor, "1 1 h w"]
OPSET = 18  # the oldest that torch's exporter writes; ONNX Runtime has it since 1.14


class _Prediction(nn.Module):
    def __init__(self, method: Method) -> None:
        super().__init__()
        self.method, self.nets = method, method.nets

    def forward(self, x: Images, mask: Images) -> Images:
        return self.method.predict(x, mask)


def graph_bytes(method: Method, shape: tuple[int, int]) -> bytes:
    """Return the file of the graph, with the weights in it; it names nothing of the machine that wrote it.

    Args:
        method: ready to predict.
        shape: rows and columns at which the method is traced; the graph takes others too.

    Raises:
        UsageError: if the packages onnx and onnxscript are not installed.
    """
    x = torch.full((1, 1, *shape), 0.5)
    free = {2: torch.export.Dim.DYNAMIC, 3: torch.export.Dim.DYNAMIC}
    with _quiet():
        try:
            program = torch.onnx.export(
                _Prediction(method).eval(), (x, torch.ones_like(x)), dynamo=True, verbose=False, opset_version=OPSET,
                input_names=["x", "mask"], output_names=["y_hat"], dynamic_shapes={"x": free, "mask": free},
            )  # fmt: skip
        except ModuleNotFoundError as error:
            raise UsageError(f"An ONNX graph needs {error.name}, which is not installed.", "onnx and onnxscript",
                             "pip install 'vcem[onnx]'") from error  # fmt: skip
    if program is None:
        raise RuntimeError("torch.onnx.export returns a program with dynamo=True")
    content: bytes = _bare(program.model_proto).SerializeToString(deterministic=True)
    return content


def _bare(proto: Any) -> Any:  # noqa: ANN401 (onnx may not be there)
    """Take out what names the exporting machine: stack traces and paths."""
    proto.producer_name, proto.producer_version = "vcem", __version__
    proto.doc_string = proto.graph.doc_string = ""
    del proto.metadata_props[:], proto.graph.metadata_props[:]
    described = (proto.graph.node, proto.graph.input, proto.graph.output, proto.graph.value_info, proto.functions)
    for part in (part for parts in described for part in parts):
        part.doc_string = ""
        del part.metadata_props[:]
    for tensor in proto.graph.initializer:
        tensor.doc_string = ""
        del tensor.metadata_props[:]
    return proto


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter's words to itself: it lacks torchvision, and copies what torch will rename."""
    told = logging.getLogger("torch.onnx._internal.exporter._registration")
    level = told.level
    told.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", r"`isinstance\(treespec, LeafSpec\)` is deprecated", FutureWarning)
            yield
    finally:
        told.setLevel(level)
