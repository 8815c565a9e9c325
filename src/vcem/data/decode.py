"""A catalogue decoded once into a prepared folder, by the paper's chain or by the strict one."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vcem.core.arrays import Grey, Mask
from vcem.core.building import rebuilt
from vcem.core.called import FIELD
from vcem.core.errors import FailureError, UsageError, VcemError
from vcem.core.files import refuse_mixture, sha256, write_array, write_manifest
from vcem.core.grid import Framing, Size, checked
from vcem.core.nrrd import Axes
from vcem.core.terms import Energy, Frame, Protocol, Side
from vcem.core.watch import Watch, unwatched
from vcem.data import given, truth
from vcem.data.truth import OnGrid
from vcem.engine import Failed, How, each
from vcem.folders.catalogue import (
    OUTLINES,
    PAIRS,
    Catalogue,
    Outline,
    Pair,
    Skipped,
    read_order,
    write_order,
    write_skipped,
)
from vcem.folders.prepared import KIND, PreparedPair, Store, open_store, write_table
from vcem.prepare import chain, lesions
from vcem.prepare.breast import breast_mask
from vcem.prepare.frame import steps_of
from vcem.prepare.register import Register
from vcem.prepare.resize import Resize
from vcem.prepare.scale import min_max
from vcem.prepare.square import Square
from vcem.prepare.stretch import read_window

LEAST_SIDE = 16


class Prepared(NamedTuple):
    """One pair on the prepared grid."""

    x: Grey
    y: Grey
    mask: Mask
    lesion: np.ndarray
    chain: str
    truth: OnGrid | None = None


@dataclass(frozen=True)
class Source:
    """What a worker needs to prepare one pair; `axes`: how NRRD files lie.

    `truth` is the file of a simulated pair, `doses` the reduced ones of which it holds images.
    """

    folder: Path
    pair: Pair
    outlines: tuple[Outline, ...]
    truth: Path | None = None
    axes: Axes | None = None
    doses: tuple[int, ...] = ()


def prepare(
    catalogue: Catalogue, out: Path, protocol: Protocol, framing: Framing, jobs: int = 1, watch: Watch = unwatched
) -> tuple[Store, list[Skipped]]:
    """Decode every pair of a catalogue into `out`.

    Args:
        catalogue: the pairs.
        out: folder to write.
        protocol: `paper` is the published chain, unregistered and with each image's own scale; `strict` registers,
            keeps a fixed grey scale and antialiases.
        framing: the grid of the prepared images, and what of the given ones it shows.
        jobs: worker processes; the result does not depend on it.
        watch: passes the prepared pairs through, for progress.

    Returns:
        The prepared folder and the pairs that could not be prepared, with the reason.

    Raises:
        UsageError: if `out` holds something else, a side of the grid is below 16, or the paper's chain shall crop.
        FailureError: if no pair could be prepared.
    """
    _refuse(checked(framing), protocol)
    refuse_mixture(out, KIND)  # before the work, not only before its writing
    known = truth.find(catalogue, catalogue.source) if protocol is Protocol.STRICT else None
    sources = _sources(catalogue, known)
    found = each(partial(_attempt, protocol=protocol, framing=framing), sources, How(jobs), lambda s: s.pair.pair)
    results = [Skipped(r.name, r.reason) if isinstance(r, Failed) else r for r in watch(found, len(sources))]
    skipped = [r for r in results if isinstance(r, Skipped)]
    done = [(s.pair, r) for s, r in zip(sources, results, strict=True) if isinstance(r, Prepared)]
    if not done:
        reason = skipped[0].why if skipped else "the catalogue has no pair"
        raise FailureError("No pair could be prepared.", "at least one readable pair", f"the first reason: {reason}")
    facts = {"protocol": protocol} | framing.facts | {"origin": catalogue.origin, "pairs": len(done)}
    # the tables, not the manifest: it names a folder of one machine, and the same data elsewhere are the same data
    inputs = {name: sha256(catalogue.folder / name) for name in (PAIRS, OUTLINES)}
    with rebuilt(out, KIND) as building:
        write_order(building, read_order(catalogue.folder))
        _write(building, done, skipped)
        if known:
            facts |= truth.write(building, known, [(pair.pair, made.truth) for pair, made in done])
        write_manifest(building, KIND, facts | {"catalogue": inputs, FIELD: catalogue.manifest.get(FIELD, [])})
    return open_store(out), skipped


def _refuse(framing: Framing, protocol: Protocol) -> None:
    if min(framing.size) < LEAST_SIDE:
        raise UsageError(f"Size {framing.size.plain} is too small for a mammogram.", f"{LEAST_SIDE} or more",
                         "use --size 256x128, or --size 128 for a square")  # fmt: skip
    if protocol is Protocol.PAPER and framing.frame is not Frame.FIELD:
        raise UsageError("The paper's chain pads the whole field to a square.", "--protocol paper --frame field",
                         "leave --frame out")  # fmt: skip


def _sources(catalogue: Catalogue, known: truth.Known | None) -> list[Source]:
    outlines: dict[str, list[Outline]] = {}
    for outline in catalogue.outlines:
        outlines.setdefault(outline.pair, []).append(outline)
    axes = Axes(catalogue.manifest["nrrd_axes"]) if "nrrd_axes" in catalogue.manifest else None
    return [
        Source(catalogue.source, pair, tuple(outlines.get(pair.pair, ())),
               known.folder / f"{pair.pair}.npz" if known else None, axes, known.doses if known else ())
        for pair in catalogue.pairs
    ]  # fmt: skip


def _attempt(source: Source, protocol: Protocol, framing: Framing) -> Prepared | Skipped:
    try:
        return _paper(source, framing.size) if protocol is Protocol.PAPER else _strict(source, framing)
    except VcemError as error:
        return Skipped(source.pair.pair, " ".join(str(error).split()))


def _paper(source: Source, size: Size) -> Prepared:
    """Pad, window or none, per-image min-max, linear resize without antialiasing: the authors' chain."""
    x, y = (given.stored(source.folder / n, source.axes, source.pair.side) for n in (source.pair.le, source.pair.des))
    on_x = _paper_steps(x, source.pair, source.pair.le_window, size)
    on_y = _paper_steps(y, source.pair, source.pair.des_window, size)
    drawn, energy = _drawn(source.outlines)
    lesion = lesions.draw(drawn, partial(chain.place, steps=on_y if energy is Energy.DES else on_x), size)
    geometry = [step for step in on_x if isinstance(step, Square | Resize)]
    mask = chain.do(geometry, _breast(x, source.pair.side).astype(np.float32)) >= 0.5
    return _whole(_pack(chain.do(on_x, x), chain.do(on_y, y), mask, lesion, chain.to_json(on_x)))


