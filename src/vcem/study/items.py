"""What a study is made of: cases, the readings of each reader, and the pictures that hang for one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True)
class Candidate:
    """A case that could be read: a breast or a patient, never a single image of several.

    `positive` is the truth, None where it is not known. `sources` are those whose images exist (`real`, models).
    """

    case: str
    patient: str
    positive: bool | None
    sources: frozenset[str]
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Chosen:
    """The drawn cases; `repeated` are among `read`. `left_out` had no known truth and the design gave a reason."""

    read: tuple[Candidate, ...]
    training: tuple[Candidate, ...]
    repeated: tuple[Candidate, ...]
    left_out: tuple[str, ...] = ()


class Phase(StrEnum):
    """What a reading is for."""

    TRAINING = "training"
    READING = "reading"
    REPEAT = "repeat"


@dataclass(frozen=True)
class Item:
    """One reading. `shown` are the sources or the treatment, from left to right; it is part of the sealed truth.

    `opaque` is all that a reader's browser learns; it differs for every reader and reading.
    """

    reader: str
    session: int
    position: int
    phase: Phase
    case: str
    shown: tuple[str, ...]
    opaque: str


@dataclass(frozen=True)
class Sitting:
    """One session of one reader, counted from 0; `turn` is the reader's place in a random order of readers."""

    reader: str
    turn: int
    session: int


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
class Slot:
    """One reading as the server knows it: neither the case nor what is shown. `about` names the breast to judge."""

    item: str
    reader: str
    session: int
    position: int
    phase: Phase
    about: str
    panels: tuple[Panel, ...]


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
