"""A model as a folder of its own, which `vcem export` writes and `vcem enhance` reads; no torch here.

recipe.toml   the whole recipe     model.json, model-card.md   the card, for programs and for people
weights.safetensors or model.onnx  manifest.json               check sums, written last
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from vcem.core.errors import FailureError, UsageError
from vcem.core.files import MANIFEST, read_json, read_manifest, sha256
from vcem.core.grid import framing_of
from vcem.core.terms import Origin, Protocol
from vcem.dicom.virtual import Model
from vcem.folders.run import BEST

KIND = "model"
MADE_BY = "vcem export RUN"
RECIPE, CARD, PAGE = "recipe.toml", "model.json", "model-card.md"


class Form(StrEnum):
    """What holds the weights: a file for torch, a graph for ONNX Runtime, or a run without checkpoint and results."""

    FOLDER = "folder"
    ONNX = "onnx"
    RUN = "run"


FILES = {Form.FOLDER: "weights.safetensors", Form.ONNX: "model.onnx", Form.RUN: BEST}


@dataclass(frozen=True)
class ModelFolder:
    """An opened model whose files are whole; `multiple`: sides of an image must be multiples of it."""

    folder: Path
    form: Form
    model: Model
    protocol: Protocol
    multiple: int

    @property
    def file(self) -> Path:
        """What holds the weights."""
        return self.folder / FILES[self.form]


def open_model(folder: Path) -> ModelFolder:
    """Open an exported model.

    Raises:
        UsageError: if the folder is none, or its card lacks something.
        FailureError: if a file was changed, or is missing.
    """
    if not (folder / MANIFEST).is_file():
        raise UsageError(
            f"{folder} is no run and no exported model: it has neither run.json nor {MANIFEST}.",
            "a fold's folder such as runs/small-pix2pix/fold-00, or a folder made by `vcem export`",
        )
    manifest = read_manifest(folder, KIND, MADE_BY)
    card = read_json(folder / CARD, f"the card of a model made by `{MADE_BY}`")
    try:
        opened = _opened(folder, card)
        _refuse_damage(folder, dict(manifest["files"]), opened)
    except (KeyError, TypeError, ValueError, UsageError) as error:
        raise UsageError(f"{folder / CARD} is not the card of a model: {error!r}.", f"a folder made by `{MADE_BY}`",
                         "export the model again") from error  # fmt: skip
    return opened


def _opened(folder: Path, card: Mapping[str, Any]) -> ModelFolder:
    form, weights, data = Form(card["form"]), card["weights"], card["data"]
    model = Model(
        name=str(card["name"]),
        recipe_digest=str(card["recipe_digest"]),
        method=str(card["method"]),
        fold=int(card["fold"]["index"]),
        weights=str(weights["sha256"]),
        trained_on=Origin(data["origin"]),
        framing=framing_of(card["input"]),
        onnx=str(weights["onnx_sha256"]) if form is Form.ONNX else None,
    )
    multiple = int(card["input"]["multiple"])
    if multiple < 1 or any(side % multiple for side in model.framing.size):
        raise ValueError(f"size {model.framing.size} is no multiple of {multiple}")
    return ModelFolder(folder, form, model, Protocol(card["protocol"]), multiple)


def _refuse_damage(folder: Path, sums: dict[str, str], opened: ModelFolder) -> None:
    own = opened.model.onnx or opened.model.weights
    expected = {name: sums[name] for name in (RECIPE, CARD, PAGE)} | {opened.file.name: own}
    if sums[opened.file.name] != own:
        raise ValueError("card and manifest name different weights")
    for name, right in expected.items():
        path = folder / name
        if not path.is_file() or sha256(path) != right:
            raise FailureError(
                f"{path} is damaged: it is {'another file' if path.is_file() else 'missing'}.",
                f"a file with the check sum {right}",
                "copy the whole model again, or export it again",
            )
