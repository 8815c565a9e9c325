"""A de-identified folder -> a data set fit for release: images in a tidy layout, tables, texts, check sums.

release.json    what it is made of, written first
images/, cases.csv, left-out.csv, table-2.1.*, data-dictionary.*, LICENSE, CITATION.cff, README.md, SHA256SUMS
manifest.json   last, when the search found nothing
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from vcem.core.errors import FailureError, UsageError
from vcem.core.files import (
    MANIFEST,
    claim,
    read_manifest,
    sha256,
    write_bytes,
    write_csv,
    write_manifest,
    write_text,
)
from vcem.core.watch import Watch
from vcem.dicom.deidentify_folder import Settings, list_all
from vcem.dicom.read import pixel_digest
from vcem.dicom.scan import Header, scan
from vcem.dicom.spellings import FORMS
from vcem.dicom.vendors import Rule
from vcem.folders.release import (
    CASES,
    CITATION,
    DEIDENTIFIED,
    IMAGES,
    LEFT_OUT,
    LICENSE,
    MARK,
    NO_IMAGES,
    README,
    RELEASE,
    SUMS,
)  # fmt: skip
from vcem.ingest.describe import write_description
from vcem.ingest.doubles import doubles_by
from vcem.ingest.release.cases import Case, Plan, plan
from vcem.ingest.release.citation import Citation, to_cff
from vcem.ingest.release.licences import licence_text
from vcem.ingest.release.reports import Report, read_reports
from vcem.ingest.release.table import table
from vcem.ingest.release.texts import readme, write_dictionary


@dataclass(frozen=True)
class Terms:
    """What the user says of a release: how to cite it, its licence, its reports, and further terms of findings."""

    citation: Citation
    licence: str
    licence_file: Path | None = None
    reports: Path | None = None
    findings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Draft:
    """A release before it is written; `checks` tells the check sum of each image of the source."""

    source: Path
    settings: Settings
    terms: Terms
    plan: Plan
    checks: Mapping[str, str]
    unmatched: int

    @property
    def cases(self) -> list[Case]:
        """The rows of `cases.csv`."""
        return [case for case, _ in self.plan.cases]


def draft(source: Path, settings: Settings, terms: Terms, rules: Sequence[Rule]) -> Draft:
    """Check the source and find what is to be released.

    Args:
        source: folder that vcem deidentify has finished.
        settings: the originals, the folder to write, key and rules of the de-identification.
        terms: what the user says.
        rules: which header says which image.

    Raises:
        UsageError: if the source is not de-identified and verified, was changed since, or was made with another key or
            other rules; if a report may not be released, or the licence is not known.
        FailureError: if it holds no contrast mammogram.
    """
    manifest = _verified(source, settings)
    licence_text(terms.licence, terms.licence_file, terms.citation.names)  # refuses before anything is written
    names = [name for name in manifest["files"] if name not in NO_IMAGES]
    headers = list(scan(source, names, settings.jobs))
    reports = _reports(headers, settings, terms)
    doubles = doubles_by(lambda name: pixel_digest(source / name))
    planned = plan(headers, rules, reports, terms.findings, doubles)
    return Draft(source, settings, terms, planned, manifest["files"], _unmatched(headers, reports))


def _verified(source: Path, settings: Settings) -> dict[str, Any]:
    """Return the manifest, which deidentify writes only after its search found nothing."""
    manifest = read_manifest(source, DEIDENTIFIED, "vcem deidentify")
    remedy = "run vcem deidentify again, which searches it, and release what it finishes"
    files = manifest.get("files", {})
    if sorted([*files, MANIFEST]) != list_all(source) or not set(NO_IMAGES) <= set(files):
        raise UsageError(f"{source} holds other files than when it was verified.", "a folder nobody changed", remedy)
    for name in NO_IMAGES:
        if sha256(source / name) != files[name]:
            raise UsageError(f"{source / name} was changed since it was verified.", "a folder nobody changed", remedy)
    wanted = {"key_check": settings.names.check, "rules_sha256": settings.profile.digest}
    for name, word in (("key_check", "key"), ("rules_sha256", "rules")):
        if manifest.get(name) != wanted[name]:
            raise UsageError(f"{source} was made with another {word}.", f"the {word} that it was de-identified with")
    return manifest


def _reports(headers: Iterable[Any], settings: Settings, terms: Terms) -> tuple[Report, ...]:
    if terms.reports is None:
        return ()
    known = frozenset(text for h in headers if isinstance(h, Header) for text in (h.patient, h.study))
    return read_reports(terms.reports, settings.names, known, terms.findings)


def _unmatched(headers: Iterable[Any], reports: Iterable[Report]) -> int:
    """Count reports of nobody and of no exam in the source."""
    known = {(h.patient, study) for h in headers if isinstance(h, Header) for study in ("", h.study)}
    return sum((r.place.patient, r.place.study) not in known for r in reports)


def write(made: Draft, watch: Watch) -> None:
    """Write everything but the manifest; what is there already is not copied again.

    Raises:
        UsageError: if the folder holds something else.
        FailureError: if an image of the source was changed since it was verified.
    """
    out = made.settings.out
    _begin(made)
    for case, name in watch(made.plan.cases, len(made.plan.cases)):
        _copy(made.source / name, out / case.image, made.checks[name])
    wanted = {case.image for case in made.cases}
    for name in list_all(out):
        if name.startswith(IMAGES) and name not in wanted:
            (out / name).unlink()  # of an earlier release of a larger source
    _write_tables(made, out)
    _write_texts(made, out)
    names = [name for name in list_all(out) if name != SUMS]
    write_text(out / SUMS, "".join(f"{sha256(out / name)}  {name}\n" for name in names))


def _begin(made: Draft) -> None:
    out = made.settings.out
    mark = {"kind": RELEASE, "rules_sha256": made.settings.profile.digest, "key_check": made.settings.names.check}
    claim(out, MARK, mark, "an older release of the same source")
    (out / MANIFEST).unlink(missing_ok=True)


def _copy(source: Path, target: Path, check: str) -> None:
    if target.is_file() and sha256(target) == check:
        return
    content = source.read_bytes()
    if hashlib.sha256(content).hexdigest() != check:
        raise FailureError(f"{source} was changed since it was verified.", "the image that was verified",
                           "run vcem deidentify again, which makes and searches it anew")  # fmt: skip
    write_bytes(target, content)


def _write_tables(made: Draft, out: Path) -> None:
    write_csv(out / CASES, [f.name for f in fields(Case)], map(asdict, made.cases))
    write_csv(out / LEFT_OUT, ["what", "why"], map(asdict, sorted(made.plan.left_out, key=lambda s: s.what)))
    texts = made.terms.citation.texts
    lines = table(made.cases, texts.get("period", ""), texts.get("source", ""))
    write_description(out, lines, f"{made.terms.citation.title}, {made.plan.origin}")
    write_dictionary(out, made.terms.findings)


def _write_texts(made: Draft, out: Path) -> None:
    terms = made.terms
    write_text(out / LICENSE, licence_text(terms.licence, terms.licence_file, terms.citation.names))
    write_text(out / CITATION, to_cff(terms.citation, terms.licence))
    write_text(out / README, readme_of(made))


def readme_of(made: Draft) -> str:
    """Return README.md of a release."""
    rules = f"{made.settings.profile.version} {made.settings.profile.digest[:12]}"
    return readme(made.terms.citation, made.terms.licence, made.plan.origin, counts(made), rules)


def counts(made: Draft) -> tuple[int, int, int]:
    """Return the numbers of images, patients and LE/DES pairs."""
    lines = {line.item: int(line.count) for line in table(made.cases) if line.item in ("Patients", "LE/DES pairs")}
    return len(made.cases), lines["Patients"], lines["LE/DES pairs"]


def finish(made: Draft, closed: int = 0) -> None:
    """Write the manifest; call it only when the search found nothing. `closed` originals could not be opened for it."""
    images, patients, pairs = counts(made)
    write_manifest(made.settings.out, RELEASE, {
        "origin": made.plan.origin, "title": made.terms.citation.title, "licence": made.terms.licence,
        "rules": made.settings.profile.version, "images": images, "patients": patients, "pairs": pairs,
        "search": {"forms": FORMS, "originals_not_opened": closed},
    })  # fmt: skip
