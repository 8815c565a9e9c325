from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from vcem.core.errors import FailureError
from vcem.core.files import read_csv
from vcem.core.pictures import read_picture
from vcem.core.seeds import rng_for
from vcem.ingest.register import MIN_QUALITY, register


def breast(seed=0, rows=260, columns=160):
    """A half disc of textured tissue on black air, chest wall at the left."""
    v, u = np.mgrid[:rows, :columns]
    texture = ndimage.gaussian_filter(rng_for(seed, "tissue").normal(size=(rows, columns)), 2)
    tissue = 0.4 + 0.1 * texture / texture.std()
    return (np.clip(tissue, 0.1, 1) * (np.hypot(u / 130, (v - 130) / 110) < 1)).astype(np.float32)


def apart(x, y, dx, dy):
    """Crop x and y so that y(u + dx, v + dy) lies over x(u, v), for dx, dy of either sign."""
    left, top = max(dx, 0), max(dy, 0)
    return x[top:, left:][:230, :130], y[top - dy :, left - dx :][:240, :128]


@pytest.mark.parametrize(("dx", "dy"), [(0, 0), (7, -12), (-9, 20), (15, 3)])
def test_translation_is_found_with_its_sign(dx, dy):
    found = register(*apart(breast(), breast(), dx, dy))
    assert (found.dx_px, found.dy_px) == (pytest.approx(dx, abs=0.2), pytest.approx(dy, abs=0.2))
    assert found.quality > 0.6


@pytest.mark.parametrize("des", [lambda x: (x > 0) * (1.1 - x), lambda x: x**2, lambda x: 0.2 * x + 0.3 * (x > 0)])
def test_contrast_of_des_does_not_matter(des):
    found = register(*apart(breast(), des(breast()), 7, -12))
    assert (found.dx_px, found.dy_px) == (pytest.approx(7, abs=0.3), pytest.approx(-12, abs=0.3))


def test_edges_of_the_crops_are_no_edges():
    x = breast()[30:200, 20:100]  # no skin line left on any side but one
    y = breast()[38:215, 15:110]
    found = register(x, y)
    assert (found.dx_px, found.dy_px) == (pytest.approx(5, abs=0.2), pytest.approx(-8, abs=0.2))


def test_translation_between_pixels_is_found():
    x = ndimage.gaussian_filter(breast(), 1)
    y = np.clip(ndimage.shift(x, (2.5, 0.0), order=3), 0, 1)
    assert register(x, y).dy_px == pytest.approx(2.5, abs=0.2)


def test_full_resolution_is_found_at_reduced_size():
    big = [np.kron(image, np.ones((4, 4), np.float32)) for image in apart(breast(), breast(), 7, -12)]
    found = register(*big)
    assert (found.dx_px, found.dy_px) == (pytest.approx(28, abs=1), pytest.approx(-48, abs=1))


@pytest.mark.parametrize("des_per_le", [0.5, 2.0])
def test_des_of_another_scale(des_per_le):
    x, y = apart(breast(), breast(), 8, -12)
    found = register(x, np.clip(ndimage.zoom(y, des_per_le, order=1, grid_mode=False), 0, 1), des_per_le)
    assert (found.dx_px, found.dy_px) == (pytest.approx(8, abs=1), pytest.approx(-12, abs=1))


def test_noise_is_not_registered():
    noise = [rng_for(i, "noise").uniform(0.2, 1, (200, 120)).astype(np.float32) for i in range(2)]
    assert register(*noise).quality < MIN_QUALITY


def test_quality_is_between_0_and_1():
    assert 0 <= register(breast(0), breast(1)).quality <= 1


@pytest.mark.parametrize("air", [np.zeros((50, 40), np.float32), np.full((50, 40), 0.02, np.float32)])
def test_air_alone_cannot_be_registered(air):
    with pytest.raises(FailureError, match="nothing but air"):
        register(breast(), air)


@pytest.fixture(scope="module")
def real_pairs():
    """Every third pair of the real reduced release, as grey in [0, 1]."""
    source = Path(__file__).parents[2].parent / "shared" / "data" / "cdd-cesm-mini"
    names = [row["image"] for row in read_csv(source / "scale.csv") if "_DM_" in row["image"]][::3]
    folders = ("Low energy images of CDD-CESM", "Subtracted images of CDD-CESM")
    pairs = {}
    for name in names:
        files = (source / folders[0] / f"{name}.jpg", source / folders[1] / f"{name.replace('_DM_', '_CM_')}.jpg")
        pairs[name] = tuple(read_picture(file).astype(np.float32) / 255 for file in files)
    return pairs


def cropped(image, rng):
    """Cut up to a tenth off each side; return what is left and where it began."""
    top, left, bottom, right = (int(rng.integers(0, side // 10 + 1)) for side in image.shape * 2)
    return image[top : image.shape[0] - bottom, left : image.shape[1] - right], left, top


@pytest.mark.needs("shared")
def test_known_crops_of_real_pairs_are_recovered(real_pairs):
    errors = []
    for name, (x, y) in real_pairs.items():
        rng = rng_for(0, "crop", name)
        (a, left_a, top_a), (b, left_b, top_b) = cropped(x, rng), cropped(y, rng)
        whole, part = register(x, y), register(a, b)
        errors.append(
            np.hypot(part.dx_px - whole.dx_px - (left_a - left_b), part.dy_px - whole.dy_px - (top_a - top_b))
        )
    assert np.mean(np.array(errors) <= 1) >= 0.95


@pytest.mark.needs("shared")
def test_real_pairs_are_told_from_strangers(real_pairs):
    true = [register(x, y).quality for x, y in real_pairs.values()]
    alike = defaultdict(list)
    for name in real_pairs:
        alike[name.split("_", 1)[1]].append(name)  # same side and view
    strangers = [
        register(real_pairs[a][0], real_pairs[b][1]).quality
        for names in alike.values()
        for a, b in zip(names, names[2:] + names[:2], strict=True)
        if a.split("_")[0] != b.split("_")[0]
    ]
    assert np.mean(np.array(true) >= MIN_QUALITY) >= 0.97
    assert np.mean(np.array(strangers) < MIN_QUALITY) >= 0.95


def test_where_hardly_anything_agrees_or_only_far_away_nothing_is_sure():
    x = breast()
    assert register(x, breast(seed=1)[:, ::-1]).quality == 0  # nothing agrees
    far = np.roll(x, 55, axis=1)  # a third of the width: the strip that is left agrees perfectly
    far[:, :55] = 0
    assert register(x, far).quality == 0
    assert register(x, np.roll(x, 30, axis=1)).quality > MIN_QUALITY
