"""The folder of a study: what the server may know; and beside it the sealed truth, which it never opens.

`protocol.json` (design, check sums, size of the pictures), `items.json` (who reads which opaque pictures when),
`pictures/` and a manifest. The sealed truth is a file of its own outside the folder, readable by its owner only; the
protocol holds its check sum, so it cannot be changed after the first answer without being found out.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vcem.core.errors import FailureError, UsageError
from vcem.core.files import (
    MANIFEST,
    read_json,
    read_manifest,
    sha256,
    sha256_text,
    write_bytes,
    write_json,
    write_manifest,
)
from vcem.core.terms import Side
from vcem.study.cases import candidates, choose
from vcem.study.design import Design, parse_design
from vcem.study.hanging import Wanted, hang
from vcem.study.items import Candidate, Chosen, Item, Layer, Panel, Phase, Slot
from vcem.study.lesions import Lesion
from vcem.study.pictures import common_depth, near_wall, picture_bytes, reach
from vcem.study.planning import plan_lines
from vcem.study.schedule import protocol_hash, schedule
from vcem.study.sources import LE, Sources
from vcem.study.unseen import check_unseen

KIND = "study"
MADE_BY = "vcem study new"
SEALED = "sealed truth of a study"


@dataclass(frozen=True)
class Study:
    """An opened study. `protocol` is the check sum of all that was fixed; `truth` that of the sealed file.

    `left_out` counts the cases that could not be drawn because their truth is not known, `known_patients` the images of
    patients of whom a network saw another image. `plan` tells the power that was expected.
    """

    folder: Path
    design: Design
    protocol: str
    truth: str
    rows: int
    columns: int
    origin: str
    slots: tuple[Slot, ...]
    left_out: int = 0
    known_patients: int = 0
    plan: tuple[str, ...] = ()


@dataclass(frozen=True)
class Truth:
    """The sealed truth: what each item showed, the facts of each case, and where its lesions lie."""

    items: Mapping[str, Item]
    cases: Mapping[str, Candidate]
    lesions: tuple[Lesion, ...] = ()


def write_study(design: Design, sources: Sources, out: Path, truth: Path) -> Study:
    """Draw the cases and orders, make the pictures, freeze the protocol, seal the truth.

    Raises:
        UsageError: if the design does not fit the cases, or something stands where the study shall go.
    """
    _refuse_existing(out, truth)
    design.reading.check_data(sources.store)
    known = check_unseen(design, sources)
    chosen = choose(design, candidates(design, sources))
    items = schedule(design, chosen)
    panels, wanted = hang(design, sources, items)
    bits, columns = _write_pictures(out / "pictures", wanted, sources)
    lesions = design.reading.lesions(sources, chosen.read, columns)
    seal = _seal(truth, items, chosen, lesions)
    protocol = {
        "design": asdict(design),
        "protocol_sha256": protocol_hash(design, chosen, items),
        "truth_sha256": seal,
        "prepared_sha256": sources.store.digest,
        "origin": sources.store.origin,
        "rows": sources.store.size,
        "columns": columns,
        "bits": bits,
        "left_out": len(chosen.left_out),
        "known_patients": known,
        "plan": plan_lines(design),
    }
    write_json(out / "protocol.json", protocol)
    write_json(out / "items.json", _plain_slots(design, items, chosen, panels))
    write_manifest(out, KIND, {"protocol_sha256": protocol["protocol_sha256"]})
    return open_study(out)


def _refuse_existing(out: Path, truth: Path) -> None:
    if out.exists() and any(out.iterdir()):
        raise UsageError(f"{out} already holds files.", "a new folder: a study is never overwritten")
    if truth.exists():
        raise UsageError(f"{truth} already exists.", "a new file: a sealed truth is never overwritten")
    if truth.resolve().is_relative_to(out.resolve()):
        raise UsageError(f"{truth} lies inside the study.", "a place outside: the server never reads the truth")


def _write_pictures(folder: Path, wanted: Sequence[Wanted], sources: Sources) -> tuple[int, int]:
    """Write all pictures on one grid; return their bit depth and columns."""
    store = sources.store
    rows = {w.pair: store.rows([w.pair])[0] for w in wanted}
    bits = common_depth(sources.image(w.pair, w.source) for w in wanted if w.source != LE)
    columns = max(reach(store.mask[row], Side(store.pairs[row].side)) for row in rows.values())
    for w in wanted:
        row = rows[w.pair]
        cut = near_wall(columns, store.size, Side(store.pairs[row].side))
        grey = picture_bytes(sources.image(w.pair, w.source)[:, cut], store.mask[row][:, cut], bits)
        write_bytes(folder / f"{w.picture}.grey", grey)
    return bits, columns


def _seal(path: Path, items: Sequence[Item], chosen: Chosen, lesions: Sequence[Lesion]) -> str:
    cases = [*chosen.read, *chosen.training]
    content = {
        "kind": SEALED,
        "items": [asdict(item) for item in items],
        "cases": [asdict(c) | {"sources": sorted(c.sources)} for c in cases],
        "lesions": [asdict(lesion) for lesion in lesions],
    }
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise FailureError(f"{path} cannot be written: {error.strerror or error}.", "a folder to write to") from error
    return sha256_text(text)


def _plain_slots(
    design: Design, items: Sequence[Item], chosen: Chosen, panels: Mapping[str, tuple[Panel, ...]]
) -> list[dict[str, Any]]:
    sides = {c.case: c.facts["side"] for c in (*chosen.read, *chosen.training)}
    return [
        asdict(
            Slot(
                item.opaque,
                item.reader,
                item.session,
                item.position,
                item.phase,
                design.reading.about(Side(sides[item.case])),
                panels[item.opaque],
            )
        )
        for item in items
    ]


def open_study(folder: Path) -> Study:
    """Open a study without its truth.

    Raises:
        UsageError: if it is not a finished study.
        FailureError: if a file is not as it was frozen.
    """
    manifest = read_manifest(folder, KIND, MADE_BY)
    for name in ("protocol.json", "items.json"):
        if sha256(folder / name) != manifest["files"].get(name):
            raise FailureError(f"{folder / name} was changed after the study was frozen.", "the file as it was made")
    protocol = read_json(folder / "protocol.json", MADE_BY)
    slots = tuple(_slot(plain) for plain in read_json(folder / "items.json", MADE_BY))
    return Study(
        folder,
        parse_design(protocol["design"], str(folder / "protocol.json")),
        protocol["protocol_sha256"],
        protocol["truth_sha256"],
        protocol["rows"],
        protocol["columns"],
        protocol["origin"],
        slots,
        protocol["left_out"],
        protocol.get("known_patients", 0),
        tuple(protocol.get("plan", ())),
    )


def _slot(plain: dict[str, Any]) -> Slot:
    panels = tuple(
        Panel(**{**panel, "layers": tuple(Layer(**layer) for layer in panel["layers"])}) for panel in plain["panels"]
    )
    return Slot(**{**plain, "phase": Phase(plain["phase"]), "panels": panels})


def changed_files(study: Study) -> list[str]:
    """Return the frozen files that are missing or not as they were made."""
    files = read_json(study.folder / MANIFEST, MADE_BY)["files"]
    return [name for name, sum_ in files.items() if not _same(study.folder / name, sum_)]


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
    items = [Item(**{**i, "phase": Phase(i["phase"]), "shown": tuple(i["shown"])}) for i in content["items"]]
    cases = [Candidate(**{**c, "sources": frozenset(c["sources"])}) for c in content["cases"]]
    lesions = tuple(Lesion(**{**n, "runs": tuple(tuple(r) for r in n["runs"])}) for n in content["lesions"])
    return Truth({i.opaque: i for i in items}, {c.case: c for c in cases}, lesions)
