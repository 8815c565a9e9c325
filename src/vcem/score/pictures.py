"""Pictures of single cases for a reader: LE, DES, each method's virtual DES and its error map."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from matplotlib import colormaps
from PIL import Image

from vcem.core.arrays import Grey
from vcem.core.files import write_bytes
from vcem.core.pictures import png_of, write_png
from vcem.core.terms import Protocol
from vcem.folders.prepared import Store

WHITE = {Protocol.STRICT: 0.7, Protocol.PAPER: 1.0}
"""Grey shown as white, the same in every picture of a protocol; on the fixed scale 98 % of a breast's DES is darker."""
FULL_ERROR = 0.25
"""Error shown in the darkest blue or red."""
COLOURS = "RdBu_r"


def write_case(store: Store, pair: str, predictions: Mapping[str, Grey], folder: Path) -> None:
    """Write le.png, des.png, METHOD.png and METHOD-error.png of one pair; references are methods too."""
    (row,) = store.rows([pair])
    white = WHITE[store.protocol]
    predictions = {method: store.hung(row, y_hat) for method, y_hat in predictions.items()}
    truth = np.array(store.hung(row, store.y[row]))
    write_png(folder / "le.png", np.array(store.hung(row, store.x[row])) / white)
    write_png(folder / "des.png", truth / white)
    for method, y_hat in predictions.items():
        write_png(folder / f"{method}.png", np.array(y_hat) / white)
        write_bytes(folder / f"{method}-error.png", png_of(Image.fromarray(error_colours(truth, y_hat))))


def error_colours(y: Grey, y_hat: Grey) -> UInt8[np.ndarray, "h w 3"]:
    """Return the error y_hat - y as colours: red where the prediction is too bright, blue too dark, white for none."""
    place = 0.5 + 0.5 * np.clip((y_hat - y) / FULL_ERROR, -1, 1)
    coloured: UInt8[np.ndarray, "h w 4"] = colormaps[COLOURS](place, bytes=True)
    return coloured[..., :3]
