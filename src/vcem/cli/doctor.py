"""`vcem doctor`: what of this machine vcem can use."""

import json
import os
import platform
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import import_module, metadata
from typing import Literal

from packaging.requirements import Requirement

from vcem import __version__
from vcem.cli.words import parse, say
from vcem.core.threads import cores

GIVES = {
    "torch": "networks of torch: training, predicting, exporting; scoring on a GPU",
    "onnx": "models as ONNX graphs, which draw without torch",
    "gateway": "a service beside a PACS",
    "ocr": "text drawn into pixels, found by vcem deidentify --read-text",
    "cluster": "--on: work on other machines",
    "track": "a viewer of what vcem track writes",
}
MODULES = {
    "argon2-cffi": "argon2",
    "pillow": "PIL",
    "pynrrd": "nrrd",
    "scikit-image": "skimage",
    "scikit-learn": "sklearn",
}
LEAST_GB = {"this folder": 10, "temporary files": 1}
MESSAGE = 100  # letters of a library's error


@dataclass(frozen=True)
class Doctor:
    """Say what is installed and works: packages, extras, devices, DICOM compressions, room on the disk."""

    json: bool = False
    """Print one JSON object."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `broken` is something that vcem cannot do without."""

    state: Literal["ok", "without", "low", "broken"]
    what: str
    found: str
    advice: str = ""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Doctor, words, "doctor")
    with warnings.catch_warnings(action="ignore"):
        findings = [*_system(), *_base(), *_extras(), *_devices(), *_codecs(), *_room()]
    works = all(f.state != "broken" for f in findings)
    if args.json:
        say(json.dumps({"works": works, "findings": [asdict(f) for f in findings]}, indent=1))
    else:
        for finding in findings:
            _tell(finding)
        say("vcem works here" if works else "vcem does not work here: mend what is broken")
    return 0 if works else 1


def _tell(finding: Finding) -> None:
    say(f"{finding.state:9}{finding.what:18}{finding.found}")
    if finding.advice:
        say(f"{'':27}-> {finding.advice}")


def _system() -> Iterator[Finding]:
    yield Finding("ok", "vcem", __version__)
    system = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    yield Finding("ok", "Python", system)  # pip has refused another than vcem asks for


def _requirements() -> list[Requirement]:
    """Return what vcem and its extras need; nothing is known of a source that was not installed."""
    try:
        return [Requirement(line) for line in metadata.requires("vcem") or ()]
    except metadata.PackageNotFoundError:
        return []


def _asked(extra: str) -> list[Requirement]:
    """Return the packages that an extra adds; those that vcem always needs for ""."""
    always = [r for r in _requirements() if r.marker is None or r.marker.evaluate({"extra": ""})]
    return always if not extra else [r for r in _requirements() if r not in always and _adds(r, extra)]


def _adds(requirement: Requirement, extra: str) -> bool:
    return requirement.marker is not None and requirement.marker.evaluate({"extra": extra})


def _fault(requirement: Requirement, load: bool) -> str:
    """Return what is wrong with an installed package, "" if nothing is."""
    try:
        version = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return f"{requirement.name} is not installed"
    if not requirement.specifier.contains(version, prereleases=True):
        return f"{requirement.name} {version}, where {requirement.specifier} is needed"
    return _unloadable(requirement.name) if load else ""


def _unloadable(package: str) -> str:
    try:
        import_module(MODULES.get(package, package.replace("-", "_")))
    except Exception as error:  # a damaged package raises what it likes
        return f"{package} does not load: {_short(error)}"
    return ""


def _short(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:MESSAGE]


def _base() -> Iterator[Finding]:
    if not (asked := _asked("")):
        yield Finding(
            "without", "packages", "vcem runs from a source that is not installed", "pip install . in the clone"
        )
        return
    faults = [fault for requirement in asked if (fault := _fault(requirement, load=True))]
    for fault in faults:
        yield Finding("broken", "package", fault, "pip install --upgrade --force-reinstall vcem")
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("numpy", "scipy", "pydicom", "imagecodecs"))
    if not faults:
        yield Finding("ok", "packages", f"all {len(asked)} load: {versions} and others")


def _extras() -> Iterator[Finding]:
    for extra, gives in GIVES.items():
        if not (asked := _asked(extra)):
            continue  # no extra of the vcem that is installed
        faults = [fault for requirement in asked if (fault := _fault(requirement, load=False))]
        there = ", ".join(f"{r.name} {metadata.version(r.name)}" for r in asked if not faults)
        how = f"{gives}: pip install 'vcem[{extra}]'" if faults else ""
        yield Finding("without" if faults else "ok", f"extra {extra}", "; ".join(faults) or there, how)


def _devices() -> Iterator[Finding]:
    yield Finding("ok", "processor", f"{cores()} of {os.cpu_count()} cores")
    yield _cuda()
    yield _onnx_runtime()


def _cuda() -> Finding:
    if fault := _fault(Requirement("torch"), load=True):
        return Finding("without", "GPU for torch", fault)
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if count:
        return Finding("ok", "GPU for torch", ", ".join(torch.cuda.get_device_name(i) for i in range(count)))
    build = f"torch {torch.__version__} is a build {'for CUDA' if torch.version.cuda else 'without CUDA'}"
    return Finding("without", "GPU for torch", f"none: {build}", _about_driver(bool(torch.version.cuda)))


def _about_driver(build_for_cuda: bool) -> str:
    if shutil.which("nvidia-smi") is None:
        return "everything runs without one; training takes longer"
    return "see whether nvidia-smi works" if build_for_cuda else "there is a driver: install torch's build for CUDA"


def _onnx_runtime() -> Finding:
    if fault := _fault(Requirement("onnxruntime"), load=True):
        return Finding("without", "ONNX Runtime", fault)
    import onnxruntime  # type: ignore[import-untyped]  # ships no types

    names = [p.removesuffix("ExecutionProvider") for p in onnxruntime.get_available_providers()]
    return Finding("ok", "ONNX Runtime", ", ".join(names))


def _codecs() -> Iterator[Finding]:
    try:
        from vcem.dicom.codecs import tried

        found = tried()
    except ImportError as error:
        yield Finding("broken", "DICOM", _short(error), "pip install --upgrade --force-reinstall imagecodecs pydicom")
        return
    yield Finding(
        "ok", "DICOM reads", ", ".join(["uncompressed", "deflated", *(k for k, why in found.items() if not why)])
    )
    for kind, why in found.items():
        if why:
            yield Finding("broken", kind, why[:MESSAGE], "pip install --upgrade --force-reinstall imagecodecs")


def _room() -> Iterator[Finding]:
    for what, folder in (("this folder", "."), ("temporary files", tempfile.gettempdir())):
        free = shutil.disk_usage(folder).free / 1e9
        low = free < LEAST_GB[what]
        advice = f"have {LEAST_GB[what]} GB at least" + ", or set TMPDIR" * (what != "this folder")
        yield Finding("low" if low else "ok", what, f"{free:.0f} GB free", advice if low else "")
