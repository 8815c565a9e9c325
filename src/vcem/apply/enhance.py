"""A folder of virtual DES images made from LE images in DICOM; the same command resumes.

settings.json   the model and the format, written first
UID.dcm or UID.png with UID.json, each whole or not at all; UID is that of the virtual image
images.csv, skipped.csv, manifest.json   at the end
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from vcem import __version__
from vcem.apply.enhanced import Output, beside, files_of, grey_of, stands, suffixes
from vcem.apply.enhancer import Enhancer
from vcem.core.arrays import Grey
from vcem.core.errors import FailureError, UsageError
from vcem.core.files import MANIFEST, read_json, write_bytes, write_csv, write_json, write_manifest
from vcem.core.lock import locked
from vcem.core.terms import Energy, Origin
from vcem.dicom.fitness import is_virtual, unfit
from vcem.dicom.read import pixel_digest
from vcem.dicom.scan import Header, Unreadable, list_below, scan
from vcem.dicom.vendors import Rule, read_rules
from vcem.dicom.virtual import Drawn, Model, virtual_uid
from vcem.folders.catalogue import IMAGES, SKIPPED, Skipped, write_skipped
from vcem.ingest.dicom_images import DicomImage, plain_images, take_images
from vcem.ingest.doubles import doubles_by

KIND = "enhanced"
SETTINGS = "settings.json"
COLUMNS = ("file", "output", "side", "view", "origin")
EXPECTED = "LE images in DICOM, for presentation, of one plainly compressed breast, CC or MLO"
WHAT = {".dcm": "image", ".label.dcm": "label"}  # of a virtual UID
Watch = Callable[[Sequence[DicomImage]], Iterable[DicomImage]]


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
    inputs: Sequence[Path], enhancer: Enhancer, out: Path, output: Output, rules: Sequence[Rule], watch: Watch = iter
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
    names = _names(inputs, out)
    _refuse_other(out, settings := _settings(enhancer.model, output))
    with locked(out, "enhancing"):
        write_json(out / SETTINGS, settings)
        (out / MANIFEST).unlink(missing_ok=True)  # while it is rewritten the folder is not a finished one
        images, skipped = _candidates(scan(Path(), names, os.cpu_count() or 1), rules)
        there = {i.header.path for i in images if stands(_place(i, enhancer, out), output)}
        made = watch([i for i in images if i.header.path not in there])  # its rate is that of work, not of looking
        rows, stood = _draw(chain((i for i in images if i.header.path in there), made), skipped, enhancer, out, output)
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
    drawn, output = Drawn(image.side, image.view, _origin(image.header), enhancer.model), Output(label=label)
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
    images: Iterable[DicomImage], skipped: list[Skipped], enhancer: Enhancer, out: Path, output: Output
) -> tuple[list[dict[str, str]], int]:
    """Write image by image; return a row of each and how many stood before, and add to those left out."""
    rows, stood = [], 0
    for image in images:
        drawn = Drawn(image.side, image.view, _origin(image.header), enhancer.model)
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
        rows.append(_row(image, drawn, beside(path, suffixes(output)[-1])))
    return rows, stood


def _place(image: DicomImage, enhancer: Enhancer, out: Path) -> Path:
    return out / virtual_uid(image.header.uid, enhancer.model)


def _names(inputs: Sequence[Path], out: Path) -> list[str]:
    """List all files once, those of `out` apart."""
    names: dict[Path, str] = {}
    for given in inputs:
        if not given.exists():
            raise UsageError(f"{given} is not there.", EXPECTED)
        below = [given / name for name in list_below(given)] if given.is_dir() else [given]
        for path in below:
            if not path.resolve().is_relative_to(out.resolve()):
                names.setdefault(path.resolve(), str(path))
    return list(names.values())


def _settings(model: Model, output: Output) -> dict[str, Any]:
    return {"kind": KIND, "vcem": __version__, "format": output.format.value, "label": output.label,
            "bits": output.bits, "model": model.facts}  # fmt: skip


def _refuse_other(out: Path, wanted: dict[str, Any]) -> None:
    if (out / SETTINGS).is_file():
        old = read_json(out / SETTINGS, f"the {SETTINGS} of enhanced images")
        other = sorted(name for name in wanted if not isinstance(old, dict) or old.get(name) != wanted[name])
        if other:
            raise UsageError(f"{out} holds images made otherwise: {', '.join(other)} differ(s).",
                             "the model, version and format of its first images", "name another --out")  # fmt: skip
    elif out.exists() and (not out.is_dir() or any(not p.name.startswith(".") for p in out.iterdir())):
        raise UsageError(f"{out} already holds other files.", "an empty or new folder, or older enhanced images",
                         "name another --out")  # fmt: skip


def _candidates(found: Iterable[Header | Unreadable], rules: Sequence[Rule]) -> tuple[list[DicomImage], list[Skipped]]:
    """Sort files into LE images of a known side and view, and all others with the reason."""
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
    return plain, [*skipped, *virtual, *others, *unfit_les]


def _acquired(found: Iterable[Header | Unreadable], virtual: list[Skipped]) -> Iterator[Header | Unreadable]:
    for header in found:
        if isinstance(header, Header) and is_virtual(header.image_type):
            virtual.append(Skipped(header.path, "a virtual DES image: Image Type VIRTUAL_DES"))
        else:
            yield header


def _origin(header: Header) -> Origin:
    return Origin.SIMULATED if header.synthetic == "YES" else Origin.CLINICAL


def _row(image: DicomImage, drawn: Drawn, path: Path) -> dict[str, str]:
    cells = (image.header.path, path.name, drawn.side, drawn.view, drawn.origin)
    return dict(zip(COLUMNS, cells, strict=True))


def _finish(out: Path, rows: list[dict[str, str]], stood: int, skipped: list[Skipped], model: Model) -> Enhanced:
    write_csv(out / IMAGES, COLUMNS, sorted(rows, key=lambda row: row["file"]))
    write_skipped(out, skipped)
    if not rows:
        raise FailureError(
            f"No image could be enhanced, {len(skipped)} files were left out{_telling(skipped)}.",
            EXPECTED,
            f"see {out / SKIPPED}",
        )
    origins = sorted({row["origin"] for row in rows})
    write_manifest(out, KIND, {"model": model.facts, "origin": origins, "images": len(rows)})
    beyond = sum(model.trained_on is Origin.SIMULATED and row["origin"] == Origin.CLINICAL for row in rows)
    return Enhanced(len(rows), stood, tuple(skipped), beyond)


def _telling(skipped: Sequence[Skipped]) -> str:
    """Name one file and why it was left out, of those nearest to a mammogram."""
    ranked = sorted(skipped, key=lambda s: (s.why == "no DICOM file", s.why.startswith("modality")))
    return f", such as {ranked[0].what}: {ranked[0].why}" if ranked else ""
