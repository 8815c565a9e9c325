"""DES images recombined from raw exposures: one pair, or all pairs among files and folders; the same command resumes.

settings.json   the steps, written first
UID.json, UID.dcm   facts of a pair and its DES, each whole or not at all; UID is that of the DES
pairs.csv, skipped.csv, manifest.json   at the end
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from vcem import __version__
from vcem.apply.raw_pairs import EXPECTED, RawPair, find_pairs, pair_of, techniques_of
from vcem.core.errors import FailureError, UsageError, VcemError
from vcem.core.files import MANIFEST, read_json, refuse_otherwise, write_bytes, write_csv, write_json, write_manifest
from vcem.core.lock import locked
from vcem.core.watch import Watch, unwatched
from vcem.dicom.header import Exposure
from vcem.dicom.listing import list_inputs
from vcem.dicom.raw import Raw, Technique, read_raw
from vcem.dicom.recombined import Derivation, recombined_dicom, recombined_uid
from vcem.dicom.vendors import Rule
from vcem.engine import Failed, How, each
from vcem.folders.catalogue import SKIPPED, Skipped, write_skipped
from vcem.simulate.acquire import Acquisition
from vcem.simulate.present import DES_PER_MG_CM2, DES_WINDOW, DES_ZERO, present_des
from vcem.simulate.raw_pair import FIT, THICKNESS, Recombined, Steps, recombine_raw
from vcem.simulate.spectrum import Beam
from vcem.simulate.transmission import BeamPath
from vcem.simulate.truth import oriented

KIND, SETTINGS, PAIRS = "recombined", "settings.json", "pairs.csv"
COLUMNS = ("le", "he", "output", "side", "view", "thickness_mm", "le_beam", "he_beam", "w", "slope", "open_field")
_SOURCES = {THICKNESS: "by thickness and beams", FIT: "fitted on fat and gland of the image"}


@dataclass(frozen=True)
class RecombinedFolder:
    """How many DES images there are, how many of them were there before, and what was left out and why."""

    images: int
    stood: int
    skipped: tuple[Skipped, ...]


def recombine_pair(le: Path, he: Path, out: Path, steps: Steps, rules: Sequence[Rule]) -> dict[str, Any]:
    """Write the DES of two files; returns its facts.

    Raises:
        UsageError: if they are no LE and HE of one compression, or `out` cannot be a file of its own.
        FailureError: if a file is damaged, or does not say what is needed.
    """
    if out.is_dir():
        raise UsageError(f"{out} is a folder.", "a file for one DES image", f"--out {out / 'DES.dcm'}")
    if out.resolve() in (le.resolve(), he.resolve()):
        raise UsageError(f"{out} is one of the exposures.", "another file for DES", "name another --out")
    pair = pair_of(le, he, rules)
    content, facts = _des_of(pair, _uid(pair, steps), steps)
    write_bytes(out, content)
    return facts


def recombine_folder(
    inputs: Sequence[Path], out: Path, steps: Steps, rules: Sequence[Rule], jobs: int = 1,
    watch: Watch = unwatched,
) -> RecombinedFolder:  # fmt: skip
    """Write the DES of every pair among the inputs.

    Args:
        inputs: files, and folders at any depth.
        out: folder to write.
        steps: what is done.
        rules: which header says which image.
        jobs: worker processes; the result does not depend on it.
        watch: passes what is made through, for progress; told its number.

    Raises:
        UsageError: if an input is missing, or `out` holds other files or those of other steps.
        FailureError: if nothing could be recombined.
    """
    names = list_inputs(inputs, EXPECTED, but=out)
    settings = {"kind": KIND, "vcem": __version__, "steps": steps.name}
    refuse_otherwise(out, SETTINGS, settings, "older recombined images")
    with locked(out, "recombining"):
        write_json(out / SETTINGS, settings)
        (out / MANIFEST).unlink(missing_ok=True)
        pairs, skipped = find_pairs(names, rules)
        there = {id(p): (out / f"{_uid(p, steps)}.dcm").is_file() for p in pairs}
        missing = [p for p in pairs if not there[id(p)]]
        made = watch(each(partial(_make, out, steps), missing, How(jobs), _name), len(missing))
        why = {id(p): _reason(result) for p, result in zip(missing, made, strict=True)}
        done = [p for p in pairs if not why.get(id(p))]
        skipped += [Skipped(str(path), why[id(p)]) for p in missing if why[id(p)] for path in p.paths]
        return _finish(out, [_row(p, out, steps) for p in done], sum(there.values()), skipped, settings)


def _make(out: Path, steps: Steps, pair: RawPair) -> str:
    """Write one DES; returns why that could not be done, empty if it was."""
    uid = _uid(pair, steps)
    try:
        content, facts = _des_of(pair, uid, steps)
    except VcemError as error:
        return f"{error.found} Expected: {error.expected}" if error.expected else error.found
    write_json(out / f"{uid}.json", facts)
    write_bytes(out / f"{uid}.dcm", content)
    return ""


def _des_of(pair: RawPair, uid: str, steps: Steps) -> tuple[bytes, dict[str, Any]]:
    techniques = techniques_of(pair)
    side = pair.le.side
    raws = tuple(read_raw(path, side) for path in pair.paths)
    low, high = (oriented(raw.signal, side) for raw in raws)
    spacing_mm = float(pair.le.header.spacing.split("\\")[0])
    made = recombine_raw((low, high), spacing_mm, techniques[0].thickness_mm, paths_of(techniques), steps)
    stored = raws[0].turn.undo(oriented(present_des(made.des, made.breast), side))
    derivation = Derivation(side, pair.le.view, steps.name, _how(techniques, raws, made, steps), DES_WINDOW,
                            (1 / DES_PER_MG_CM2, -DES_ZERO / DES_PER_MG_CM2))  # fmt: skip
    facts = {
        "thickness_mm": techniques[0].thickness_mm, "le_beam": _beam(techniques[0]), "he_beam": _beam(techniques[1]),
        "w": round(made.by.w, 6), "slope": round(made.by.slope, 8), "open_field": _open_fields(raws),
    }  # fmt: skip
    return recombined_dicom(*pair.paths, uid, np.ascontiguousarray(stored), derivation), facts


def paths_of(techniques: tuple[Technique, Technique]) -> tuple[BeamPath, BeamPath]:
    """Return both beams through a Pristina's paddle, air and detector.

    Raises:
        UsageError: if the tables hold no such beam.
    """
    le, he = (_tabled(t.exposure) for t in techniques)
    return replace(Acquisition(), le=le, le_thin=le, he=he).paths(techniques[0].thickness_mm)


def _tabled(exposure: Exposure) -> Beam:
    if abs(exposure.kvp - round(exposure.kvp)) > 0.25:
        raise UsageError(f"There is no tube spectrum for {exposure.kvp:g} kVp.", "a whole number of kVp")
    return Beam(exposure.anode, round(exposure.kvp), exposure.filter, exposure.filter_mm)


def _uid(pair: RawPair, steps: Steps) -> str:
    return recombined_uid(pair.le.header.uid, pair.he.header.uid, steps.name)


def _how(techniques: tuple[Technique, Technique], raws: tuple[Raw, ...], made: Recombined, steps: Steps) -> str:
    source = _SOURCES.get(str(steps.weight), "as given")
    return (
        f"vcem {__version__}: DES = -(ln HE - w ln LE), w = {made.by.w:.4f} {source}; 1 mg/cm2 of iodine = "
        f"{made.by.slope:.5f}; LE {_beam(techniques[0])}, HE {_beam(techniques[1])}, compressed to "
        f"{techniques[0].thickness_mm:g} mm; {steps.told}; open field {_open_fields(raws)}; median of the breast set "
        f"to 0; stored value = {DES_ZERO:g} + {DES_PER_MG_CM2:g} per mg/cm2."
    )


def _beam(technique: Technique) -> str:
    exposure = technique.exposure
    usual = " (usual thickness, not in the header)" if technique.assumed_filter else ""
    return f"{exposure.anode} {exposure.kvp:g} kVp, {exposure.filter_mm:g} mm {exposure.filter}{usual}"


def _open_fields(raws: tuple[Raw, ...]) -> str:
    return " and ".join(
        f"{raw.open_field:.0f} ({'saturated air' if raw.saturated else 'air' if raw.from_air else 'header'})"
        for raw in raws
    )


def _name(pair: RawPair) -> str:
    return f"{pair.le.header.path} with {pair.he.header.path}"


def _reason(result: str | Failed) -> str:
    return result.reason if isinstance(result, Failed) else result


def _row(pair: RawPair, out: Path, steps: Steps) -> dict[str, Any]:
    uid = _uid(pair, steps)
    facts = read_json(out / f"{uid}.json", "the facts of a recombined image")
    le, he = (str(path) for path in pair.paths)
    return {"le": le, "he": he, "output": f"{uid}.dcm", "side": pair.le.side, "view": pair.le.view, **facts}


def _finish(
    out: Path, rows: list[dict[str, Any]], stood: int, skipped: list[Skipped], settings: dict[str, str]
) -> RecombinedFolder:
    write_csv(out / PAIRS, COLUMNS, rows)
    write_skipped(out, skipped)
    if not rows:
        ranked = sorted(skipped, key=lambda s: (s.why == "no DICOM file", s.why.startswith("for presentation")))
        such = f", such as {ranked[0].what}: {ranked[0].why}" if ranked else ""
        raise FailureError(f"No pair could be recombined, {len(skipped)} files were left out{such}.", EXPECTED,
                           f"see {out / SKIPPED}")  # fmt: skip
    write_manifest(out, KIND, {"settings": settings, "images": len(rows)})
    return RecombinedFolder(len(rows), stood, tuple(skipped))
