"""From a design to a frozen study: its folder, and the sealed truth beside it."""

import json
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vcem.core.errors import UsageError
from vcem.core.files import (
    MANIFEST,
    atomic,
    read_json,
    sha256,
    sha256_text,
    write_bytes,
    write_json,
    write_manifest,
)
from vcem.core.terms import Side
from vcem.folders.study import ITEMS, KIND, OWN, PROTOCOL, picture_file
from vcem.study.cases import candidates, choose
from vcem.study.design import Design
from vcem.study.folder import Study, digest, open_study
from vcem.study.hanging import Wanted, hang
from vcem.study.items import Chosen, Item, Panel, Slot
from vcem.study.lesions import Lesion
from vcem.study.pictures import common_depth, near_wall, picture_bytes, reach
from vcem.study.planning import plan_lines
from vcem.study.schedule import schedule
from vcem.study.secret import Secret, new_secret
from vcem.study.sources import LE, Sources
from vcem.study.unseen import check_unseen

SEALED = "sealed truth of a study"


def write_study(design: Design, sources: Sources, out: Path, truth: Path) -> Study:
    """Draw the cases and orders, make the pictures, freeze the protocol, seal the truth.

    Raises:
        UsageError: if the design does not fit the cases, or something stands where the study shall go.
    """
    _clear_unfinished(out, truth)
    _refuse_existing(out, truth)
    design.reading.check_data(sources.store)
    known = check_unseen(design, sources)
    secret = new_secret()
    chosen = choose(design, candidates(design, sources), secret)
    items = schedule(design, chosen, secret)
    panels, wanted = hang(design, sources, items, secret)
    bits, columns = _write_pictures(out, wanted, sources)
    lesions = design.reading.lesions(sources, chosen.read, columns)
    write_json(out / ITEMS, _plain_slots(design, items, chosen, panels))
    frozen = {
        "design": asdict(design),
        "prepared_sha256": sources.store.digest,
        "origin": sources.store.origin,
        "rows": sources.store.size.rows,
        "columns": columns,
        "bits": bits,
        "left_out": len(chosen.left_out),
        "known_patients": known,
        "plan": plan_lines(design),
        "files": {name: sha256(out / name) for name in (ITEMS, *(picture_file(w.picture) for w in wanted))},
    }
    sealed = _sealed(secret, digest(frozen), items, chosen, lesions)
    protocol = {**frozen, "truth_sha256": sha256_text(sealed)}
    write_json(out / PROTOCOL, {**protocol, "protocol_sha256": digest(protocol)})
    _write_for_owner(truth, sealed)
    write_manifest(out, KIND, {"protocol_sha256": digest(protocol)})
    return open_study(out)


def _clear_unfinished(out: Path, truth: Path) -> None:
    """Remove what a run that was cut short left of a study, so that the same command goes on."""
    if not out.is_dir() or (out / MANIFEST).exists():
        return
    if not all(re.fullmatch(OWN, p.relative_to(out).as_posix()) for p in out.rglob("*")):
        return
    if (out / PROTOCOL).is_file() and truth.is_file():
        of = read_json(out / PROTOCOL, "a protocol").get("truth_sha256")
        if of == sha256(truth):
            truth.unlink()
    shutil.rmtree(out)


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
    columns = max(reach(store.mask[row], store.side(row)) for row in rows.values())
    for w in wanted:
        row = rows[w.pair]
        cut = near_wall(columns, store.size.columns, Side(store.pairs[row].side))
        image, mask = (store.hung(row, a)[:, cut] for a in (sources.image(w.pair, w.source), store.mask[row]))
        grey = picture_bytes(image, mask, bits)
        write_bytes(folder / picture_file(w.picture), grey)
    return bits, columns


def _sealed(secret: Secret, frozen: str, items: Sequence[Item], chosen: Chosen, lesions: Sequence[Lesion]) -> str:
    cases = [*chosen.read, *chosen.training]
    content = {
        "kind": SEALED,
        "secret": secret.digits,
        "frozen_sha256": frozen,
        "items": [asdict(item) for item in items],
        "cases": [asdict(c) | {"sources": sorted(c.sources)} for c in cases],
        "lesions": [asdict(lesion) for lesion in lesions],
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _write_for_owner(path: Path, text: str) -> None:
    with atomic(path) as partial, os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


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
