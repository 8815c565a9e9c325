"""A study opened: what the server may know; and beside it the sealed truth, which it never opens.

The sealed truth is a file of its own outside the folder, readable by its owner only. Protocol and truth hold each
other's check sum: neither they nor a picture or an item can be changed after the first answer without being found out.
The secret from which all was drawn lies in the truth alone.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vcem.core.errors import FailureError, UsageError
from vcem.core.files import read_json, read_manifest, sha256, sha256_text
from vcem.folders.study import ITEMS, KIND, MADE_BY, PROTOCOL
from vcem.study.cases import repeats
from vcem.study.design import Design, parse_design
from vcem.study.items import Candidate, Chosen, Item, Layer, Panel, Phase, Slot
from vcem.study.lesions import Lesion
from vcem.study.questions import Canvas
from vcem.study.schedule import schedule
from vcem.study.secret import Secret


@dataclass(frozen=True)
class Study:
    """An opened study.

    Check sums: `protocol` of all that was fixed, `truth` of the sealed file, `frozen` of all but the truth, `files` of
    items and pictures. `left_out` counts the cases that could not be drawn because their truth is not known,
    `known_patients` the images of patients of whom a network saw another image. `plan` tells the expected power.
    """

    folder: Path
    design: Design
    protocol: str
    truth: str
    frozen: str
    files: Mapping[str, str]
    rows: int
    columns: int
    origin: str
    slots: tuple[Slot, ...]
    left_out: int = 0
    known_patients: int = 0
    plan: tuple[str, ...] = ()

    def canvas(self, slot: Slot) -> Canvas:
        """Return where the marks of a reading can be."""
        return Canvas(frozenset(panel.title for panel in slot.panels), self.rows, self.columns)


@dataclass(frozen=True)
class Truth:
    """The sealed truth: the secret, what each item showed, the facts of each case, and where its lesions lie."""

    secret: Secret
    items: Mapping[str, Item]
    cases: Mapping[str, Candidate]
    lesions: tuple[Lesion, ...] = ()


def open_study(folder: Path) -> Study:
    """Open a study without its truth.

    Raises:
        UsageError: if it is not a finished study.
        FailureError: if a file is not as it was frozen.
    """
    read_manifest(folder, KIND, MADE_BY)
    try:
        return _opened(folder)
    except (AttributeError, KeyError, TypeError) as error:
        raise _changed(folder / PROTOCOL) from error


def _opened(folder: Path) -> Study:
    protocol = read_json(folder / PROTOCOL, MADE_BY)
    fixed = {name: value for name, value in protocol.items() if name != "protocol_sha256"}
    if digest(fixed) != protocol.get("protocol_sha256"):
        raise _changed(folder / PROTOCOL)
    if not _same(folder / ITEMS, fixed["files"][ITEMS]):
        raise _changed(folder / ITEMS)
    slots = tuple(_slot(plain) for plain in read_json(folder / ITEMS, MADE_BY))
    seal = fixed.pop("truth_sha256")
    return Study(
        folder,
        parse_design(protocol["design"], str(folder / PROTOCOL)),
        protocol["protocol_sha256"],
        seal,
        digest(fixed),
        fixed["files"],
        protocol["rows"],
        protocol["columns"],
        protocol["origin"],
        slots,
        protocol["left_out"],
        protocol["known_patients"],
        tuple(protocol["plan"]),
    )


def _slot(plain: dict[str, Any]) -> Slot:
    panels = tuple(
        Panel(**{**panel, "layers": tuple(Layer(**layer) for layer in panel["layers"])}) for panel in plain["panels"]
    )
    return Slot(**{**plain, "phase": Phase(plain["phase"]), "panels": panels})


def changed_files(study: Study) -> list[str]:
    """Return the frozen files that are missing or not as they were made."""
    return [name for name, sum_ in study.files.items() if not _same(study.folder / name, sum_)]


def refuse_changed(study: Study) -> None:
    """Refuse a study of which a frozen file was changed.

    Raises:
        FailureError: naming the first.
    """
    for name in changed_files(study):
        raise _changed(study.folder / name)


def _changed(path: Path) -> FailureError:
    return FailureError(f"{path} is not as it was frozen.", "the file as `vcem study new` made it", "go back to a copy")


def digest(content: Mapping[str, Any]) -> str:
    """Return the check sum of plain content."""
    return sha256_text(json.dumps(content, sort_keys=True, ensure_ascii=False))


def _same(path: Path, checksum: str) -> bool:
    return path.is_file() and sha256(path) == checksum


def open_truth(study: Study, path: Path) -> Truth:
    """Open the sealed truth, for the analysis only.

    Raises:
        UsageError: if it is not this study's.
    """
    content = read_json(path, "the sealed truth that `vcem study new` wrote")
    if sha256(path) != study.truth:
        raise UsageError(
            f"{path} is not the truth that was sealed for {study.folder}, or it was changed.",
            f"the file with the check sum {study.truth}",
        )
    if content.get("frozen_sha256") != study.frozen:
        raise _changed(study.folder / PROTOCOL)
    items = [Item(**{**i, "phase": Phase(i["phase"]), "shown": tuple(i["shown"])}) for i in content["items"]]
    cases = [Candidate(**{**c, "sources": frozenset(c["sources"])}) for c in content["cases"]]
    lesions = tuple(Lesion(**{**n, "runs": tuple(tuple(r) for r in n["runs"])}) for n in content["lesions"])
    return Truth(Secret(content["secret"]), {i.opaque: i for i in items}, {c.case: c for c in cases}, lesions)


def drawn_again(study: Study, truth: Truth) -> bool:
    """Return whether the sealed secret draws the sealed orders, arms and names again."""
    cases, count = tuple(truth.cases.values()), study.design.cases.count
    chosen = Chosen(cases[:count], cases[count:], repeats(study.design, cases[:count], truth.secret))
    return schedule(study.design, chosen, truth.secret) == tuple(truth.items.values())
