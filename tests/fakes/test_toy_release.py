import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from fakes.toy_release import COLUMNS, DES_FOLDER, LE_FOLDER, ROWS, scene, write_release
from vcem.core.files import sha256


def sums(folder):
    return {p.relative_to(folder): sha256(p) for p in sorted(folder.rglob("*")) if p.is_file()}


def test_same_seed_same_bytes(tmp_path):
    first, second = (write_release(tmp_path / name, patients=1) for name in ("a", "b"))
    assert sums(first) == sums(second)
    assert sums(first) != sums(write_release(tmp_path / "c", patients=1, seed=1))


def test_chest_wall_is_at_the_side_of_the_breast():
    left, right = (scene(f"P1_{side}_CC", "B", False, 0).le for side in "LR")
    assert left.shape == (ROWS, COLUMNS)
    assert left[:, :20].mean() > left[:, -20:].mean() == 0
    assert right[:, -20:].mean() > right[:, :20].mean() == 0


def test_lesion_lights_up_in_des():
    drawn = next(s for n in range(9) if (s := scene(f"P{n}_L_CC", "B", True, 0)).lesion.uptake > 0.2)
    x, y = round(drawn.lesion.x), round(drawn.lesion.y)
    inside = drawn.des[y - 3 : y + 4, x - 3 : x + 4].mean()
    assert inside > np.median(drawn.des[drawn.des > 0]) + 0.15


def test_release_has_the_public_layout(toy_release):
    assert len(list((toy_release / LE_FOLDER).glob("P*.jpg"))) == 35
    assert len(list((toy_release / DES_FOLDER).glob("P*.jpg"))) == 34
    with Image.open(toy_release / LE_FOLDER / "P1_L_DM_CC.jpg") as picture:
        assert picture.mode == "L"


def test_script_writes_a_release(tmp_path):
    script = Path(__file__).with_name("toy_release.py")
    subprocess.run([sys.executable, script, tmp_path / "out", "--patients", "1", "--reduced"], check=True)
    assert (tmp_path / "out" / "scale.csv").is_file()
    assert any((tmp_path / "out" / "masks").iterdir())
