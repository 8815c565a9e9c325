"""A copy of the CDD-CESM release -> one catalogue."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vcem.core.errors import FailureError, UsageError
from vcem.core.files import MANIFEST, refuse_mixture, sha256, sha256_text
from vcem.core.terms import Energy, Origin
from vcem.core.watch import Watch, unwatched
from vcem.folders.catalogue import CHECKS, DESCRIBED, KIND, Outline, Pair, Skipped, write_catalogue
from vcem.ingest.agreement import Check, Summary, check_of, outline_offset, summarise, write_checks
from vcem.ingest.drawings import Canvas, OutlineSource, open_drawings, outlines_of
from vcem.ingest.layout import LAYOUT, Release, find_release
from vcem.ingest.pairing import Image, Match, find_images, match
from vcem.ingest.reading import Job, Reading, read_pairs
from vcem.ingest.register import MIN_QUALITY
from vcem.ingest.scales import Scale, read_scales
from vcem.ingest.workbook import Facts, read_facts

Scales = Mapping[str, Scale]


@dataclass(frozen=True)
class Options:
    """How to import."""

    outlines: OutlineSource = OutlineSource.CSV
    """Where lesion outlines are read: the table of outlines, the folder of masks, or nowhere."""
    origin: Origin = Origin.CLINICAL
    """Where the pixels come from; travels in every later manifest, table and picture."""
    min_quality: float = MIN_QUALITY
    """Registrations of lower quality are listed as failed, not guessed."""
    jobs: int = 1
    """Worker processes; the result does not depend on it."""


@dataclass(frozen=True)
class Imported:
    """What an import made."""

    pairs: tuple[Pair, ...]
    outlines: tuple[Outline, ...]
    skipped: tuple[Skipped, ...]
    agreement: Summary | None


@dataclass(frozen=True)
class Taken:
    """A pair that could be read."""

    match: Match
    reading: Reading


def import_cdd_cesm(source: Path, out: Path, options: Options, watch: Watch = unwatched) -> Imported:
    """Read a release into a catalogue folder.

    Args:
        source: the release, or a folder around it.
        out: folder to write.
        options: how to import.
        watch: passes the readings of pairs through, for progress; told their number.

    Raises:
        UsageError: if `source` is not a release, `out` holds something else or an option is impossible.
        FailureError: if the workbook is damaged or no pair could be read.
    """
    _refuse_quality(options.min_quality)
    refuse_mixture(out, KIND)
    release = find_release(source.resolve())
    facts = read_facts(release.workbook)
    scales = read_scales(release.scales) if release.scales else {}
    drawings = open_drawings(release, options.outlines)
    images, skipped = find_images(release)
    matches, alone = match(images, release)
    readings = list(read_pairs([_job(m, scales) for m in matches], options.jobs, watch))
    taken = [Taken(m, r) for m, r in zip(matches, readings, strict=True) if isinstance(r, Reading)]
    skipped += alone + [Skipped(m.key.pair, r) for m, r in zip(matches, readings, strict=True) if isinstance(r, str)]
    if not taken:
        raise FailureError(f"{source} has no pair that can be read.", LAYOUT, _first(skipped))
    outlines, left_out = outlines_of(drawings, _canvases(taken, scales))
    pairs = [_pair(t, facts, release, scales, options) for t in taken]
    checks = list(_checks(pairs, taken, outlines, scales))
    skipped += [*_unregistered(checks, options), *_without_facts(taken, facts, release), *left_out]
    _write(out, checks, pairs, outlines, skipped, _manifest(release, taken, options))
    return Imported(tuple(pairs), tuple(outlines), tuple(skipped), summarise(checks))


def _refuse_quality(quality: float) -> None:
    if not 0 <= quality <= 1:
        raise UsageError(f"A least quality of {quality} is impossible.", "0 to 1", "leave --min-quality out")


def _first(skipped: Sequence[Skipped]) -> str:
    return f"the first reason: {skipped[0].what}: {skipped[0].why}" if skipped else "the image folders are empty"


def _job(found: Match, scales: Scales) -> Job:
    return Job(found.le.path, found.des.path, _des_per_le(found, scales))


def _des_per_le(found: Match, scales: Scales) -> float:
    le, des = scales.get(found.le.name), scales.get(found.des.name)
    return des.factor / le.factor if le and des else 1.0


def _canvases(taken: Iterable[Taken], scales: Scales) -> Iterator[Canvas]:
    for t in taken:
        for image, size in ((t.match.le, t.reading.le), (t.match.des, t.reading.des)):
            yield Canvas(image, size, scales[image.name].factor if image.name in scales else None)


def _pair(taken: Taken, facts: Mapping[str, Facts], release: Release, scales: Scales, options: Options) -> Pair:
    key, found = taken.match.key, taken.reading.registration
    le, des = (facts.get(image.name, Facts()) for image in (taken.match.le, taken.match.des))
    sure = found.quality >= options.min_quality
    return Pair(
        pair=key.pair,
        patient=key.patient,
        side=key.side,
        view=key.view,
        le=_relative(taken.match.le, release),
        des=_relative(taken.match.des, release),
        dx_px=round(found.dx_px, 3) if sure else None,
        dy_px=round(found.dy_px, 3) if sure else None,
        registration=round(found.quality, 4),
        des_per_le=_des_per_le(taken.match, scales),
        density=le.density or des.density,
        birads=le.birads,
        pathology=le.pathology,
        findings=le.findings,
        age=le.age or des.age,
        machine=le.machine or des.machine,
        origin=options.origin,
        tags=le.tags,
        birads_des=des.birads,
        pathology_des=des.pathology,
        findings_des=des.findings,
        tags_des=des.tags,
    )


def _relative(image: Image, release: Release) -> str:
    return image.path.relative_to(release.source).as_posix()


def _checks(
    pairs: Sequence[Pair], taken: Sequence[Taken], outlines: Iterable[Outline], scales: Scales
) -> Iterator[Check]:
    drawn: dict[tuple[str, Energy], list[Outline]] = {}
    for outline in outlines:
        drawn.setdefault((outline.pair, outline.energy), []).append(outline)
    for pair, t in zip(pairs, taken, strict=True):
        le, des = (drawn.get((pair.pair, energy), []) for energy in (Energy.LE, Energy.DES))
        scale = scales[t.match.le.name].factor if t.match.le.name in scales else 1.0
        yield check_of(pair, t.reading).against(outline_offset(le, des, scale, pair.des_per_le), scale)


def _unregistered(checks: Iterable[Check], options: Options) -> Iterator[Skipped]:
    for row in checks:
        if row.dx_px is None:
            why = f"not registered: quality {row.quality:.3f} is below {options.min_quality}; kept without dx_px, dy_px"
            yield Skipped(row.pair, why)


def _without_facts(taken: Iterable[Taken], facts: Mapping[str, Facts], release: Release) -> Iterator[Skipped]:
    names = set()
    for t in taken:
        for image in (t.match.le, t.match.des):
            names.add(image.name)
            if image.name not in facts:
                yield Skipped(_relative(image, release), "no row in the workbook; kept without facts")
    absent = len(set(facts) - names)
    if absent:
        yield Skipped(release.workbook.name, f"{absent} rows of images that are not here or were not taken")


def _manifest(release: Release, taken: Iterable[Taken], options: Options) -> dict[str, Any]:
    tables = [path for path in (release.workbook, release.outlines, release.scales) if path]
    return {
        "source": str(release.source),
        "origin": options.origin,
        "release": "cdd-cesm",
        "outlines": options.outlines,
        "min_quality": options.min_quality,
        "tables": {path.relative_to(release.source).as_posix(): sha256(path) for path in tables},
        "images": sha256_text("\n".join(" ".join(t.reading.sums) for t in taken)),
    }


def _write(
    out: Path,
    checks: Iterable[Check],
    pairs: Iterable[Pair],
    outlines: Iterable[Outline],
    skipped: Iterable[Skipped],
    manifest: dict[str, Any],
) -> None:
    for stale in (MANIFEST, *DESCRIBED):
        (out / stale).unlink(missing_ok=True)
    write_checks(out / CHECKS, checks)
    write_catalogue(out, pairs, outlines, skipped, manifest)
