"""Any folder tree of DICOM files -> one catalogue."""

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from itertools import chain
from math import hypot
from pathlib import Path
from statistics import median
from typing import Any

from vcem.core.called import FIELD
from vcem.core.errors import FailureError, UsageError
from vcem.core.files import MANIFEST, existing_folder, read_json, sha256_text
from vcem.core.terms import Density, Origin
from vcem.core.watch import Watch, unwatched
from vcem.dicom.facts import facts_in
from vcem.dicom.fitness import is_virtual
from vcem.dicom.listing import Unreadable, list_files
from vcem.dicom.read import pixel_digest
from vcem.dicom.rescan import changed, rescan
from vcem.dicom.rescan import open_index as open_headers
from vcem.dicom.scan import Header
from vcem.dicom.vendors import read_rules
from vcem.folders.catalogue import CHECKS, DESCRIBED, Pair, Skipped, write_catalogue, write_skipped
from vcem.folders.simulation import IMAGES, LESIONS, TRUTH, is_simulation
from vcem.folders.truth import KNOWN
from vcem.ingest.advice import advice, reasons
from vcem.ingest.agreement import check_of, write_checks
from vcem.ingest.archive import HEADERS, READINGS, age_in, origin_of, refuse_other
from vcem.ingest.dicom_images import Decided, DicomImage, plain_images, take_images
from vcem.ingest.dicom_pairs import DicomPair, match_images
from vcem.ingest.doubles import doubles_by
from vcem.ingest.image_table import tally, write_images
from vcem.ingest.kept_readings import digest_name, kept_digest, name_of, read_changed
from vcem.ingest.kept_readings import open_index as open_readings
from vcem.ingest.pair_checks import Taken, doubt, sort_out
from vcem.ingest.reading import Job, Reading
from vcem.ingest.register import MIN_QUALITY

EXPECTED = "a folder with DICOM files of contrast mammograms in it, at any depth"


class Align(StrEnum):
    """Where the translation between LE and DES comes from."""

    IMAGES = "images"
    HEADER = "header"


class WithoutId(StrEnum):
    """What becomes of images without a Patient ID."""

    LEAVE_OUT = "leave-out"
    STUDY = "study"


@dataclass(frozen=True)
class DicomOptions:
    """How to import."""

    origin: Origin | None = None
    """Where the pixels come from. Without it headers decide: Synthetic Data = YES is simulated, all else clinical."""
    late: bool = False
    """Keep each late-phase DES too, as a second pair of the same LE."""
    rules: Path | None = None
    """Table of rules that say which image is LE, HE or DES, besides those that come with the program."""
    without_id: WithoutId = WithoutId.LEAVE_OUT
    """Images without a Patient ID: leave them out, or take each study for a patient of its own."""
    read_all: bool = False
    """Read every file again, also those whose size and time of change are as they were."""
    align: Align = Align.HEADER
    """header: pairs on one grid of one compression are aligned, others are registered. images: register all."""
    min_quality: float = MIN_QUALITY
    """Registrations of lower quality are listed as failed, not guessed."""
    jobs: int = 1
    """Worker processes; the result does not depend on it."""


@dataclass(frozen=True)
class ImportedDicom:
    """What an import made.

    `read` is how many of the `files` were new or had changed, `decisions` how often each was made. `apart_px` is how
    far images and headers disagree (median), where headers tell.
    """

    pairs: tuple[Pair, ...]
    skipped: tuple[Skipped, ...]
    origin: Origin
    files: int
    read: int
    decisions: tuple[tuple[int, str], ...]
    truth: bool
    apart_px: float | None


def import_dicom(
    source: Path, out: Path, options: DicomOptions, watch: Watch = unwatched, watch_headers: Watch = unwatched
) -> ImportedDicom:
    """Read a folder tree into a catalogue folder; what an earlier import into it has read is read only if it changed.

    Args:
        source: folder with DICOM files among others, at any depth.
        out: folder to write.
        options: how to import.
        watch: passes the readings of pairs through, for progress; told their number.
        watch_headers: the same for the headers of files.

    Raises:
        UsageError: if `source` is empty or no folder, `out` holds something else, an option is impossible, or
            simulated and clinical images are mixed.
        FailureError: if no pair could be read.
    """
    if not 0 <= options.min_quality <= 1:
        raise UsageError(f"A least quality of {options.min_quality} is impossible.", "0 to 1")
    rules = read_rules(options.rules)
    refuse_other(out)
    root = existing_folder(source, EXPECTED).resolve()
    simulation = is_simulation(root)
    listing = list_files(root, without=out.resolve())
    stamps = {name: s for name, s in listing.stamps.items() if not simulation or name.startswith(f"{IMAGES}/")}
    headers = open_headers(out / HEADERS, root, options.read_all)
    read = len(changed(stamps, headers))
    found = watch_headers(rescan(root, stamps, headers, options.jobs), len(stamps))
    kept = open_readings(out / READINGS, options.read_all)
    doubles = doubles_by(kept_digest(kept, root, pixel_digest))
    images, decisions, skipped = take_images(chain(listing.closed, _without_virtual(found)), rules, doubles)
    plain, others = plain_images(images)
    named, nameless = _named(plain, options.without_id)
    matches, alone = match_images(named, options.late)
    skipped += [*others, *nameless, *alone]
    origin = origin_of([image.header for m in matches for image in (m.le, m.des)], options.origin)
    jobs = [Job(root / m.le.header.path, root / m.des.header.path, side=m.le.side) for m in matches]
    taken, failed = sort_out(matches, read_changed(jobs, kept, options.jobs, watch))
    headers.finish(stamps)
    kept.finish([*map(name_of, jobs), *map(digest_name, stamps)])
    why = {s.what: s.why for s in skipped} | {i.header.path: r for m, r in failed for i in (m.le, m.des)}
    if not taken:
        told = partial(advice, images, decisions, broken=[f"pair {m.pair}: {r}" for m, r in failed])
        raise _nothing(out, images, decisions, why, told)
    doubts = [doubt(m, reading, options.align is Align.HEADER, options.min_quality) for m, reading in taken]
    pairs = [_pair(m, reading, origin, options, not d) for (m, reading), d in zip(taken, doubts, strict=True)]
    skipped += [Skipped(m.pair, r) for m, r in failed]
    skipped += [Skipped(p.pair, f"not registered: {d}; kept") for p, d in zip(pairs, doubts, strict=True) if d]
    _clear(out)
    write_images(out, images, decisions, why)
    write_checks(out / CHECKS, [check_of(p, r) for p, (_, r) in zip(pairs, taken, strict=True)])
    facts = _manifest(root, origin, options, [reading for _, reading in taken])
    write_catalogue(out, pairs, [], skipped, facts | (_keep_truth(root, out) if simulation else {}))
    return ImportedDicom(
        tuple(pairs), tuple(skipped), origin, len(stamps), read, tally(decisions), simulation, _apart(taken)
    )