def _paper_steps(stored: Grey, pair: Pair, window: str, size: Size) -> list[chain.Step]:
    square = Square(stored.shape[0], stored.shape[1], pair.side)
    stretch = read_window(window)
    clipped = square.do(stored) if stretch is None else stretch.do(square.do(stored))
    resize = Resize(square.size, size.rows, antialias=False)
    return [square, *([stretch] if stretch else []), min_max(clipped), resize]


def _strict(source: Source, framing: Framing) -> Prepared:
    """Register, frame, fixed scale, antialiased resize; DES is 0 outside the breast and where it has no pixel."""
    pair = source.pair
    if pair.dx_px is None or pair.dy_px is None:
        raise FailureError("LE and DES are not registered.", "dx_px and dy_px in the catalogue")
    x, y = (
        given.fixed(source.folder / name, w, axes=source.axes, side=pair.side)
        for name, w in ((pair.le, pair.le_window), (pair.des, pair.des_window))
    )
    register = Register(pair.dx_px, pair.dy_px, x.shape[0], x.shape[1], pair.des_per_le)
    breast = breast_mask(x, pair.side)
    seen = breast & register.covered(y.shape)
    spacing_mm = given.spacing_mm(source.folder / pair.le) if framing.pixel_mm else None
    steps = steps_of(framing, breast, pair.side, spacing_mm)
    mask = chain.do(steps, seen.astype(np.float32)) >= 0.5

    def on_x(des: Grey) -> truth.OnOther:
        return (chain.do(steps, np.where(seen, register.do(des), 0)) * mask).astype(np.float32)

    way = truth.Way(breast, steps, on_x)
    true = None if source.truth is None else truth.on_grid(source.truth, source.folder, pair, way, source.doses)
    lesion = _lesions(source, register, steps, framing.size) if true is None else true.lesion
    made = _pack(way.le(x), on_x(y), mask, lesion * mask, chain.to_json(steps))
    return _whole(made)._replace(truth=true)


def _whole(made: Prepared) -> Prepared:
    """Refuse a target, or an image to draw it from, that shows one grey alone inside the breast."""
    for name, image in (("LE", made.x), ("DES", made.y)):
        inside = image[made.mask]
        if not inside.size or inside.min() == inside.max():
            raise FailureError(f"{name} is empty: one grey over all of the breast.", "an image with a breast in it",
                               "look at it, its window and its registration")  # fmt: skip
    return made


def _lesions(source: Source, register: Register, steps: list[chain.Step], size: Size) -> np.ndarray:
    drawn, energy = _drawn(source.outlines)
    return lesions.draw(drawn, partial(_place, register=register, steps=steps, energy=energy), size)


def _place(points: np.ndarray, register: Register, steps: list[chain.Step], energy: Energy) -> np.ndarray:
    return chain.place(register.points(points) if energy is Energy.DES else points, steps)


def _drawn(outlines: tuple[Outline, ...]) -> tuple[list[Outline], Energy]:
    """Return the outlines to score in: those drawn on DES, where enhancement is seen, or else those drawn on LE."""
    on_des = [o for o in outlines if o.energy is Energy.DES]
    return (on_des, Energy.DES) if on_des else ([o for o in outlines if o.energy is Energy.LE], Energy.LE)


def _breast(stored: Grey, side: Side) -> Mask:
    return breast_mask(min_max(stored).do(stored), side)


def _pack(x: Grey, y: Grey, mask: Mask, lesion: np.ndarray, steps: str) -> Prepared:
    return Prepared(x.astype(np.float32), y.astype(np.float32), mask, lesion.astype(np.uint8), steps)


def _write(out: Path, done: list[tuple[Pair, Prepared]], skipped: list[Skipped]) -> None:
    for name in ("x", "y", "mask", "lesion"):
        write_array(out / f"{name}.npy", np.stack([getattr(prepared, name) for _, prepared in done]))
    write_table(out, (_row(pair, prepared.chain) for pair, prepared in done))
    write_skipped(out, skipped)


def _row(pair: Pair, steps: str) -> PreparedPair:
    return PreparedPair(pair.pair, pair.patient, pair.side, pair.view, pair.density or "", pair.birads, pair.pathology,
                        pair.machine, pair.origin, pair.le, steps)  # fmt: skip
