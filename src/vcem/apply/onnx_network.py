"""An exported graph in ONNX Runtime; no torch here."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vcem.core.arrays import Grey, Mask
from vcem.core.errors import FailureError, UsageError

ERRORS_ONLY = 3
PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


def load(path: Path, device: str = "cpu") -> tuple[Callable[[Grey, Mask], Grey], str | None]:
    """Return `predict(x, mask) -> y_hat`, each `h w`, of a graph that `vcem export` wrote, and the GPU used, if any.

    Raises:
        UsageError: if ONNX Runtime is not installed, or has no such device.
        FailureError: if it cannot read the graph.
    """
    session, used = _session(path, device)

    def predict(x: Grey, mask: Mask) -> Grey:
        given = {"x": _batch(x), "mask": _batch(mask)}
        y_hat: Grey = session.run(["y_hat"], given)[0][0, 0]
        return y_hat

    return predict, used


def _session(path: Path, device: str) -> tuple[Any, str | None]:
    try:
        import onnxruntime  # type: ignore[import-untyped]  # ships no types
    except ImportError as error:
        raise UsageError(
            f"{path} needs ONNX Runtime, which is not installed.", "the package onnxruntime",
            "pip install 'vcem[onnx]', or export the model without --to onnx",
        ) from error  # fmt: skip
    used = _used(device, onnxruntime.get_available_providers())
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # the last bits of an image must not depend on the machine that draws it
    options.log_severity_level = ERRORS_ONLY
    try:
        # from memory: what is run is what was read, and a graph cannot name other files
        return onnxruntime.InferenceSession(path.read_bytes(), options, providers=[PROVIDERS[used or "cpu"]]), used
    except Exception as error:  # ONNX Runtime's errors have no common class but Exception
        raise FailureError(
            f"{path} is damaged: {str(error).splitlines()[0]}.", "a graph that vcem export wrote", "export it again"
        ) from error


def _used(device: str, there: Sequence[str]) -> str | None:
    known = [name for name, provider in PROVIDERS.items() if provider in there]
    if device not in (*known, "auto"):
        raise UsageError(
            f"Device {device} cannot be used: this ONNX Runtime has {', '.join(known)} only.", "auto, cpu or cuda",
            "leave --device out, or install onnxruntime-gpu where there is a GPU",
        )  # fmt: skip
    return "cuda" if "cuda" in known and device != "cpu" else None


def _batch(image: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(image, np.float32)[None, None]
