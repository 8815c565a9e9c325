"""Which images may be released at all. The reasons name attributes, never their values: those may identify."""

from collections.abc import Callable

from pydicom.dataset import Dataset

from vcem.dicom.profile import Gate

Check = Callable[[Dataset, Gate], bool]


def why_refused(dataset: Dataset, gate: Gate) -> str:
    """Return why an image is left out, empty if it passes."""
    return next((why for why, passes in CHECKS.items() if not passes(dataset, gate)), "")


def _classed(dataset: Dataset, gate: Gate) -> bool:
    return str(dataset.get("SOPClassUID", "")) in gate.sop_classes


def _mammogram(dataset: Dataset, gate: Gate) -> bool:
    return bool(dataset.get("Modality") == gate.modality)


def _identified(dataset: Dataset, _: Gate) -> bool:
    uids = (dataset.get(keyword) for keyword in ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID"))
    return all(isinstance(uid, str) and uid for uid in uids)


def _unmarked(dataset: Dataset, gate: Gate) -> bool:
    return bool(dataset.get("BurnedInAnnotation") == gate.burned_in)


def _typed(dataset: Dataset, gate: Gate) -> bool:
    values = dataset.get("ImageType") or []
    if isinstance(values, str) or len(values) < 2 or values[0] not in gate.image_type_1:
        return False
    return values[1] in gate.image_type_2 and all(v in ("", *gate.image_type_other) for v in values[2:])


def _faceless(dataset: Dataset, _: Gate) -> bool:
    return bool(dataset.get("RecognizableVisualFeatures") != "YES")


def _grey(dataset: Dataset, _: Gate) -> bool:
    return dataset.get("SamplesPerPixel") == 1 and dataset.get("BitsAllocated") in (8, 16)


def _pictured(dataset: Dataset, _: Gate) -> bool:
    return "PixelData" in dataset


CHECKS: dict[str, Check] = {
    "SOP Class is not Digital Mammography": _classed,
    "Modality is not MG": _mammogram,
    "SOP Instance, Series or Study Instance UID is missing or not one": _identified,
    "Burned In Annotation is not NO": _unmarked,
    "Image Type has terms that the rules do not know": _typed,
    "Recognizable Visual Features is YES": _faceless,
    "there is no Pixel Data": _pictured,
    "pixels are not grey with 8 or 16 bits": _grey,
}
