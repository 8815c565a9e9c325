"""What hangs where on the screen for one reading: panels in rows and columns, each with layers at the same place."""

from collections.abc import Sequence
from dataclasses import dataclass

from vcem.study.design import Design
from vcem.study.items import Item, Layer, Panel
from vcem.study.secret import Secret
from vcem.study.sources import Sources


@dataclass(frozen=True)
class Wanted:
    """A picture that has to be made: of which pair and source."""

    picture: str
    pair: str
    source: str


def hang(
    design: Design, sources: Sources, items: Sequence[Item], secret: Secret
) -> tuple[dict[str, tuple[Panel, ...]], list[Wanted]]:
    """Return the panels of each item by its opaque name, and the pictures that they need."""
    wanted: dict[str, Wanted] = {}

    def layers_of(item: Item) -> tuple[Panel, ...]:
        def layer(name: str, pair: str, source: str, place: int) -> Layer:
            picture = secret.name("picture", pair, source)
            wanted[picture] = Wanted(picture, pair, source)
            return Layer(name, secret.name("image", item.opaque, place, name), picture)

        return design.reading.panels(item, sources, layer)

    panels = {item.opaque: layers_of(item) for item in items}
    return panels, [wanted[name] for name in sorted(wanted)]
