"""A model as a folder of its own, which `vcem export` writes and `vcem enhance` and `vcem validate` read.

recipe.toml   the whole recipe     model.json, model-card.md   the card, for programs and for people
weights.safetensors or model.onnx  mean_des.npy                the mean DES image of its training
rdf.yaml, test-*.npy               an ONNX model as BioImage.IO reads one, and what it tests it with
manifest.json                      check sums, written last
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from vcem.core.errors import FailureError, UsageError
from vcem.core.files import (
    MANIFEST,
    read_json,
    read_manifest,
    sha256,
    write_bytes,
    write_json,
    write_manifest,
)
from vcem.core.grid import Framing, framing_of
from vcem.core.lock import locked
from vcem.core.terms import Origin, Protocol
from vcem.folders.references import FIELD, MEAN, References, write_mean
from vcem.folders.run import BEST, EXPORTED, LEARNED_FROM, RECIPE, RUN, WEIGHTS, is_run, write_facts

KIND = "model"
MADE_BY = "vcem export RUN"
CARD, PAGE = "model.json", "model-card.md"
RDF = "rdf.yaml"
TENSORS = {"x": "test-x.npy", "mask": "test-mask.npy", "y_hat": "test-y_hat.npy"}


class Form(StrEnum):
    """What holds the weights: a file for torch, a graph for ONNX Runtime, or a run without checkpoint and results."""

    FOLDER = "folder"
    ONNX = "onnx"
    RUN = "run"


FILES = {Form.FOLDER: EXPORTED, Form.ONNX: "model.onnx", Form.RUN: BEST}
OWN = {RECIPE, CARD, PAGE, MANIFEST, MEAN, RUN, RDF, *TENSORS.values(), *FILES.values()}
OF_A_CLOCK = ("seconds",)


@dataclass(frozen=True)
class ModelFolder:
    """An opened model whose files are whole; sides of an image must be multiples of `multiple`."""

    folder: Path
    form: Form
    card: Mapping[str, Any]
    weights: str
    onnx: str | None
    origin: Origin
    protocol: Protocol
    framing: Framing
    multiple: int

    @property
    def file(self) -> Path:
        """What holds the weights."""
        return self.folder / FILES[self.form]

    @property
    def facts(self) -> dict[str, Any]:
        """What a finished run with these weights says of itself, as far as the card has it."""
        return {
            "kind": KIND, "finished": True, "fold": int(self.card["fold"]["index"]), WEIGHTS: self.weights,
            "origin": self.origin.value, **self.framing.facts,
            **{name: self.card[name] for name in (LEARNED_FROM, FIELD) if self.card.get(name)},
        }  # fmt: skip


def is_model(folder: Path) -> bool:
    """Return whether a folder is one of `vcem export`."""
    return (folder / CARD).is_file()


def refuse_others(out: Path) -> None:
    """Refuse to write a model among other files.

    Raises:
        UsageError: if there are some.
    """
    others = out.exists() and (not out.is_dir() or any(p.name not in OWN and p.name[0] != "." for p in out.iterdir()))
    if others or (is_run(out) and not is_model(out)):  # a run is no older model
        raise UsageError(f"{out} already holds other files.", "an empty or new folder, or an older model",
                         "name another --out")  # fmt: skip


def write_model(
    out: Path,
    weights: bytes,
    card: Mapping[str, Any],
    others: Mapping[str, bytes],
    references: References | None,
    facts: Mapping[str, Any],
) -> None:
    """Write a model in place of an older one.

    Args:
        out: folder to write.
        weights: the content of the file that holds them.
        card: what the model is; it names the form.
        others: recipe, page, and what other programs read, by the names of their files.
        references: of its training, where they are known.
        facts: what its run says of itself.
    """
    with locked(out, "exporting"):
        for name in OWN:
            (out / name).unlink(missing_ok=True)
        write_bytes(out / FILES[Form(card["form"])], weights)
        if references:
            write_mean(out, references)
        for name, other in others.items():
            write_bytes(out / name, other)
        write_json(out / CARD, dict(card))
        if card["form"] == Form.RUN:
            write_facts(out, {name: fact for name, fact in facts.items() if name not in OF_A_CLOCK})
        write_manifest(out, KIND, {"origin": card["data"]["origin"]})


def open_model(folder: Path) -> ModelFolder:
    """Open an exported model.

    Raises:
        UsageError: if the folder is none, or its card lacks something.
        FailureError: if a file was changed, or is missing.
    """
    if not (folder / MANIFEST).is_file():
        raise UsageError(
            f"{folder} is neither a run nor an exported model: it has neither run.json nor {MANIFEST}.",
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
    form, weights = Form(card["form"]), card["weights"]
    opened = ModelFolder(
        folder,
        form,
        card,
        weights=str(weights["sha256"]),
        onnx=str(weights["onnx_sha256"]) if form is Form.ONNX else None,
        origin=Origin(card["data"]["origin"]),
        protocol=Protocol(card["protocol"]),
        framing=framing_of(card["input"]),
        multiple=int(card["input"]["multiple"]),
    )
    if opened.multiple < 1 or any(side % opened.multiple for side in opened.framing.size):
        raise ValueError(f"size {opened.framing.size} is not a multiple of {opened.multiple}")
    return opened


def _refuse_damage(folder: Path, sums: dict[str, str], opened: ModelFolder) -> None:
    own = opened.onnx or opened.weights
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
