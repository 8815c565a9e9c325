"""The files of one virtual DES image: DICOM, or PNG with a JSON side file; named by its UID, by nothing of a person."""

import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from vcem import __version__
from vcem.apply.enhancer import Enhancer, enhance_image
from vcem.apply.words import with_words
from vcem.core.arrays import Grey
from vcem.core.pictures import png_of
from vcem.dicom.damage import told
from vcem.dicom.label import label_dicom
from vcem.dicom.read import read_dicom
from vcem.dicom.scan import Header
from vcem.dicom.virtual import NATIVE, WARNING, Drawn, plain, virtual_dicom, virtual_uid
from vcem.dicom.write import TOP
from vcem.ingest.dicom_images import DicomImage

UPSAMPLING = "linear; adds no detail to the grid of the network"
NO_UPSAMPLING = "none; the network drew on the native grid"


class Format(StrEnum):
    """What is written."""

    DICOM = "dicom"
    PNG = "png"


@dataclass(frozen=True)
class Output:
    """How images are written; `label` adds a presentation state to each DICOM image, `bits` is of PNG."""

    format: Format = Format.DICOM
    label: bool = False
    bits: int = 16


def suffixes(output: Output) -> tuple[str, ...]:
    """Endings of an image's files in the order of writing: with the last all are there."""
    if output.format is Format.PNG:
        return (".json", ".png")
    return (".label.dcm", ".dcm") if output.label else (".dcm",)


def beside(path: Path, suffix: str) -> Path:
    """Return the file of this ending: `path` is the folder and the image's UID."""
    return path.with_name(path.name + suffix)  # a UID has dots, which with_suffix would take for an ending


def stands(path: Path, output: Output) -> bool:
    """Return whether all files of an image are there; each is whole or not there."""
    return all(beside(path, suffix).is_file() for suffix in suffixes(output))


def grey_of(image: DicomImage, enhancer: Enhancer, second: Header | None = None) -> Grey:
    """Return the virtual DES in [0, 1] of an image, on its own rows and columns; `second` is its DES at a low dose.

    Raises:
        UsageError: if the model takes such a DES and there is none.
        FailureError: if the image is damaged, or no breast is found in it.
    """
    des = None if second is None else _read(Path(second.path))
    return enhance_image(enhancer, _read(Path(image.header.path)), image.side, spacing_mm(image), des)


def _read(path: Path) -> Grey:
    with told(path):
        return read_dicom(path).astype(np.float32)


def files_of(image: DicomImage, drawn: Drawn, enhancer: Enhancer, output: Output) -> dict[str, bytes]:
    """Return the content of an image's files by their endings, the last one last.

    Raises:
        FailureError: if the image is damaged, or no breast is found in it.
    """
    path, grey = Path(image.header.path), grey_of(image, enhancer, drawn.des)
    if drawn.beyond_training:
        grey = with_words(grey, f"{WARNING}: {drawn.beyond_training}", drawn.side)
    if output.format is Format.PNG:
        return {".json": _side_file(image, drawn, output), ".png": _png(grey, output.bits)}
    stored = np.round(grey * TOP).astype(np.uint16)
    label = {".label.dcm": label_dicom(path, drawn)} if output.label else {}
    return label | {".dcm": virtual_dicom(path, stored, drawn)}


def spacing_mm(image: DicomImage) -> float:
    """Return the distance of an image's pixels at the detector, which are square."""
    return float(image.header.spacing.split("\\")[0])


def _png(grey: Grey, bits: int) -> bytes:
    stored = np.round(grey * (2**bits - 1)).astype(np.uint8 if bits == 8 else np.uint16)
    return png_of(Image.fromarray(stored))


def _called(drawn: Drawn) -> str:
    return (
        "virtual DES image" if drawn.model.width is None else f"no DES, but the half-width of the {drawn.model.width}"
    )


def _side_file(image: DicomImage, drawn: Drawn, output: Output) -> bytes:
    """What the DICOM header would say; no name or id of the patient."""
    facts: dict[str, Any] = {
        "what": f"{_called(drawn)}, guessed by a neural network from the LE image; not acquired",
        "warning": ", ".join(filter(None, (WARNING, drawn.beyond_training))),
        "synthetic": True,
        "origin": drawn.origin,
        "uid": virtual_uid(image.header.uid, drawn.model),
        "source_uid": image.header.uid,
        **({"low_dose_des_uid": drawn.des.uid} if drawn.des else {}),
        "side": drawn.side,
        "view": drawn.view,
        "rows": image.header.rows,
        "columns": image.header.columns,
        "spacing_mm": spacing_mm(image),
        "bits": output.bits,
        "outside_breast": 0,
        "drawn_at": plain(drawn.model.drawn_at),
        "upsampling": NO_UPSAMPLING if drawn.model.drawn_at == NATIVE else UPSAMPLING,
        "vcem": __version__,
        "model": drawn.model.facts,
    }
    return (json.dumps(facts, indent=1) + "\n").encode()
