"""A folder of predictions: virtual DES images of named pairs, and what they were made of and with."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vcem.core.arrays import Stack
from vcem.core.errors import FailureError, UsageError
from vcem.core.files import (
    MANIFEST,
    read_array,
    read_csv,
    read_manifest,
    refuse_changed,
    write_array,
    write_csv,
    write_manifest,
)
from vcem.core.grid import Size
from vcem.folders.prepared import Store

KIND = "predictions"
MADE_BY = "vcem predict"
CPU = "cpu"
PAIRS, IMAGES, BEFORE, PICTURES = "pairs.csv", "y_hat.npy", "y_hat_before.npy", "png"
FILES = (PAIRS, IMAGES, BEFORE, PICTURES, MANIFEST)


@dataclass(frozen=True)
class Maker:
    """What made the predictions, and on what.

    `weights` is a check sum; `fold` is None where pairs were chosen freely. A GPU decides the last bits, so it is
    named.
    """

    method: str
    recipe: str
    fold: int | None
    weights: str
    device: str = CPU


@dataclass(frozen=True)
class Predictions:
    """An opened folder of predictions; row i of `y_hat` is of `pairs[i]`.

    `y_hat_before` are the predictions from LE before contrast, where the truth has it.
    """

    folder: Path
    maker: Maker
    prepared: str
    pairs: tuple[str, ...]
    y_hat: Stack
    y_hat_before: Stack | None = None


def of_run(run: Path) -> Path:
    """Return the folder of a run's predictions of its test pairs."""
    return run / KIND


def are_finished(folder: Path) -> bool:
    """Return whether a folder holds predictions that were written to their end."""
    return (folder / MANIFEST).is_file()


def facts_of(folder: Path) -> dict[str, Any]:
    """Return the manifest of predictions.

    Raises:
        UsageError: if they are not finished.
    """
    return read_manifest(folder, KIND, MADE_BY)


def write_predictions(
    folder: Path, maker: Maker, store: Store, pairs: Sequence[str], y_hat: Stack, before: Stack | None = None
) -> Predictions:
    """Write predictions of these pairs of a prepared folder, and those from LE before contrast if there are any.

    Raises:
        FailureError: if a value is not finite; the message names the pair.
    """
    for images in (y_hat,) if before is None else (y_hat, before):
        _refuse_not_finite(pairs, images)
    (folder / MANIFEST).unlink(missing_ok=True)  # while it is rewritten the folder is not a finished one
    write_csv(folder / PAIRS, ["pair"], ({"pair": p} for p in pairs))
    write_array(folder / IMAGES, y_hat.astype(np.float32))
    if before is None:
        (folder / BEFORE).unlink(missing_ok=True)
    else:
        write_array(folder / BEFORE, before.astype(np.float32))
    facts = {"recipe": maker.recipe, "method": maker.method, "fold": maker.fold, "weights": maker.weights}
    facts |= {} if maker.device == CPU else {"device": maker.device}
    origin = {"prepared": store.digest, "protocol": store.protocol, "origin": store.origin}
    write_manifest(folder, KIND, facts | origin | store.framing.facts)
    return read_predictions(folder)


def _refuse_not_finite(pairs: Sequence[str], images: Stack) -> None:
    for pair, image in zip(pairs, images, strict=True):
        if not np.isfinite(image).all():
            raise FailureError(f"The prediction of {pair} holds values that are not finite.", "finite grey values")


def refuse_other_files(folder: Path) -> None:
    """Refuse to write predictions into a folder of something else; an unfinished one of predictions is no such.

    Raises:
        UsageError: if it holds a file that no predictions have.
    """
    others = sorted(p.name for p in folder.iterdir() if p.name not in FILES) if folder.is_dir() else []
    if others:
        raise UsageError(
            f"{folder} already holds other files, such as {others[0]}.",
            "an empty or new folder, or older predictions",
            "name another output folder",
        )


def read_predictions(folder: Path, whole: bool = False) -> Predictions:
    """Open a folder of predictions, made by this program or by another in its form.

    `whole` holds every byte of it against the check sums that its manifest has.

    Raises:
        UsageError: if it is not a finished folder of predictions.
        FailureError: if the images are damaged or of another number than the pairs, or a file was changed.
    """
    manifest = facts_of(folder)
    if whole:
        refuse_changed(folder, manifest, MADE_BY)
    pairs = tuple(row["pair"] for row in read_csv(folder / PAIRS, ["pair"]))
    y_hat = _images(folder / IMAGES, len(pairs))
    before = _images(folder / BEFORE, len(pairs)) if (folder / BEFORE).is_file() else None
    return Predictions(folder, _maker(manifest, folder), str(manifest.get("prepared", "")), pairs, y_hat, before)


def _images(path: Path, count: int) -> Stack:
    images = read_array(path)
    if images.ndim != 3 or len(images) != count or not np.issubdtype(images.dtype, np.floating):
        raise FailureError(f"{path} holds {images.dtype} of shape {images.shape}.", f"{count} images of floats")
    return images


def _maker(manifest: dict[str, Any], folder: Path) -> Maker:
    try:
        known = {name: manifest[name] for name in ("method", "recipe", "fold", "weights")}
        return Maker(**known, device=str(manifest.get("device", CPU)))
    except KeyError as error:
        raise UsageError(
            f"The manifest of {folder} lacks {error}.", "method, recipe, fold, weights and prepared", f"run {MADE_BY}"
        ) from error


def belongs_to(predictions: Predictions, store: Store) -> None:
    """Refuse predictions of other data.

    Raises:
        UsageError: if they were made from another prepared folder, or have another size.
    """
    if predictions.prepared != store.digest:
        raise UsageError(
            f"{predictions.folder} was predicted from other data than {store.folder}: the check sums differ.",
            "the prepared folder that the predictions were made from",
            "predict again from these data, or name the other folder",
        )
    if predictions.y_hat.shape[1:] != store.size:
        found = Size(*predictions.y_hat.shape[1:])
        raise UsageError(f"{predictions.folder} holds images of {found}.", f"{store.size}")
