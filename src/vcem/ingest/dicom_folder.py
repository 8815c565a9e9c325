"""Any folder tree of DICOM files -> one catalogue."""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import hypot
from pathlib import Path
from statistics import median
from typing import Any

from vcem.core.catalogue import KIND, Pair, Skipped, write_catalogue
from vcem.core.errors import FailureError, UsageError
from vcem.core.files import MANIFEST, existing_folder, read_json, refuse_mixture, sha256_text, write_csv
from vcem.core.terms import Density, Origin
from vcem.dicom.facts import facts_in
from vcem.dicom.scan import Header, list_below, scan
from vcem.dicom.vendors import Decision, read_rules
from vcem.ingest.agreement import Check, write_checks
from vcem.ingest.dicom_pairs import DicomImage, DicomPair, match_images, take_images
from vcem.ingest.reading import Job, Reading, Watch, read_pairs
from vcem.ingest.register import MIN_QUALITY

EXPECTED = "a folder with DICOM files of contrast mammograms in it, at any depth"
SIMULATION = "simulation"  # kind of the folder that vcem simulate writes
IMAGES = "dicom/"  # where it keeps its images; truth and tables lie beside
TRUTH, LESIONS, TRUTH_LESIONS = "truth", "lesions.csv", "truth_lesions.csv"


class Align(StrEnum):
    """Where the translation between LE and DES comes from."""

    IMAGES = "images"
    HEADER = "header"


@dataclass(frozen=True)
class DicomOptions:
    """How to import; the result does not depend on `jobs`. Without an origin, the headers' Synthetic Data decides.

    Aligned by header, pairs of one compression and one grid are not translated; all others are registered by images.
    """

    origin: Origin | None = None
    late: bool = False
    rules: Path | None = None
    align: Align = Align.HEADER
    min_quality: float = MIN_QUALITY
    jobs: int = 1


@dataclass(frozen=True)
class ImportedDicom:
    """What an import made; `apart_px` is how far images and headers disagree (median), where headers tell."""

    pairs: tuple[Pair, ...]
    skipped: tuple[Skipped, ...]
    origin: Origin
    files: int
    truth: bool
    apart_px: float | None


def import_dicom(
    source: Path, out: Path, options: DicomOptions, watch: Watch = lambda readings, _: readings
) -> ImportedDicom:
    """Read a folder tree into a catalogue folder.

    Args:
        source: folder with DICOM files among others, at any depth.
        out: folder to write.
        options: how to import.
        watch: passes the readings of pairs through, for progress; told their number.

    Raises:
        UsageError: if `source` is empty or no folder, `out` holds something else, an option is impossible, or
            simulated and clinical images are mixed.
        FailureError: if no pair could be read.
    """
    if not 0 <= options.min_quality <= 1:
        raise UsageError(f"A least quality of {options.min_quality} is impossible.", "0 to 1")
    rules = read_rules(options.rules)
    refuse_mixture(out, KIND)
    root = existing_folder(source, EXPECTED).resolve()
    simulation = _simulation(root)
    names = _names(root, out.resolve(), IMAGES if simulation else "")
    images, decisions, skipped = take_images(scan(root, names, options.jobs), rules)
    matches, alone = match_images(images, options.late)
    skipped += alone
    origin = _origin([image.header for m in matches for image in (m.le, m.des)], options.origin)
    readings = read_pairs(
        [Job(root / m.le.header.path, root / m.des.header.path) for m in matches], options.jobs, watch
    )
    taken = [(m, r) for m, r in zip(matches, readings, strict=True) if isinstance(r, Reading)]
    skipped += [Skipped(m.pair, r) for m, r in zip(matches, readings, strict=True) if isinstance(r, str)]
    if not taken:
        raise FailureError(f"{source} has no pair that can be read.", EXPECTED, _reason(skipped))
    pairs = [_pair(match, reading, origin, options) for match, reading in taken]
    skipped += _unregistered(pairs, options)
    _clear(out)
    write_checks(out / "registration.csv", [_check(p, r) for p, (_, r) in zip(pairs, taken, strict=True)])
    _write_images(out, images, decisions)
    facts = _manifest(root, origin, options, [reading for _, reading in taken])
    write_catalogue(out, pairs, [], skipped, facts | (_keep_truth(root, out) if simulation else {}))
    return ImportedDicom(tuple(pairs), tuple(skipped), origin, len(names), simulation, _apart(taken))


def _names(root: Path, out: Path, start: str) -> list[str]:
    """List the archive's files whose names start so; a catalogue that is written inside it is no part of it."""
    names = [name for name in list_below(root) if name.startswith(start)]
    if not out.is_relative_to(root) or out == root:
        return names
    inside = out.relative_to(root).as_posix() + "/"
    return [name for name in names if not name.startswith(inside)]


