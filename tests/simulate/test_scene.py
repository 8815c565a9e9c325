from dataclasses import FrozenInstanceError, fields

import pytest

from toy_scene import toy_scene
from vcem.simulate.scene import Scene


def test_a_scene_is_all_that_physics_needs_and_cannot_change():
    scene = toy_scene()
    assert {"adipose", "glandular", "calcium", "iodine", "thickness", "distance"} <= {f.name for f in fields(Scene)}
    with pytest.raises(FrozenInstanceError):
        scene.paddle_mm = 3.0


def test_maps_of_a_scene_share_one_grid():
    scene = toy_scene()
    shapes = {getattr(scene, f.name).shape for f in fields(Scene) if hasattr(getattr(scene, f.name), "shape")}
    assert shapes == {scene.breast.shape}
    assert all(lesion.area.shape == lesion.iodine.shape == scene.breast.shape for lesion in scene.lesions)
