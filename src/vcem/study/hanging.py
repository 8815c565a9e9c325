"""What hangs where on the screen for one reading: panels in rows and columns, each with layers at the same place."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vcem.core.seeds import seed_for
from vcem.core.terms import Side
from vcem.folders.prepared import PreparedPair
from vcem.study.design import Design, MostRealistic, MultiReader
from vcem.study.schedule import Item
from vcem.study.sources import LE, VIEWS, Sources

DES = "DES"


@dataclass(frozen=True)
class Layer:
    """One picture under the name that the reader sees; `image` names it in the browser, `picture` is its file."""

    name: str
    image: str
    picture: str


@dataclass(frozen=True)
class Panel:
    """One place on the screen. `anchor` is the edge with the chest wall; `scale` makes millimetres equal in a case."""

    title: str
    row: int
    column: int
    anchor: str
    scale: float
    layers: tuple[Layer, ...]


@dataclass(frozen=True)
class Wanted:
    """A picture that has to be made: of which pair and source."""

    picture: str
    pair: str
    source: str


def hang(design: Design, sources: Sources, items: Sequence[Item]) -> tuple[dict[str, tuple[Panel, ...]], list[Wanted]]:
    """Return the panels of each item by its opaque name, and the pictures that they need."""
    wanted: dict[str, Wanted] = {}
    panels = {item.opaque: _Hanging(design, sources, item, wanted).panels() for item in items}
    return panels, [wanted[name] for name in sorted(wanted)]


@dataclass(frozen=True)
class _Hanging:
    design: Design
    sources: Sources
    item: Item
    wanted: dict[str, Wanted]

    def panels(self) -> tuple[Panel, ...]:
        reading = self.design.reading
        if isinstance(reading, MultiReader):
            return self._both_breasts(reading)
        pair = self.sources.store.pairs[self.sources.store.rows([self.item.case])[0]]
        named = [(chr(ord("A") + place), source) for place, source in enumerate(self.item.shown)]
        if not isinstance(reading, MostRealistic):
            named = [(DES, self.item.shown[0])]
        elif reading.show_le:
            named = [(LE, LE), *named]
        return tuple(
            Panel(name, 0, column, "", 1.0, (self._layer(name, pair, source, column),))
            for column, (name, source) in enumerate(named)
        )

    def _both_breasts(self, reading: MultiReader) -> tuple[Panel, ...]:
        """RCC | LCC over RMLO | LMLO, as far as there are images by all sources; the case is one of the breasts."""
        des = next(t.des for t in reading.treatments if t.name == self.item.shown[0])
        pairs = pairs_by_place(self.sources, self.item.case, reading)
        sizes = {place: given_per_pixel(pair) for place, pair in pairs.items()}
        return tuple(
            self._view(pair, VIEWS.index(pair.view), des, sizes[place] / max(sizes.values()))
            for place, pair in sorted(pairs.items(), key=lambda entry: (entry[0][0], entry[0][1] == Side.LEFT))
        )

    def _view(self, pair: PreparedPair, row: int, des: str, scale: float) -> Panel:
        right = pair.side == Side.RIGHT
        place = 2 * row + (0 if right else 1)
        layers = [self._layer(LE, pair, LE, place)]
        if des:
            layers.append(self._layer(DES, pair, des, place))
        return Panel(pair.side + pair.view, row, 0 if right else 1, "right" if right else "left", scale, tuple(layers))

    def _layer(self, name: str, pair: PreparedPair, source: str, place: int) -> Layer:
        seed = self.design.seed
        picture = f"{seed_for(seed, 'picture', pair.pair, source):016x}"
        self.wanted[picture] = Wanted(picture, pair.pair, source)
        return Layer(name, f"{seed_for(seed, 'image', self.item.opaque, place, name):016x}", picture)


def pairs_by_place(sources: Sources, case: str, reading: MultiReader) -> dict[tuple[str, str], PreparedPair]:
    """Return a patient's pairs by (view, side) as far as there are images by all sources; `case` is one breast."""
    patient = next(p.patient for p in sources.store.pairs if f"{p.patient}_{p.side}" == case)
    needed = set(reading.sources)
    found: dict[tuple[str, str], PreparedPair] = {}
    for pair in sources.store.pairs:
        if pair.patient == patient and needed <= sources.of(pair.pair):
            found.setdefault((pair.view, pair.side), pair)
    return found


def given_per_pixel(pair: PreparedPair) -> float:
    """Return how many pixels of the given image one prepared pixel covers."""
    resized = [step for step in json.loads(pair.chain) if step["step"] == "resize"]
    return float(resized[0]["given"]) / float(resized[0]["size"]) if resized else 1.0


def plain_panels(panels: Sequence[Panel]) -> list[Mapping[str, object]]:
    """Return panels as the browser learns them: without the files behind the pictures."""
    return [
        {
            "title": p.title,
            "row": p.row,
            "column": p.column,
            "anchor": p.anchor,
            "scale": p.scale,
            "layers": [{"name": layer.name, "image": layer.image} for layer in p.layers],
        }
        for p in panels
    ]