def _nothing(
    out: Path,
    images: Sequence[DicomImage],
    decisions: Sequence[Decided],
    why: dict[str, str],
    told: Callable[[Sequence[Skipped]], str],
) -> FailureError:
    """Write why each file is in no pair, and return the error; a catalogue that is there already stays as it is."""
    why |= {i.header.path: "HE image: a pair is of LE and DES" for i in images if i.header.path not in why}
    skipped = [Skipped(*row) for row in why.items()]
    tables = f"\n  every file with its reason: {out / 'images.csv'} and skipped.csv"
    if (out / MANIFEST).is_file():
        tables = f"\n  the catalogue {out} of an earlier import is left as it was"
    else:
        write_images(out, images, decisions, why)
        write_skipped(out, skipped)
    counted = "".join(f"\n    {line}" for line in reasons(skipped))
    return FailureError(
        f"There is no pair that can be read; {len(skipped)} files were left out:{counted}{tables}",
        EXPECTED,
        told(skipped),
    )


def _without_virtual(found: Iterable[Header | Unreadable]) -> Iterator[Header | Unreadable]:
    for header in found:
        if isinstance(header, Header) and is_virtual(header.image_type):
            yield Unreadable(header.path, "a virtual DES image: Image Type VIRTUAL_DES")
        else:
            yield header


def _named(images: Iterable[DicomImage], without_id: WithoutId) -> tuple[list[DicomImage], list[Skipped]]:
    """Part the images whose patient is known from those that say nothing."""
    named, nameless = [], []
    for image in images:
        if image.header.patient:
            named.append(image)
        elif without_id is WithoutId.LEAVE_OUT:
            nameless.append(Skipped(image.header.path, "no Patient ID; --without-id study takes a study for a patient"))
        elif not image.header.study:
            nameless.append(Skipped(image.header.path, "neither Patient ID nor Study Instance UID"))
        else:
            named.append(image)
    return named, nameless


def _pair(match: DicomPair, reading: Reading, origin: Origin, options: DicomOptions, sure: bool) -> Pair:
    le, des = match.le.header, match.des.header
    facts, facts_des = (facts_in(h.comment) if h.origin is Origin.SIMULATED else {} for h in (le, des))
    found = reading.registration
    told = options.align is Align.HEADER and match.on_one_grid
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
        age=age_in(le.age),
        machine=" ".join(f"{le.manufacturer} {le.model}".split()),
        origin=origin,
        le_window=le.window,
        des_window=des.window,
        tags=match.tags,
        birads_des=facts_des.get("birads", ""),
        pathology_des=facts_des.get("pathology", ""),
        findings_des=_several(facts_des),
    )


def _apart(taken: Sequence[Taken]) -> float | None:
    """Return the median distance between registration by images and none, over pairs that the headers align."""
    distances = [hypot(r.registration.dx_px, r.registration.dy_px) for match, r in taken if match.on_one_grid]
    return median(distances) if distances else None


def _several(facts: dict[str, str]) -> str:
    return facts.get("findings", "").replace(", ", "$")  # as catalogues join them


def _keep_truth(root: Path, out: Path) -> dict[str, Any]:
    out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(root / LESIONS, out / KNOWN)
    return {"truth": TRUTH, FIELD: read_json(root / MANIFEST, "a manifest").get(FIELD, [])}


def _manifest(root: Path, origin: Origin, options: DicomOptions, readings: Sequence[Reading]) -> dict[str, Any]:
    return {
        "source": str(root),
        "origin": origin,
        "release": "DICOM folder",
        "late": options.late,
        "without_id": options.without_id,
        "align": options.align,
        "min_quality": options.min_quality,
        "images": sha256_text("\n".join(" ".join(r.sums) for r in readings)),
    }


def _clear(out: Path) -> None:
    for stale in (MANIFEST, KNOWN, *DESCRIBED):
        (out / stale).unlink(missing_ok=True)