def _origin(headers: Sequence[Header], wanted: Origin | None) -> Origin:
    synthetic = [header for header in headers if header.synthetic == "YES"]
    if synthetic and len(synthetic) < len(headers):
        other = next(header for header in headers if header.synthetic != "YES")
        raise UsageError(
            f"{len(synthetic)} of {len(headers)} images say Synthetic Data = YES, such as {synthetic[0].path}; "
            f"{other.path} does not.",
            "images of one origin in a catalogue",
            "import simulated and clinical images into catalogues of their own",
        )
    if synthetic and wanted is Origin.CLINICAL:
        raise UsageError(
            f"{synthetic[0].path} says Synthetic Data = YES.",
            "--origin simulated, or no --origin",
            "simulated images cannot pass as clinical ones",
        )
    return Origin.SIMULATED if synthetic else wanted or Origin.CLINICAL


def _reason(skipped: Sequence[Skipped]) -> str:
    """Return the reason that tells most: an image without its partner, then an unknown image, then any other."""
    telling = ("LE without", "DES without", "UNKNOWN", "laterality", "view", "for processing", "")
    ranked = sorted(skipped, key=lambda s: next(i for i, start in enumerate(telling) if s.why.startswith(start)))
    return f"{len(skipped)} files left out, such as {ranked[0].what}: {ranked[0].why}" if ranked else ""


def _pair(match: DicomPair, reading: Reading, origin: Origin, options: DicomOptions) -> Pair:
    le, des = match.le.header, match.des.header
    facts, facts_des = (facts_in(h.comment) if h.synthetic == "YES" else {} for h in (le, des))
    found = reading.registration
    told = options.align is Align.HEADER and match.on_one_grid
    sure = told or found.quality >= options.min_quality
    dx, dy = (0.0, 0.0) if told else (found.dx_px, found.dy_px)
    density = facts.get("density")
    return Pair(
        pair=match.pair,
        patient=match.patient,
        side=match.le.side,
        view=match.le.view,
        le=le.path,
        des=des.path,
        dx_px=round(dx, 3) if sure else None,
        dy_px=round(dy, 3) if sure else None,
        registration=round(found.quality, 4),
        density=Density(density) if density else None,
        birads=facts.get("birads", ""),
        pathology=facts.get("pathology", ""),
        findings=_several(facts),
        age=_age(le.age),
        machine=" ".join(f"{le.manufacturer} {le.model}".split()),
        origin=origin,
        le_window=le.window,
        des_window=des.window,
        tags="late phase" if match.late else "",
        birads_des=facts_des.get("birads", ""),
        pathology_des=facts_des.get("pathology", ""),
        findings_des=_several(facts_des),
    )


def _apart(taken: Sequence[tuple[DicomPair, Reading]]) -> float | None:
    """Return the median distance between registration by images and none, over pairs that the headers align."""
    distances = [hypot(r.registration.dx_px, r.registration.dy_px) for match, r in taken if match.on_one_grid]
    return median(distances) if distances else None


def _several(facts: dict[str, str]) -> str:
    return facts.get("findings", "").replace(", ", "$")  # as catalogues join them


def _age(text: str) -> str:
    """Return the age in years of an Age String such as 058Y (PS3.5 6.2), empty if it is given otherwise."""
    return str(int(text[:3])) if len(text) == 4 and text[3] == "Y" and text[:3].isdigit() else ""


def _unregistered(pairs: Iterable[Pair], options: DicomOptions) -> Iterator[Skipped]:
    for p in pairs:
        if not p.registered:
            yield Skipped(p.pair, f"not registered: quality {p.registration} is below {options.min_quality}; kept")


def _check(pair: Pair, reading: Reading) -> Check:
    sizes = (reading.le.width, reading.le.height, reading.des.width, reading.des.height)
    return Check(pair.pair, pair.dx_px, pair.dy_px, round(reading.registration.quality, 4), *sizes)


def _write_images(out: Path, images: Iterable[DicomImage], decisions: Iterable[tuple[str, Decision]]) -> None:
    """Write what each mammogram was taken for, and the evidence."""
    sides = {image.header.path: image for image in images}
    rows = []
    for path, decision in decisions:
        image = sides.get(path)
        rows.append({
            "file": path, "image": decision.image or "UNKNOWN", "evidence": decision.why,
            "side": image.side if image else "", "view": image.view if image else "",
            "taken": image.header.taken if image else "",
        })  # fmt: skip
    write_csv(out / "images.csv", ["file", "image", "side", "view", "taken", "evidence"], rows)


def _simulation(root: Path) -> bool:
    manifest = root / MANIFEST
    return manifest.is_file() and read_json(manifest, "a manifest").get("kind") == SIMULATION


def _keep_truth(root: Path, out: Path) -> dict[str, str]:
    out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(root / LESIONS, out / TRUTH_LESIONS)
    return {"truth": TRUTH}


def _manifest(root: Path, origin: Origin, options: DicomOptions, readings: Sequence[Reading]) -> dict[str, Any]:
    return {
        "source": str(root),
        "origin": origin,
        "release": "DICOM folder",
        "late": options.late,
        "align": options.align,
        "min_quality": options.min_quality,
        "images": sha256_text("\n".join(" ".join(r.sums) for r in readings)),
    }


def _clear(out: Path) -> None:
    for stale in (MANIFEST, TRUTH_LESIONS, "description/table-2.1.csv", "description/table-2.1.md"):
        (out / stale).unlink(missing_ok=True)
