import numpy as np

from vcem.core.seeds import rng_for
from vcem.simulate.compression import Slab, compress, crease, nipple_path, skin_path
from vcem.simulate.grid import Grid

GRID = Grid(100, 120, 0.5)
DISTANCE = np.broadcast_to(np.maximum(60 - GRID.x, 0), GRID.shape).astype(np.float32)


def test_the_slab_is_flat_inside_and_a_semicircle_at_the_edge():
    thickness = compress(DISTANCE, GRID, 50.0, 25.0, 0.0)
    assert np.allclose(thickness[:, GRID.x < 34], 50)
    inside = DISTANCE[0] < 25
    assert np.allclose(thickness[0, inside], 2 * np.sqrt(25**2 - (25 - DISTANCE[0, inside]) ** 2), atol=1e-3)


def test_skin_is_two_faces_inside_and_everything_at_the_rim():
    thickness = compress(DISTANCE, GRID, 50.0, 25.0, 0.0)
    skin = skin_path(thickness, DISTANCE, 50.0, 25.0, 1.5)
    assert np.allclose(skin[:, GRID.x < 34], 3)
    assert (skin <= thickness).all()
    assert skin.max() > 10
    assert (Slab(thickness, skin, np.zeros_like(skin)).inner >= 0).all()


def test_the_nipple_lies_at_its_place_and_never_in_air():
    nipple = nipple_path(rng_for(0, "nipple"), GRID, (60.0, 25.0), DISTANCE)
    assert 0 < nipple.max() < 3
    assert not nipple[DISTANCE == 0].any()
    rows, columns = np.nonzero(nipple)
    assert abs(rows.mean() * 0.5 - 25) < 1
    assert columns.min() * 0.5 > 40


def test_a_crease_thins_a_band_that_fades_inwards():
    shares = [crease(rng_for(0, n), GRID, (60.0, 60.0), DISTANCE) for n in range(12)]
    folded = [s for s in shares if s.min() < 0.995]
    assert 3 < len(folded) < 12
    for share in folded:
        assert 0.8 < share.min() < share.max() <= 1
        assert share[:, 100].min() < share[:, 2].min()
