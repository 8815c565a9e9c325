"""Where a study's cases and pictures come from: a prepared folder (LE and real DES) and folders of predictions."""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from vcem.core.arrays import Grey
from vcem.core.errors import UsageError
from vcem.folders.predictions import Predictions, belongs_to
from vcem.folders.prepared import PreparedPair, Store
from vcem.prepare import chain

REAL, LE, DES = "real", "LE", "DES"
POSITIVE, NEGATIVE = ("malignant",), ("benign", "normal")
VIEWS = ("CC", "MLO")


@dataclass(frozen=True)
class Sources:
    """All images that could be shown. `places` says for each model in which predictions and row a pair's image is."""

    store: Store
    places: Mapping[str, Mapping[str, tuple[Predictions, int]]]

    def of(self, pair: str) -> frozenset[str]:
        """Return the sources that have an image of a pair."""
        return frozenset([REAL, *(model for model, own in self.places.items() if pair in own)])

    def image(self, pair: str, source: str) -> Grey:
        """Return the image of a pair: `LE`, `real`, or by a model."""
        if source in (LE, REAL):
            return (self.store.x if source == LE else self.store.y)[self.store.rows([pair])[0]]
        predictions, row = self.places[source][pair]
        return predictions.y_hat[row]


def gather(store: Store, predictions: Sequence[tuple[str, Predictions]]) -> Sources:
    """Put named predictions beside the data that they were made from; several folds of a model become one source.

    Raises:
        UsageError: if predictions are of other data, a model is called like a real image, or shows a pair twice.
    """
    places: dict[str, dict[str, tuple[Predictions, int]]] = {}
    for model, own in predictions:
        if model in (REAL, LE):
            raise UsageError(f"A model is called {model!r}.", f"a name other than {REAL} and {LE}")
        belongs_to(own, store)
        store.rows(own.pairs)
        known = places.setdefault(model, {})
        for row, pair in enumerate(own.pairs):
            if pair in known:
                raise UsageError(
                    f"Model {model} has two images of {pair}: {known[pair][0].folder} and {own.folder}.",
                    "one image of a pair and model",
                    "leave one folder out, or give it another name: --predictions NAME=FOLDER",
                )
            known[pair] = (own, row)
    return Sources(store, places)


def positive(pathology: str) -> bool | None:
    """Return whether biopsy or follow-up found cancer; None where it is not said."""
    found = {word.strip().lower() for word in pathology.split("$")}
    if found & set(POSITIVE):
        return True
    return False if found & set(NEGATIVE) else None


def birads_category(cell: str) -> int:
    """Return the highest BI-RADS category that a cell holds (`4$5` is 5, `4a` is 4); 0 if none."""
    return max((int(digit) for digit in re.findall(r"[0-6]", cell)), default=0)


def pairs_by_place(sources: Sources, case: str, needed: Set[str]) -> dict[tuple[str, str], PreparedPair]:
    """Return the pairs of the patient of a breast by (view, side), as far as all `needed` images exist."""
    patient = next(p.patient for p in sources.store.pairs if f"{p.patient}_{p.side}" == case)
    found: dict[tuple[str, str], PreparedPair] = {}
    for pair in sources.store.pairs:
        if pair.patient == patient and needed <= sources.of(pair.pair):
            found.setdefault((pair.view, pair.side), pair)
    return found


def given_per_pixel(pair: PreparedPair) -> float:
    """Return how many pixels of the given image one prepared pixel covers."""
    return chain.given_per_pixel(pair.chain)
