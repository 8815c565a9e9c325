"""A folder of virtual DES images made from LE images in DICOM; the same command resumes.

Each image is whole or not there; `folders.enhanced` says which files there are.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from vcem import __version__
from vcem.apply.enhanced import Output, beside, files_of, grey_of, stands, suffixes
from vcem.apply.enhancer import Enhancer
from vcem.core.arrays import Grey
from vcem.core.errors import FailureError, UsageError
from vcem.core.files import MANIFEST, refuse_otherwise, write_bytes, write_json
from vcem.core.lock import locked
from vcem.core.terms import Energy, Origin
from vcem.core.watch import Watch, unwatched
from vcem.dicom.fitness import is_virtual, unfit
from vcem.dicom.listing import list_inputs
from vcem.dicom.read import pixel_digest
from vcem.dicom.scan import Header, Unreadable, scan
from vcem.dicom.vendors import Rule, read_rules
from vcem.dicom.virtual import Drawn, Model, virtual_uid
from vcem.folders.catalogue import SKIPPED, Skipped, write_skipped
from vcem.folders.enhanced import KIND, SETTINGS, EnhancedImage, finish, write_images
from vcem.ingest.dicom_images import DicomImage, plain_images, take_images
from vcem.ingest.dicom_pairs import match_images
from vcem.ingest.doubles import doubles_by

EXPECTED = "LE images in DICOM, for presentation, of one plainly compressed breast, CC or MLO"
ALONE = "no DES of its compression on its grid is among the files, which this model draws on"
WHAT = {".dcm": "image", ".label.dcm": "label"}  # of a virtual UID


@dataclass(frozen=True)
class Enhanced:
    """How many virtual images stand, how many of them stood before, and what was left out and why.

    `beyond_training`: how many are of patients, drawn by a model that saw simulated women only.
    """

    images: int
    stood: int
    skipped: tuple[Skipped, ...]
    beyond_training: int = 0


def enhance(
    inputs: Sequence[Path],
    enhancer: Enhancer,
    out: Path,
    output: Output,
    rules: Sequence[Rule],
    watch: Watch = unwatched,
) -> Enhanced:
    """Make the virtual DES images of all LE images among the inputs.

    Args:
        inputs: files, and folders at any depth.
        enhancer: the model.
        out: folder to write.
        output: in which form.
        rules: which header says which image.
        watch: passes the images that are still to be made through, for progress.

    Raises:
        UsageError: if an input is missing, or `out` holds other files or those of another model or form.
        FailureError: if nothing could be enhanced.
    """
    names = list_inputs(inputs, EXPECTED, but=out)
    seconds: dict[str, Header] | None = None if enhancer.model.dose is None else {}
    settings = _settings(enhancer.model, output)
    refuse_otherwise(out, SETTINGS, settings, "older enhanced images")
    with locked(out, "enhancing"):
        write_json(out / SETTINGS, settings)
        (out / MANIFEST).unlink(missing_ok=True)  # while it is rewritten the folder is not a finished one
        images, skipped = _candidates(scan(Path(), names, os.cpu_count() or 1), rules, seconds)
        there = {i.header.path for i in images if stands(_place(i, enhancer, out), output)}
        open_images = [i for i in images if i.header.path not in there]
        made = watch(open_images, len(open_images))  # its rate is that of work, not of looking
        every = chain((i for i in images if i.header.path in there), made)
        rows, stood = _draw(((i, (seconds or {}).get(i.header.uid)) for i in every), skipped, enhancer, out, output)
        return _finish(out, rows, stood, skipped, enhancer.model)


def enhance_file(enhancer: Enhancer, path: Path, rules: Sequence[Rule] | None = None) -> Grey:
    """Return the virtual DES in [0, 1] of one LE image in DICOM, on its own rows and columns, 0 outside the breast.

    Args:
        enhancer: the model.
        path: the file.
        rules: which header says which image; those that come with vcem if not given.

    Raises:
        UsageError: if the file is missing, or no LE image that a virtual DES may be drawn from; the message says why.
        FailureError: if the image is damaged, or no breast is found in it.
    """
    return grey_of(_only(path, read_rules() if rules is None else rules), enhancer)


def draw_file(enhancer: Enhancer, path: Path, rules: Sequence[Rule], label: bool) -> dict[str, bytes]:
    """Return what is drawn from one LE image in DICOM, by UID: the virtual DES, then its label if asked for.

    Raises as `enhance_file` does.
    """
    image = _only(path, rules)
    drawn, output = Drawn(image.side, image.view, image.header.origin, enhancer.model), Output(label=label)
    files = files_of(image, drawn, enhancer, output)
    uids = {suffix: virtual_uid(image.header.uid, enhancer.model, what) for suffix, what in WHAT.items()}
    return {uids[suffix]: files[suffix] for suffix in reversed(suffixes(output))}


def _only(path: Path, rules: Sequence[Rule]) -> DicomImage:
    if not path.is_file():
        raise UsageError(f"{path} is not there.", EXPECTED)
    images, skipped = _candidates(scan(Path(), [str(path)], 1), rules)
    refusal = unfit(path, images[0].side) if images else skipped[0].why
    if refusal:
        raise UsageError(f"{path}: {refusal}.", EXPECTED)
    return images[0]


def _draw(
    images: Iterable[tuple[DicomImage, Header | None]],
    skipped: list[Skipped],
    enhancer: Enhancer,
    out: Path,
    output: Output,
) -> tuple[list[EnhancedImage], int]:
    """Write image by image; return a row of each and how many stood before, and add to those left out."""
    rows, stood = [], 0
    for image, second in images:
        drawn = Drawn(image.side, image.view, image.header.origin, enhancer.model, second)
        path = _place(image, enhancer, out)
        try:
            refusal = unfit(Path(image.header.path), image.side)
            files = {} if refusal or stands(path, output) else files_of(image, drawn, enhancer, output)
        except FailureError as error:
            refusal = error.found
        if refusal:
            skipped.append(Skipped(image.header.path, refusal))
            continue
        stood += not files
        for suffix, content in files.items():
            write_bytes(beside(path, suffix), content)
        name = beside(path, suffixes(output)[-1]).name
        rows.append(EnhancedImage(image.header.path, name, drawn.side, drawn.view, drawn.origin))
    return rows, stood


def _place(image: DicomImage, enhancer: Enhancer, out: Path) -> Path:
    return out / virtual_uid(image.header.uid, enhancer.model)


def _settings(model: Model, output: Output) -> dict[str, Any]:
    return {"kind": KIND, "vcem": __version__, "format": output.format.value, "label": output.label,
            "bits": output.bits, "model": model.facts}  # fmt: skip


def _candidates(
    found: Iterable[Header | Unreadable], rules: Sequence[Rule], seconds: dict[str, Header] | None = None
) -> tuple[list[DicomImage], list[Skipped]]:
    """Sort files into LE images of a known side and view, and all others with the reason.

    With `seconds`, LE images that have a DES on one grid beside them; it is put there by the UID of its LE.
    """
    virtual: list[Skipped] = []
    doubles = doubles_by(lambda path: pixel_digest(Path(path)))
    images, decisions, skipped = take_images(_acquired(found, virtual), rules, doubles)
    evidence = {header.path: decision.why for header, decision in decisions}
    others = [
        Skipped(i.header.path, f"a {i.energy} image, not LE: {evidence[i.header.path]}")
        for i in images
        if i.energy is not Energy.LE
    ]
    plain, unfit_les = plain_images(i for i in images if i.energy is Energy.LE)
    if seconds is not None:
        pairs, _ = match_images([*plain, *(i for i in images if i.energy is Energy.DES)], late=False)
        seconds |= {pair.le.header.uid: pair.des.header for pair in pairs if pair.on_one_grid}
        used = {header.path for header in seconds.values()}
        alone = [Skipped(i.header.path, ALONE) for i in plain if i.header.uid not in seconds]
        others = [*alone, *(s for s in others if s.what not in used)]
        plain = [i for i in plain if i.header.uid in seconds]
    return plain, [*skipped, *virtual, *others, *unfit_les]


def _acquired(found: Iterable[Header | Unreadable], virtual: list[Skipped]) -> Iterator[Header | Unreadable]:
    for header in found:
        if isinstance(header, Header) and is_virtual(header.image_type):
            virtual.append(Skipped(header.path, "a virtual DES image: Image Type VIRTUAL_DES"))
        else:
            yield header


def _finish(out: Path, images: list[EnhancedImage], stood: int, skipped: list[Skipped], model: Model) -> Enhanced:
    write_images(out, images)
    write_skipped(out, skipped)
    if not images:
        raise FailureError(
            f"No image could be enhanced, {len(skipped)} files were left out{_telling(skipped)}.",
            EXPECTED,
            f"see {out / SKIPPED}",
        )
    finish(out, model.facts, images)
    beyond = sum(model.trained_on is Origin.SIMULATED and image.origin == Origin.CLINICAL for image in images)
    return Enhanced(len(images), stood, tuple(skipped), beyond)


def _telling(skipped: Sequence[Skipped]) -> str:
    """Name one file and why it was left out, of those nearest to a mammogram."""
    ranked = sorted(skipped, key=lambda s: (s.why == "no DICOM file", s.why.startswith("modality")))
    return f", such as {ranked[0].what}: {ranked[0].why}" if ranked else ""
