"""One LE image on its native grid -> its virtual DES image on the same grid. torch is loaded only where it draws."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import TypeAlias

import numpy as np
from jaxtyping import Float

from vcem.core.arrays import Grey, Mask
from vcem.core.errors import FailureError, UsageError
from vcem.core.grid import Framing, Size
from vcem.core.terms import Protocol, Side
from vcem.dicom.virtual import NATIVE, Grid, Model
from vcem.folders.bundled import found
from vcem.folders.model import Form, ModelFolder, open_model
from vcem.folders.run import is_run
from vcem.prepare import chain
from vcem.prepare.breast import breast_mask
from vcem.prepare.frame import native_steps, steps_of

LARGEST = 8192
Second: TypeAlias = Float[np.ndarray, "i j"]


@dataclass(frozen=True)
class Enhancer:
    """A loaded model.

    `predict(x, mask)` gives y_hat in [0, 1], each `h w`; sides are multiples of `multiple`. Of a model with a `dose` it
    is `predict(x, mask, des)`, of LE and DES at that percent of the dose.
    """

    model: Model
    predict: Callable[..., Grey]
    multiple: int = 1


def load_enhancer(folder: Path, grid: Grid | None = None, device: str = "cpu", dose: int | None = None) -> Enhancer:
    """Load the best weights of a finished run, or an exported model.

    Args:
        folder: the run or the exported model, or the name of a model that comes with vcem.
        grid: on which the network draws; as trained if not given.
        device: cpu, cuda, or auto for a GPU where there is one; a GPU changes the last bits, and so the UIDs.
        dose: percent of the dose of the exams to draw from, where the model takes a DES at a low dose beside LE.

    Raises:
        UsageError: if there is no such folder or model, or it is neither, was trained by the paper's protocol, or the
            network cannot draw on that grid, or there is no such device, or it takes such a DES and has no dose, or
            has one and takes none.
        FailureError: if the model is damaged.
    """
    enhancer = _as_trained(found(folder), device, dose)
    return enhancer if grid is None else _on(grid, enhancer)


def _as_trained(folder: Path, device: str, dose: int | None) -> Enhancer:
    opened = None if is_run(folder) else open_model(folder)
    if opened and opened.form is Form.ONNX:
        if dose is not None:
            raise UsageError(f"{folder} is an ONNX graph, which takes LE alone.", "no dose", "leave --dose out")
        _refuse_paper(folder, opened.protocol)
        return _of_graph(opened, device)
    loaded = _torch_network(folder).of_run(folder, device, dose)
    _refuse_paper(folder, loaded.protocol)
    return Enhancer(loaded.model, loaded.predict, loaded.multiple)


def _of_graph(opened: ModelFolder, device: str) -> Enhancer:
    from vcem.apply import onnx_network  # loads ONNX Runtime

    predict, used = onnx_network.load(opened.file, device)
    card = opened.card
    model = Model(card["name"], card["recipe_digest"], card["method"], opened.facts["fold"], opened.weights,
                  opened.origin, opened.framing, onnx=opened.onnx, device=used)  # fmt: skip
    return Enhancer(model, predict, opened.multiple)


def _torch_network(folder: Path) -> ModuleType:
    try:
        from vcem.apply import torch_network
    except ImportError as error:
        raise UsageError(
            f"{folder} needs torch, which cannot be loaded: {error}.",
            "torch, or a model that vcem export wrote with --to onnx",
            "pip install 'vcem[torch]', or export the model where that is installed",
        ) from error
    return torch_network


def _refuse_paper(folder: Path, protocol: Protocol) -> None:
    if protocol is not Protocol.STRICT:
        raise UsageError(
            f"{folder} was trained by the protocol {protocol}: each DES there is scaled by its own least and "
            "greatest value, so its grey means nothing without the real DES, which does not exist here.",
            "a model trained by the protocol strict, whose grey scale is fixed",
            "train a recipe of recipes/strict or recipes/small",
        )


def _on(grid: Grid, enhancer: Enhancer) -> Enhancer:
    model, multiple = enhancer.model, enhancer.multiple
    own = model.framing
    if grid != NATIVE and (any(side % multiple or not 16 <= side <= LARGEST for side in grid) or not _alike(grid, own)):
        shape = "" if own.size.rows == own.size.columns else f", {own.size.plain} enlarged or reduced as a whole"
        raise UsageError(
            f"{model.name} cannot draw on {grid} pixels.",
            f"native, or each side a multiple of {multiple} from 16 to {LARGEST}{shape}",
            f"leave --size out: the model was trained at {own.size.plain}",
        )
    return replace(enhancer, model=replace(model, grid=None if grid == own.size else grid))


def _alike(grid: Size, own: Framing) -> bool:
    """Return whether a grid shows the same part of an image, only finer or coarser."""
    return grid.rows * own.size.columns == grid.columns * own.size.rows


def enhance_image(
    enhancer: Enhancer, le: Grey, side: Side, spacing_mm: float | None = None, des: Second | None = None
) -> Grey:
    """Return the virtual DES in [0, 1] of an LE image in [0, 1], pixel over pixel, 0 outside the breast.

    The image comes into the frame of the model's training and back. Where the network works on a coarser grid,
    enlarging is linear and adds no detail.

    Args:
        enhancer: the model.
        le: `h w`.
        side: which breast it shows.
        spacing_mm: of its pixels, for a model that was trained at a fixed one.
        des: DES at the model's dose, on the pixels of `le`, for a model that has one.

    Raises:
        UsageError: if `des` is missing, or given to a model that takes none, or lies on other pixels.
        FailureError: if no breast is found or it does not fit onto the model's grid, there is no memory for that grid,
            or the network's values are not finite.
    """
    _refuse_second(enhancer.model, le, des)
    breast = breast_mask(le, side)
    steps, x, mask = network_input(le, breast, side, enhancer, spacing_mm)
    second = () if des is None else (network_input(des, breast, side, enhancer, spacing_mm)[1],)
    y_hat = _predicted(enhancer, x, mask, *second)
    if not np.isfinite(y_hat).all():
        raise FailureError("The network gave values that are not finite.", "finite grey values")
    grey: Grey = np.where(breast, chain.undo(y_hat, steps), 0).astype(np.float32)
    return grey


def _refuse_second(model: Model, le: Grey, des: Second | None) -> None:
    if model.dose is None and des is not None:
        raise UsageError(f"{model.name} draws from LE alone and takes no DES.", "an LE image")
    if model.dose is not None and (des is None or des.shape != le.shape):
        given = "has none" if des is None else f"has one of {des.shape[0]} x {des.shape[1]} pixels"
        raise UsageError(
            f"{model.name} draws from LE and DES at {model.dose} % of the dose, and this image {given}.",
            "both, on one grid", "vcem enhance IN... --dose, with the DES among the files",
        )  # fmt: skip


def _predicted(enhancer: Enhancer, x: Grey, mask: Mask, *second: Grey) -> Grey:
    try:
        return enhancer.predict(x, mask, *second)
    except (MemoryError, RuntimeError) as error:  # both runtimes say so by a RuntimeError
        told = (str(error).splitlines() or ["no memory"])[0]
        raise FailureError(
            f"The network cannot draw on {Size(*x.shape)} pixels here: {told}.",
            "memory for a grid of that size",
            "choose a smaller --size",
        ) from error


def network_input(
    le: Grey, breast: Mask, side: Side, enhancer: Enhancer, spacing_mm: float | None = None
) -> tuple[str, np.ndarray, np.ndarray]:
    """Return the steps, the LE image and the breast as the strict protocol prepares them for a network.

    On the native grid no pixel is changed: zeros are added up to a multiple that the network can halve.
    """
    own, grid = enhancer.model.framing, enhancer.model.drawn_at
    if isinstance(grid, Size):
        finer = own.pixel_mm and own.pixel_mm * own.size.rows / grid.rows
        steps = steps_of(Framing(grid, own.frame, finer), breast, side, spacing_mm)
    else:
        steps = native_steps(own.frame, breast, side, enhancer.multiple)
    x = chain.do(steps, np.where(breast, le, 0).astype(np.float32))
    return chain.to_json(steps), x, chain.do(steps, breast.astype(np.float32)) >= 0.5
