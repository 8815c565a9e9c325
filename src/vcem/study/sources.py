"""Where a study's cases and pictures come from: a prepared folder (LE and real DES) and folders of predictions."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vcem.core.arrays import Grey
from vcem.core.errors import UsageError
from vcem.folders.predictions import Predictions, belongs_to
from vcem.folders.prepared import PreparedPair, Store
from vcem.study.cases import Candidate
from vcem.study.design import REAL, Design, MultiReader

LE = "LE"
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


def candidates(design: Design, sources: Sources) -> list[Candidate]:
    """Return the cases that could be read: breasts in a multi-reader study, single exposures otherwise."""
    groups: dict[str, list[PreparedPair]] = {}
    breasts = isinstance(design.reading, MultiReader)
    for pair in sources.store.pairs:
        groups.setdefault(f"{pair.patient}_{pair.side}" if breasts else pair.pair, []).append(pair)
    return [_candidate(name, own, sources) for name, own in groups.items()]


def _candidate(name: str, pairs: Sequence[PreparedPair], sources: Sources) -> Candidate:
    first = pairs[0]
    facts = {
        "density": first.density,
        "view": "+".join(sorted({p.view for p in pairs})),
        "side": first.side,
        "birads": max((p.birads for p in pairs), key=birads_category),
        "pathology": first.pathology,
        "machine": first.machine,
    }
    shown = frozenset.intersection(*(sources.of(p.pair) for p in pairs))
    return Candidate(name, first.patient, positive("$".join(p.pathology for p in pairs)), shown, facts)


def positive(pathology: str) -> bool | None:
    """Return whether biopsy or follow-up found cancer; None where it is not said."""
    found = {word.strip().lower() for word in pathology.split("$")}
    if found & set(POSITIVE):
        return True
    return False if found & set(NEGATIVE) else None


def birads_category(cell: str) -> int:
    """Return the highest BI-RADS category that a cell holds (`4$5` is 5, `4a` is 4); 0 if none."""
    return max((int(digit) for digit in re.findall(r"[0-6]", cell)), default=0)
