"""Draw one simulated woman's four views, LE above DES: python examples/draw_exam.py [PICTURE.png]."""

import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from vcem.core.terms import Side, View
from vcem.simulate.acquire import Acquisition, acquire
from vcem.simulate.check_realism import shown
from vcem.simulate.patient import draw_patient
from vcem.simulate.phantom import scene_of
from vcem.simulate.present import present_des, present_le
from vcem.simulate.priors import Priors

SEED, NUMBER, BOX, HEAD = 11, 5, (0, 0, 190, 356), 24


def column(patient, side, view):
    scene = scene_of(patient, side, view, SEED, 0.4)
    renders = acquire(scene, Acquisition(), SEED, f"{patient.id}_{side}_{view}")
    pair = shown(present_le(renders.le, scene), present_des(renders.des, scene))
    grey = np.vstack([np.asarray(Image.fromarray(image.astype(np.uint8)).reduce(2).crop(BOX)) for image in pair])
    return grey[:, ::-1] if side is Side.RIGHT else grey


patient = draw_patient(SEED, NUMBER, Priors())
views = [column(patient, side, view) for view in View for side in (Side.RIGHT, Side.LEFT)]
sheet = Image.fromarray(np.pad(np.hstack(views), ((HEAD, 0), (0, 0))))
text = "simulated: R CC, L CC, R MLO, L MLO; low energy above, iodine (DES) below"
ImageDraw.Draw(sheet).text((8, 6), text, fill=220)
path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp()) / "simulated-exam.png"
sheet.save(path, optimize=True)
print(f"{path}: density {patient.density}, simulated")
print("; ".join(f"{x.side} {x.kind}, {x.look}, {x.uptake.pattern}" for x in patient.lesions))
