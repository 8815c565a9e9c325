"""What a simulation knows of its pairs, carried to the prepared grid.

`iodine.npy` is the true iodine map in mg/cm2 and `x_before.npy` LE before contrast, both float32 `n h w` on the grid of
LE, to which the strict chain also brings DES; they go through the very steps of x, x_before also through LE's own grey
scale and breast mask. `truth_lesions.csv` tells of every lesion of every pair, `truth.json` how grey becomes mg/cm2:

    iodine = iodine_at_grey_0 + mg_cm2_per_grey x grey

Of a simulation at reduced doses, `le_10.npy` and `des_10.npy` are LE and DES at 10 % of the iodine: further channels,
which came the way of x and y.

DES is presented linearly (stored value = zero + per_mg_cm2 x iodine) and through one fixed window, so the inverse is
exact between the window's ends. It holds for a prediction as for a true DES, since the strict chain never scales an
image by what is in it. Under the paper's protocol each DES is stretched by its own extremes, which a prediction does
not know: truth is left out there.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from jaxtyping import Float

from vcem.core.arrays import Grey, Labels, Mask
from vcem.core.doses import channels_of
from vcem.core.errors import FailureError, UsageError
from vcem.core.files import Row, read_manifest, write_array, write_csv, write_json
from vcem.data import given
from vcem.folders.catalogue import Catalogue, Pair
from vcem.folders.simulation import KIND, MADE_BY
from vcem.folders.truth import FACTS, KNOWN, KNOWN_COLUMNS, Facts, read_known
from vcem.prepare import chain

OnOther: TypeAlias = Float[np.ndarray, "i j"]
"""An image on another grid than the given one."""
ARRAYS = ("iodine", "x_before")
REST = "a folder made by `vcem simulate`, and a catalogue that `vcem import dicom` made of it"


class OnGrid(NamedTuple):
    """Truth of one pair on the prepared grid; `ends` are the stored values of DES that are grey 0 and 1.

    `at_doses`: the images at reduced doses by the names of their channels.
    """

    iodine: Grey
    x_before: Grey
    lesion: Labels
    ends: tuple[float, float]
    at_doses: dict[str, Grey]


@dataclass(frozen=True)
class Known:
    """Where a simulation keeps its truth, its table of lesions and its manifest."""

    folder: Path
    lesions: tuple[Row, ...]
    manifest: dict[str, Any]

    @property
    def doses(self) -> tuple[int, ...]:
        """The reduced doses, in percent, at which the women were imaged too."""
        return tuple(self.manifest.get("doses", ()))


def find(catalogue: Catalogue, source: Path) -> Known | None:
    """Return the truth that a catalogue names, None where it names none.

    Raises:
        UsageError: if it names one that is not there or not whole.
    """
    if not catalogue.manifest.get("truth"):
        return None
    manifest = read_manifest(source, KIND, MADE_BY)
    missing = [key for key in ("spacing_mm", "seed", "patients", "des_pixel", "joint_table") if key not in manifest]
    if missing:
        raise UsageError(f"The manifest of {source} lacks {', '.join(missing)}.", REST, "simulate it again")
    rows = tuple(read_known(catalogue.folder))
    return Known(source / catalogue.manifest["truth"], rows, manifest)


@dataclass(frozen=True)
class Way:
    """The way of a pair to the prepared grid.

    `breast` is the mask of the given LE image, `steps` are the geometric steps of x, `des` is the way of grey values
    of DES, registration included.
    """

    breast: Mask
    steps: Sequence[chain.Step]
    des: Callable[[Grey], OnOther]

    def le(self, grey: Grey) -> OnOther:
        """Bring grey values of LE to the grid."""
        return chain.do(self.steps, np.where(self.breast, grey, 0).astype(np.float32)).astype(np.float32)


def on_grid(file: Path, source: Path, pair: Pair, way: Way, doses: Sequence[int] = ()) -> OnGrid:
    """Bring one pair's truth to the prepared grid.

    Args:
        file: the NPZ file of the pair.
        source: folder of the given images.
        pair: its row of the catalogue.
        way: to the grid.
        doses: reduced doses whose images are in the file.

    Raises:
        FailureError: if the file is damaged, or its grid is not that of LE.
    """
    des_names = {des: le for le, des in map(channels_of, doses)}
    stored = _read(file, way.breast.shape, ("iodine", "lesion", "le_before", *des_names.values(), *des_names))

    def le(name: str) -> OnOther:
        return way.le(given.fixed(source / pair.le, pair.le_window, stored[name]))

    def des(name: str) -> OnOther:
        return way.des(given.fixed(source / pair.des, pair.des_window, stored[name]))

    return OnGrid(
        chain.do(way.steps, stored["iodine"].astype(np.float32)).astype(np.float32),
        le("le_before"),
        _labels(stored["lesion"], way.steps),
        given.ends(source / pair.des, pair.des_window),
        {name: le(name) for name in des_names.values()} | {name: des(name) for name in des_names},
    )


def _read(file: Path, shape: tuple[int, ...], names: Sequence[str]) -> dict[str, np.ndarray]:
    try:
        with np.load(file, allow_pickle=False) as held:
            found = {name: held[name] for name in names}
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise FailureError(f"{file} cannot be read as truth: {error}.", REST, "simulate it again") from error
    if any(array.shape != shape for array in found.values()):
        raise FailureError(
            f"{file} has the shape {found['iodine'].shape}, its LE image {shape}.", "one grid", "simulate it again"
        )
    return found


def _labels(labels: np.ndarray, steps: Sequence[chain.Step]) -> Labels:
    """Give each pixel of the grid to the lesion that covers at least half of it."""
    on_grid = None
    for number in np.unique(labels):
        covered = chain.do(steps, (labels == number).astype(np.float32))
        on_grid = np.zeros(covered.shape, np.uint8) if on_grid is None else on_grid
        if number:
            on_grid[covered >= 0.5] = number
    return np.zeros((0, 0), np.uint8) if on_grid is None else on_grid


def write(out: Path, known: Known, made: Sequence[tuple[str, OnGrid | None]]) -> dict[str, Any]:
    """Write the truth of all prepared pairs; returns what the manifest says of it.

    Raises:
        FailureError: if the DES images are not all shown through one window.
    """
    found = {pair: truth for pair, truth in made if truth is not None}
    for name in ARRAYS:
        write_array(out / f"{name}.npy", np.stack([getattr(truth, name) for truth in found.values()]))
    extra = [name for dose in known.doses for name in channels_of(dose)]
    for name in extra:
        write_array(out / f"{name}.npy", np.stack([truth.at_doses[name] for truth in found.values()]))
    rows = [row for row in known.lesions if row["pair"] in found]
    write_csv(out / KNOWN, KNOWN_COLUMNS, ({c: row[c] for c in KNOWN_COLUMNS} for row in rows))
    facts = _facts(known, {truth.ends for truth in found.values()})
    write_json(out / FACTS, asdict(facts))
    line = {"iodine_at_grey_0": facts.iodine_at_grey_0, "mg_cm2_per_grey": facts.mg_cm2_per_grey}
    told = {"facts": FACTS, "lesions": KNOWN, "arrays": [f"{n}.npy" for n in ARRAYS], **line}
    return {"truth": told} | ({"extra": extra} if extra else {})


def _facts(known: Known, ends: set[tuple[float, float]]) -> Facts:
    if len(ends) != 1:
        raise FailureError(
            f"The DES images are shown through {len(ends)} different windows.",
            "one window, so that grey means the same iodine everywhere",
            "simulate the cohort with one presentation",
        )
    [(low, high)] = ends
    pixel, spacing = known.manifest["des_pixel"], float(known.manifest["spacing_mm"])
    zero, per_mg = float(pixel["zero"]), float(pixel["per_mg_cm2"])
    made = (int(known.manifest["seed"]), int(known.manifest["patients"]))
    return Facts((low - zero) / per_mg, (high - low) / per_mg, spacing, *made, tuple(known.manifest["joint_table"]))
