"""The paper's release, CESM@UCBM -> one catalogue, in the order that makes the authors' folds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vcem.core.errors import FailureError, UsageError
from vcem.core.files import MANIFEST, existing_folder, sha256, sha256_text
from vcem.core.index import Index, stamp_of
from vcem.core.terms import Density, Origin
from vcem.core.watch import Watch, unwatched
from vcem.dicom.rescan import open_index as open_headers
from vcem.dicom.rescan import rescan
from vcem.dicom.scan import Header
from vcem.dicom.vendors import read_rules
from vcem.folders.catalogue import CHECKS, DESCRIBED, IMAGES, Pair, Skipped, write_catalogue
from vcem.folders.truth import KNOWN
from vcem.ingest.agreement import check_of, write_checks
from vcem.ingest.archive import HEADERS, READINGS, age_in, origin_of, refuse_other
from vcem.ingest.kept_readings import name_of, read_changed
from vcem.ingest.kept_readings import open_index as open_readings
from vcem.ingest.reading import Job, Reading
from vcem.ingest.register import MIN_QUALITY
from vcem.ingest.ucbm.facts import Statement, facts_of, read_naming, read_statements
from vcem.ingest.ucbm.files import Form, Found, find_files
from vcem.ingest.ucbm.headers import Known, of_headers, of_table
from vcem.ingest.ucbm.options import Align, UcbmOptions, Windows
from vcem.ingest.ucbm.order import read_order
from vcem.ingest.ucbm.remarks import refuse_wrong_axes, said_of, said_of_facts, sort_out

EXPECTED = "a copy of CESM@UCBM, its images as NRRD or DICOM"


@dataclass(frozen=True)
class ImportedUcbm:
    """What an import made; `missing` pairs of the table are not in the catalogue."""

    pairs: tuple[Pair, ...]
    skipped: tuple[Skipped, ...]
    form: Form
    origin: Origin
    listed: int

    @property
    def missing(self) -> int:
        """How many of the listed pairs were not taken."""
        return self.listed - len(self.pairs)


def import_cesm_ucbm(
    source: Path, out: Path, order: Path, options: UcbmOptions, watch: Watch = unwatched
) -> ImportedUcbm:
    """Read the release into a catalogue folder.

    Args:
        source: folder with the images, at any depth.
        out: folder to write.
        order: the authors' table of pairs, `all.txt`.
        options: how to import, and what the release does not say.
        watch: passes the new readings of pairs through, for progress; told their number.

    Raises:
        UsageError: if a table or an option is wrong, `out` holds something else, or something is not said that must be.
        FailureError: if no pair could be read.
    """
    if not 0 <= options.min_quality <= 1:
        raise UsageError(f"A least quality of {options.min_quality} is impossible.", "0 to 1")
    refuse_other(out)
    root = existing_folder(source, EXPECTED).resolve()
    listed = read_order(order)
    statements, remarks = _statements(options)
    found, absent, form = find_files(root, out.resolve(), listed.listed, options.form, options.files)
    headers = open_headers(out / HEADERS, root, options.read_all)
    known, denied, origin = _known(root, headers, found, form, options)
    jobs = [_job(root, k, form, options) for k in known]
    kept = open_readings(out / READINGS, options.read_all)
    readings = read_changed(jobs, kept, options.jobs, watch)
    taken, failed = sort_out(known, readings)
    skipped = [*listed.skipped, *absent, *denied, *failed]
    if not taken:
        reason = f"{len(skipped)} left out, such as {skipped[0].what}: {skipped[0].why}" if skipped else ""
        raise FailureError(f"{source} has no pair that can be read.", EXPECTED, reason)
    refuse_wrong_axes(taken, form)
    pairs = [_pair(k, r, facts_of(k.found.listed.key, statements), origin, options) for k, r in taken]
    skipped += [*remarks, *said_of(taken, pairs, options), *said_of_facts(statements, listed)]
    for stale in (MANIFEST, IMAGES, KNOWN, *DESCRIBED):
        (out / stale).unlink(missing_ok=True)
    kept.finish(map(name_of, jobs))
    if form is Form.DICOM:
        headers.finish(_names(found))
    write_checks(out / CHECKS, [check_of(p, r) for p, (_, r) in zip(pairs, taken, strict=True)])
    facts = _manifest(root, order, form, options, [r for _, r in taken])
    write_catalogue(out, pairs, [], skipped, {**facts, "origin": origin}, listed.ids)
    return ImportedUcbm(tuple(pairs), tuple(skipped), form, origin, len(listed.ids))


def _statements(options: UcbmOptions) -> tuple[list[Statement], list[Skipped]]:
    naming = read_naming(options.columns)
    statements, remarks = [], []
    for name, path in (("reports", options.reports), ("biopsies", options.biopsies)):
        if path is None:
            continue
        rows, left = read_statements(path, naming[name], biopsies=name == "biopsies")
        statements += rows
        if left:
            remarks.append(Skipped(path.name, f"columns that were not read: {', '.join(left)}"))
    return statements, remarks


def _known(
    root: Path, index: Index, found: Sequence[Found], form: Form, options: UcbmOptions
) -> tuple[list[Known], list[Skipped], Origin]:
    """Return what table or headers say of the pairs, those whose headers deny it, and where the images come from."""
    if form is Form.NRRD:
        if options.axes is None:
            raise UsageError(
                "NRRD files do not say which of their axes is down and which across.",
                "--axes columns-first (what imaging programs write) or rows-first (an array saved by pynrrd)",
                "try one; images that lie wrongly are noticed by where the breast is",
            )
        if options.windows is Windows.HEADER:
            raise UsageError("NRRD files have no windows in their headers.", "--windows table, or none")
        return of_table(found, options.late), [], options.origin or Origin.CLINICAL
    stamps = {name: stamp_of(root / name) for name in _names(found)}
    headers = {h.path: h for h in rescan(root, stamps, index, options.jobs)}
    known, denied = of_headers(found, headers, read_rules(options.rules), options.windows)
    seen = [h for k in known for h in (headers[k.found.le], headers[k.found.des]) if isinstance(h, Header)]
    return known, [Skipped(*why) for why in denied], origin_of(seen, options.origin)


def _names(found: Iterable[Found]) -> list[str]:
    return sorted({name for f in found for name in (f.le, f.des)})


def _job(root: Path, known: Known, form: Form, options: UcbmOptions) -> Job:
    axes = options.axes if form is Form.NRRD else None
    windows = (known.le_window, known.des_window) if form is Form.NRRD else ("", "")
    side = known.found.listed.key.side
    return Job(root / known.found.le, root / known.found.des, axes=axes, windows=windows, side=side)


def _pair(known: Known, reading: Reading, facts: Mapping[str, str], origin: Origin, options: UcbmOptions) -> Pair:
    key, found = known.found.listed.key, reading.registration
    told = options.align is Align.GRID
    # that they lie on one grid is believed only if the images bear it out
    sure = found.quality >= (min(options.min_quality, MIN_QUALITY) if told else options.min_quality)
    return Pair(
        pair=key.pair,
        patient=key.patient,
        side=key.side,
        view=key.view,
        le=known.found.le,
        des=known.found.des,
        dx_px=(0.0 if told else round(found.dx_px, 3)) if sure else None,
        dy_px=(0.0 if told else round(found.dy_px, 3)) if sure else None,
        registration=round(found.quality, 4),
        density=Density(facts["density"]) if "density" in facts else None,
        birads=facts.get("birads", ""),
        pathology=facts.get("pathology", ""),
        findings=facts.get("findings", ""),
        age=facts.get("age", "") or age_in(known.age),
        machine=known.machine or options.machine,
        origin=origin,
        le_window=known.le_window,
        des_window=known.des_window,
        tags=known.tags,
    )


def _manifest(root: Path, order: Path, form: Form, options: UcbmOptions, readings: Sequence[Reading]) -> dict[str, Any]:
    tables = {"order": order, "reports": options.reports, "biopsies": options.biopsies, "columns": options.columns}
    return {
        "source": str(root),
        "release": "cesm-ucbm",
        "form": form,
        **({"nrrd_axes": options.axes} if form is Form.NRRD else {}),
        "windows": options.windows or "table",
        "late": options.late,
        "align": options.align,
        "min_quality": options.min_quality,
        "tables": {name: sha256(path) for name, path in tables.items() if path},
        "images": sha256_text("\n".join(" ".join(r.sums) for r in readings)),
    }
