"""Raw LE and HE exposures of a toy breast, as signals and as DICOM For Processing with any attribute changed."""

import io
from dataclasses import replace
from functools import cache

from breast_scene import half_ellipse
from toy_dicom import STUDY, image_of
from toy_scene import toy_scene
from vcem.core.terms import Energy, Side, View
from vcem.dicom.header import Exposure
from vcem.dicom.uids import uid_for
from vcem.dicom.write import dataset_of
from vcem.simulate.acquire import Acquisition, acquire
from vcem.simulate.present import OPEN_FIELD, present_raw
from vcem.simulate.truth import oriented

QUIET = Acquisition(le_kerma_ugy=1e6, he_kerma_ugy=1e6, motion_mm=0.0, restless_mm=0.0)
BEAMS = {Energy.LE: Exposure(34, "Rh", "Ag", 0.03), Energy.HE: Exposure(49, "Rh", "Cu", 0.25)}


def gland_and_lesion(side=Side.LEFT, view=View.CC, spacing_mm=0.8, thickness_mm=50.0, iodine=1.5):
    """A half ellipse with the gland and the lesion of the toy scene in it."""
    toy = toy_scene(side, view, spacing_mm, iodine=iodine)
    plain = half_ellipse(thickness_mm, shape=toy.breast.shape, spacing_mm=spacing_mm)
    gland = plain.thickness * toy.glandular / (toy.thickness + 1e-3) * toy.breast
    uptake = toy.iodine * plain.breast
    return replace(plain, side=side, view=view, glandular=gland, adipose=plain.thickness - gland, iodine=uptake,
                   lesions=toy.lesions)  # fmt: skip


def write_raw(path, energy, side=Side.LEFT, view=View.CC, tags=None, stored=None, **changes):
    """Write one exposure; `changes` to its header, then `tags` by keyword, None takes an attribute away."""
    stored = exposed(side, view)[energy] if stored is None else stored
    image = image_of(energy, side, view, exposure=BEAMS[energy], open_field=OPEN_FIELD, spacing_mm=0.8,
                     paddle_mm=50.0, uid=uid_for(2, energy, side, view),
                     series_uid=uid_for(2, "series", energy), taken_s=36420 + 2 * (energy is Energy.HE))  # fmt: skip
    dataset = dataset_of(stored, STUDY, replace(image, **changes))
    for name, value in (tags or {}).items():
        if value is None:
            delattr(dataset, name)
        else:
            setattr(dataset, name, value)
    content = io.BytesIO()
    dataset.save_as(content, enforce_file_format=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.getvalue())
    return path


@cache
def exposed(side, view):
    """Stored values of both exposures, as their files lie."""
    made = acquire(gland_and_lesion(side, view), QUIET, 1, "raw")
    return {Energy.LE: oriented(present_raw(made.le), side), Energy.HE: oriented(present_raw(made.he), side)}


def write_pair(folder, side=Side.LEFT, view=View.CC, le=None, he=None):
    """Write LE and HE of one view; `le` and `he` are tags that differ."""
    tags = {Energy.LE: le, Energy.HE: he}
    return [write_raw(folder / f"{side}{view}{e}.dcm", e, side, view, t) for e, t in tags.items()]
