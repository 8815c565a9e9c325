"""Where the true lesions lie on a study's pictures: part of the sealed truth, for marks to be judged by."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from math import inf

import numpy as np
from jaxtyping import Float, Int

from vcem.core.terms import Side
from vcem.folders.prepared import PreparedPair, Store
from vcem.folders.truth import read_facts, read_known
from vcem.study.items import Candidate
from vcem.study.pictures import near_wall
from vcem.study.sources import Sources, given_per_pixel, pairs_by_place

Run = tuple[int, int, int]


@dataclass(frozen=True)
class Lesion:
    """One lesion on one picture, in the picture's pixels: runs of (row, first column, last column).

    `pixel_mm` is 0 where the spacing is not known. `malignant` is known of each lesion in a simulation; elsewhere all
    lesions of a breast with cancer count as malignant.
    """

    case: str
    panel: str
    number: int
    malignant: bool
    pixel_mm: float
    runs: tuple[Run, ...]

    @property
    def pixels(self) -> Int[np.ndarray, "n 2"]:
        """Row and column of each pixel."""
        return np.array([(row, column) for row, a, b in self.runs for column in range(a, b + 1)], np.int64)

    def distance_mm(self, row: int, column: int) -> float:
        """Return how far a pixel is from the lesion: 0 inside; infinitely far if the spacing is not known."""
        away: Float[np.ndarray, " n"] = np.hypot(*(self.pixels - [row, column]).T)
        nearest = float(away.min())
        return nearest * (self.pixel_mm or inf) if nearest else 0.0


def true_lesions(
    sources: Sources, cases: Sequence[Candidate], needed: Set[str], columns: int, spacing: float
) -> tuple[Lesion, ...]:
    """Return the lesions of the judged breasts on each of their pictures.

    Args:
        sources: the prepared folder with its lesion maps.
        cases: breasts that are read.
        needed: the sources that a picture has if it hangs.
        columns: of the pictures, next to the chest wall.
        spacing: of the given images, in mm a pixel; 0 if unknown.
    """
    malignant = _known_malignant(sources.store)
    found: list[Lesion] = []
    for case in cases:
        for pair in pairs_by_place(sources, case.case, needed).values():
            if pair.side == case.facts["side"]:
                found += _of_picture(case, pair, sources.store, columns, malignant, spacing)
    return tuple(found)


def spacing_mm(store: Store, told: float) -> float:
    """Return the pixel spacing of the given images: of a simulation its own, else what was told; 0 if unknown."""
    return read_facts(store.folder).spacing_mm if store.has_truth else told


def _known_malignant(store: Store) -> dict[tuple[str, int], bool]:
    rows = read_known(store.folder) if store.has_truth else []
    return {(row["pair"] or "", int(row["lesion"] or 0)): row["malignant"] == "True" for row in rows}


def _of_picture(
    case: Candidate,
    pair: PreparedPair,
    store: Store,
    columns: int,
    malignant: dict[tuple[str, int], bool],
    given_mm: float,
) -> list[Lesion]:
    row = store.rows([pair.pair])[0]
    labels = store.hung(row, store.lesion[row])[:, near_wall(columns, store.size.columns, Side(pair.side))]
    return [
        Lesion(
            case.case,
            pair.side + pair.view,
            n,
            malignant.get((pair.pair, n), bool(case.positive)),
            given_per_pixel(pair) * given_mm,
            _runs(labels == n),
        )
        for n in (int(n) for n in np.unique(labels))
        if n
    ]


def _runs(area: np.ndarray) -> tuple[Run, ...]:
    runs: list[Run] = []
    for row in np.flatnonzero(area.any(1)):
        edges = np.flatnonzero(np.diff(np.pad(area[row].astype(np.int8), 1)))
        runs += [(int(row), int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return tuple(runs)
