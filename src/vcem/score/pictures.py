"""Pictures of single cases for a reader: LE, DES, each method's virtual DES and its error map."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from matplotlib import colormaps
from PIL import Image

from vcem.core.arrays import Grey, Mask
from vcem.core.files import write_bytes
from vcem.core.pictures import png_of, write_png
from vcem.core.terms import Protocol
from vcem.folders.prepared import Store

WHITE = {Protocol.STRICT: 0.7, Protocol.PAPER: 1.0}
"""Grey shown as white, the same in every picture of a protocol; on the fixed scale 98 % of a breast's DES is darker."""
FULL_ERROR = 0.25
"""Error shown in the darkest blue or red."""
COLOURS = "RdBu_r"
MARGIN_PX = 3


def write_case(store: Store, pair: str, predictions: Mapping[str, Grey], folder: Path) -> None:
    """Write le.png, des.png, METHOD.png and METHOD-error.png of one pair's breast; references are methods too."""
    (row,) = store.rows([pair])
    white = WHITE[store.protocol]
    truth = shown(store, row, store.y[row])
    write_png(folder / "le.png", shown(store, row, store.x[row]) / white)
    write_png(folder / "des.png", truth / white)
    for method, made in predictions.items():
        y_hat = shown(store, row, made)
        write_png(folder / f"{method}.png", y_hat / white)
        write_bytes(folder / f"{method}-error.png", png_of(Image.fromarray(error_colours(truth, y_hat))))


def shown(store: Store, row: int, image: np.ndarray) -> np.ndarray:
    """Return what pictures show of an image: the breast and a little air, as it hangs before a reader."""
    return np.array(store.hung(row, np.asarray(image)[frame_of(np.asarray(store.mask[row]))]))


def frame_of(mask: Mask) -> tuple[slice, slice]:
    """Return the rows and columns of the breast and a little air, so that a picture shows little else."""
    if not mask.any():
        return slice(None), slice(None)
    rows, columns = (np.flatnonzero(mask.any(axis=axis)).tolist() for axis in (1, 0))
    first, last = (max(0, rows[0] - MARGIN_PX), max(0, columns[0] - MARGIN_PX)), (rows[-1], columns[-1])
    return slice(first[0], last[0] + 1 + MARGIN_PX), slice(first[1], last[1] + 1 + MARGIN_PX)


def error_colours(y: Grey, y_hat: Grey) -> UInt8[np.ndarray, "h w 3"]:
    """Return the error y_hat - y as colours: red where the prediction is too bright, blue too dark, white for none."""
    place = 0.5 + 0.5 * np.clip((y_hat - y) / FULL_ERROR, -1, 1)
    coloured: UInt8[np.ndarray, "h w 4"] = colormaps[COLOURS](place, bytes=True)
    return coloured[..., :3]
