"""Draw the paper's Figure 2 from simulated images, ACR a to d: python examples/draw_figure2.py [PICTURE.png]."""

import sys
import tempfile
from itertools import count

import numpy as np
from PIL import Image, ImageDraw

from vcem.core.terms import Density, Side, View
from vcem.simulate.acquire import Acquisition, acquire
from vcem.simulate.check_realism import shown
from vcem.simulate.patient import draw_patient
from vcem.simulate.phantom import scene_of
from vcem.simulate.present import present_des, present_le
from vcem.simulate.priors import Priors

SEED, SIDE, BOX, HEAD = 11, Side.LEFT, (0, 30, 190, 340), 24


def first_enhancing(density):
    dense = (w for n in count(1) if (w := draw_patient(SEED, n, Priors())).density is density)
    return next(w for w in dense if any(x.uptake.enhancing for x in w.lesions_of(SIDE)))


def column(patient):
    scene = scene_of(patient, SIDE, View.CC, SEED, 0.4)
    renders = acquire(scene, Acquisition(), SEED, f"{patient.id}_{SIDE}_CC")
    pair = shown(present_le(renders.le, scene), present_des(renders.des, scene))  # LE above, DES below
    return np.vstack([np.asarray(Image.fromarray(image.astype(np.uint8)).reduce(2).crop(BOX)) for image in pair])


first = {density: first_enhancing(density) for density in Density}
sheet = Image.fromarray(np.pad(np.hstack(list(map(column, first.values()))), ((HEAD, 0), (0, 0))))
for place, density in enumerate(first):
    ImageDraw.Draw(sheet).text((place * BOX[2] + 6, 6), f"ACR {density}, simulated", fill=220, font_size=13)
path = [f"{tempfile.gettempdir()}/simulated-figure2.png", *sys.argv[1:]][-1]
sheet.save(path, optimize=True)
print(path, *(f"ACR {density}: {w.id}, simulated" for density, w in first.items()), sep="\n")
