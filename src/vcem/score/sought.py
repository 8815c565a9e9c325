"""Which lesions a detector is to find, and what nobody can judge."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from jaxtyping import UInt8

from vcem.core.errors import UsageError
from vcem.folders.prepared import UNKNOWN, Store
from vcem.folders.truth import read_known
from vcem.metrics.lesion import LEAST_AREA_PX, measure_lesions


class Find(StrEnum):
    """The lesions to find: every outlined one, those that take up contrast, or the malignant ones."""

    OUTLINED = "outlined"
    ENHANCING = "enhancing"
    MALIGNANT = "malignant"


@dataclass(frozen=True)
class Sought:
    """What is to be found. `kinds`: for each row the lesions' numbers, True if sought, None if it cannot be judged.

    `labels`: 1 inside sought lesions, UNKNOWN where a lesion cannot be judged and all over an image of which nobody
    says where its lesions are or that it has none.
    """

    labels: UInt8[np.ndarray, "n h w"]
    kinds: tuple[Mapping[int, bool | None], ...]

    def is_known(self, row: int) -> bool:
        """Whether anybody knows where the lesions of this image are."""
        return bool(self.labels[row].min() < UNKNOWN)


def sought_of(store: Store, find: Find) -> Sought:
    """Return what is to be found in the images of a prepared folder.

    A lesion below 3 x 3 pixels cannot be judged. Of a simulation its truth says which lesions took up contrast and
    which are malignant; of other data the real DES by the rule of `metrics.lesion`, and the pathology of the pair.

    Raises:
        UsageError: if there is no such lesion.
    """
    outlines, told = store.channel("lesion"), _told(store)
    labels, kinds = np.zeros(outlines.shape, np.uint8), []
    for row, outline in enumerate(outlines):
        if outline.min() == UNKNOWN:
            labels[row], own = UNKNOWN, {}
        else:
            own = _kinds(store, row, find, told.get(store.pairs[row].pair, {}))
        for number, kind in own.items():
            labels[row][outline == number] = UNKNOWN if kind is None else kind
        kinds.append(own)
    if not any(kind for own in kinds for kind in own.values()):
        raise UsageError(f"{store.folder} has no {find} lesion.", "outlined lesions to be found",
                         "seek others with --find, or prepare pairs with outlines")  # fmt: skip
    return Sought(labels, tuple(kinds))


def _told(store: Store) -> dict[str, dict[int, Mapping[str, str]]]:
    """Return what a simulation knows of the lesions of each pair."""
    found: dict[str, dict[int, Mapping[str, str]]] = {}
    for known in read_known(store.folder) if store.has_truth else []:
        found.setdefault(known["pair"], {})[int(known["lesion"])] = known
    return found


def _kinds(store: Store, row: int, find: Find, told: Mapping[int, Mapping[str, str]]) -> dict[int, bool | None]:
    lesion, mask = np.asarray(store.lesion[row]), np.asarray(store.mask[row])
    areas = {int(n): int((mask & (lesion == n)).sum()) for n in np.unique(lesion[lesion > 0])}
    judged = dict.fromkeys(areas, True) if find is Find.OUTLINED else _judged(store, row, find, told)
    return {n: judged.get(n) if area >= LEAST_AREA_PX else None for n, area in areas.items()}


def _judged(store: Store, row: int, find: Find, told: Mapping[int, Mapping[str, str]]) -> dict[int, bool | None]:
    if store.has_truth:
        return {n: known[find] == "True" for n, known in told.items()}
    y, lesion = np.asarray(store.y[row]), np.asarray(store.lesion[row])
    if find is Find.ENHANCING:
        return {x.lesion: x.enhancing for x in measure_lesions(y, y, np.asarray(store.mask[row]), lesion)}
    word = store.pairs[row].pathology.lower()
    kind = True if word.startswith("malignant") else False if word.startswith("benign") else None
    return dict.fromkeys(map(int, np.unique(lesion[lesion > 0])), kind)
