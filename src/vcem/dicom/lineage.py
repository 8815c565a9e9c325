"""From which images an image was computed, and by what, as its header tells."""

from dataclasses import dataclass
from pathlib import Path

from pydicom.dataset import Dataset

from vcem.dicom.damage import header_of, told
from vcem.dicom.fitness import SYNTHESIZING


@dataclass(frozen=True)
class Lineage:
    """UIDs of the source images, and the name of the equipment that synthesized the image, empty if none did."""

    sources: tuple[str, ...]
    synthesizer: str


def lineage_of(path: Path) -> Lineage:
    """Read the Source Image Sequence and the Contributing Equipment Sequence (PS3.3 C.12.1) of one file.

    Raises:
        FailureError: if the header cannot be read.
    """
    dataset = header_of(path)
    with told(path):
        sources = tuple(str(item.ReferencedSOPInstanceUID) for item in dataset.get("SourceImageSequence") or [])
        makers = [item for item in dataset.get("ContributingEquipmentSequence") or [] if _synthesizes(item)]
        return Lineage(sources, _name(makers[0]) if makers else "")


def _synthesizes(equipment: Dataset) -> bool:
    codes = equipment.get("PurposeOfReferenceCodeSequence") or []
    return any((c.get("CodeValue"), c.get("CodingSchemeDesignator")) == SYNTHESIZING[:2] for c in codes)


def _name(equipment: Dataset) -> str:
    return str(equipment.get("ManufacturerModelName") or equipment.get("Manufacturer") or "unnamed")
