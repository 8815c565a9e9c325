"""An ONNX model as BioImage.IO reads one: rdf.yaml (model format 0.5) and the tensors by which it tests a model.

Only of models whose authors and licence the user has said: the format demands them, and nothing is made up. Of weights
alone there is none, for it would have to name code that loads them. YAML holds JSON, which is what is written.
"""

import io
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from vcem.core.arrays import Grey, Mask
from vcem.core.files import sha256_bytes
from vcem.core.grid import Size, size_of
from vcem.core.seeds import rng_for
from vcem.folders.model import PAGE, RDF, TENSORS, Form

MEANS = {
    "x": "Low-energy mammogram in [0, 1] by its display window; air is 0.",
    "mask": "The breast: 1 inside, 0 in the air.",
    "y_hat": "Virtual DES image in [0, 1] by the display window of the DES images of the training.",
}


def why_none(card: Mapping[str, Any]) -> str:
    """Return why a model has no rdf.yaml, "" if it gets one."""
    if card["form"] != Form.ONNX:
        return "it is of ONNX models only"
    lacking = [name for name in ("authors", "licence") if not card["said"][name]]
    return f"{' and '.join(lacking)} of the model are not said" if lacking else ""


def files_of(card: Mapping[str, Any], predict: Callable[[Grey, Mask], Grey], opset: int) -> dict[str, bytes]:
    """Return rdf.yaml and the test tensors, by file name.

    Args:
        card: of the model.
        predict: draws `h w` from `h w`.
        opset: version of the operators of the graph.
    """
    x, mask = test_images(size_of(card["input"]["size"]))
    images = {"x": x, "mask": mask.astype(np.float32), "y_hat": predict(x, mask)}
    tensors = {TENSORS[name]: _npy(image) for name, image in images.items()}
    sums = {name: sha256_bytes(tensors[file]) for name, file in TENSORS.items()}
    return {RDF: (json.dumps(_rdf(card, sums, opset), indent=1) + "\n").encode()} | tensors


def test_images(size: Size) -> tuple[Grey, Mask]:
    """Return a drawing like a breast: half an ellipse at the left edge, with texture; in [0, 1]."""
    v, u = np.mgrid[: size.rows, : size.columns]
    mask = np.hypot(u / size.columns / 0.8, (v / size.rows - 0.5) / 0.4) < 1
    texture = rng_for(0, "test tensors").normal(0, 0.03, mask.shape)
    x = np.where(mask, np.clip(0.4 + 0.2 * np.sin(u / 7) * np.cos(v / 11) + texture, 0, 1), 0)
    return x.astype(np.float32), mask


def _npy(image: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, np.ascontiguousarray(image, np.float32)[None, None])
    return file.getvalue()


def _rdf(card: Mapping[str, Any], sums: Mapping[str, str], opset: int) -> dict[str, Any]:
    said, name = card["said"], f"{card['name']} fold {card['fold']['index']}"
    return {
        "format_version": "0.5.3",
        "type": "model",
        "name": re.sub(r"[^a-zA-Z0-9_+\- ()]", "-", name)[:128],
        "description": f"Virtual DES images from low-energy mammograms: {card['about']}. {card['limits'][0]}"[:1024],
        "authors": [{"name": author} for author in said["authors"]],
        "license": said["licence"],
        "documentation": PAGE,
        "tags": ["mammography", "contrast-enhanced", "image-to-image", "2d"],
        "inputs": [
            _tensor("x", "le", sums, _sizes(card["input"]["multiple"])),
            _tensor("mask", "breast", sums, _as_x()),
        ],
        "outputs": [_tensor("y_hat", "virtual_des", sums, _as_x())],
        "weights": {
            "onnx": {
                "source": card["weights"]["file"],
                "sha256": card["weights"]["onnx_sha256"],
                "opset_version": opset,
            }
        },
    }


def _sizes(multiple: int) -> dict[str, Any]:
    least = multiple * -(-16 // multiple)
    return {axis: {"min": least, "step": multiple} for axis in "yx"}


def _as_x() -> dict[str, Any]:
    return {axis: {"tensor_id": "x", "axis_id": axis} for axis in "yx"}


def _tensor(name: str, channel: str, sums: Mapping[str, str], sizes: Mapping[str, Any]) -> dict[str, Any]:
    space = [{"type": "space", "id": axis, "size": size} for axis, size in sizes.items()]
    return {
        "id": name,
        "description": MEANS[name],
        "axes": [{"type": "batch", "size": 1}, {"type": "channel", "channel_names": [channel]}, *space],
        "data": {"type": "float32"},
        "test_tensor": {"source": TENSORS[name], "sha256": sums[name]},
    }
