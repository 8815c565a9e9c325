"""What the imports of DICOM archives share: their indexes, and where images come from."""

from collections.abc import Sequence
from pathlib import Path

from vcem.core.errors import UsageError
from vcem.core.files import refuse_mixture
from vcem.core.terms import Origin
from vcem.dicom.scan import Header
from vcem.folders.catalogue import KIND

HEADERS, READINGS = ".headers.index", ".readings.index"  # what was read before; hidden, so in no manifest


def refuse_other(out: Path) -> None:
    """Refuse a folder that holds something else than a catalogue, or an import that was interrupted.

    Raises:
        UsageError: if it does.
    """
    if not any((out / name).is_file() for name in (HEADERS, READINGS)):
        refuse_mixture(out, KIND)


def origin_of(headers: Sequence[Header], wanted: Origin | None) -> Origin:
    """Return where the images come from, by their headers or as told.

    Raises:
        UsageError: if simulated images are mixed with others, or pass as clinical.
    """
    synthetic = [header for header in headers if header.origin is Origin.SIMULATED]
    if synthetic and len(synthetic) < len(headers):
        other = next(header for header in headers if header.origin is not Origin.SIMULATED)
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


def age_in(text: str) -> str:
    """Return the age in years of an Age String such as 058Y (PS3.5 6.2), empty if it is given otherwise."""
    return str(int(text[:3])) if len(text) == 4 and text[3] == "Y" and text[:3].isdigit() else ""
