import json

import pytest

from vcem.core.errors import UsageError
from vcem.ingest.outlines import Region, read_regions

SHAPES = {
    "polygon": ({"all_points_x": [1, 5, 3], "all_points_y": [2, 2, 8]}, ((1.0, 2.0), (5.0, 2.0), (3.0, 8.0))),
    "polyline": ({"all_points_x": [1, 5], "all_points_y": [2, 2]}, ((1.0, 2.0), (5.0, 2.0))),
    "ellipse": ({"cx": 10, "cy": 20, "rx": 3, "ry": 4}, ((10.0, 20.0), (3.0, 4.0))),
    "circle": ({"cx": 10, "cy": 20, "r": 3}, ((10.0, 20.0), (3.0, 3.0))),
    "point": ({"cx": 10, "cy": 20}, ((10.0, 20.0),)),
}


def write(path, *shapes, name="P1_L_DM_CC.jpg"):
    cells = [json.dumps(s) if isinstance(s, dict) else s for s in shapes]
    rows = [f'{name},"{cell.replace(chr(34), chr(34) * 2)}"' for cell in cells]
    path.write_text("\n".join(["#filename,region_shape_attributes", *rows]) + "\n")
    return path


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_of_via_is_read(tmp_path, name):
    fields, points = SHAPES[name]
    regions, unread = read_regions(write(tmp_path / "a.csv", {"name": name, **fields}))
    assert regions == {"P1_L_DM_CC": [Region(name, points)]}
    assert unread == []


def test_rotation_of_an_ellipse_is_kept(tmp_path):
    shape = {"name": "ellipse", **SHAPES["ellipse"][0], "theta": 0.5}
    assert read_regions(write(tmp_path / "a.csv", shape))[0]["P1_L_DM_CC"][0].theta == 0.5


def test_names_lose_blanks_and_ending(tmp_path):
    regions, _ = read_regions(write(tmp_path / "a.csv", {"name": "point", "cx": 1, "cy": 2}, name=" P1_L_DM_CC .JPG "))
    assert list(regions) == ["P1_L_DM_CC"]


@pytest.mark.parametrize(
    "shape",
    [
        "{}",
        "not json",
        "[]",
        {"name": "star"},
        {"name": "circle", "cx": 1, "cy": 2},
        {"name": "polygon", "all_points_x": [1, 2], "all_points_y": [1]},
        {"name": "polygon", "all_points_x": [], "all_points_y": []},
        {"name": "circle", "cx": "one", "cy": 2, "r": 3},
    ],
)
def test_unreadable_row_is_told_with_its_line_and_the_others_are_kept(tmp_path, shape):
    regions, unread = read_regions(write(tmp_path / "a.csv", {"name": "point", "cx": 1, "cy": 2}, shape))
    assert len(regions["P1_L_DM_CC"]) == 1
    assert [line.split(": ")[0] for line in unread] == ["outline of P1_L_DM_CC, line 3"]


def test_scaling_keeps_pixel_centres():
    # the first two pixels of the original together are the first of the half-size copy
    assert Region("polygon", ((0.5, 0.5), (4.5, 8.5))).scaled(0.5).points == ((0.0, 0.0), (2.0, 4.0))


def test_scaling_shrinks_radii():
    assert Region("ellipse", ((10.5, 20.5), (6.0, 4.0)), 0.3).scaled(0.5) == Region(
        "ellipse", ((5.0, 10.0), (3.0, 2.0)), 0.3
    )


def test_scale_one_changes_nothing():
    region = Region("point", ((3.0, 4.0),))
    assert region.scaled(1.0) == region


def test_reach_is_the_farthest_point():
    assert Region("polygon", ((1.0, 9.0), (7.0, 2.0))).reaches() == (7, 9)
    assert Region("circle", ((10.0, 20.0), (99.0, 99.0))).reaches() == (10, 20)


def test_table_of_another_kind_is_refused(tmp_path):
    (tmp_path / "a.csv").write_text("x,y\n1,2\n")
    with pytest.raises(UsageError, match="lacks the columns #filename"):
        read_regions(tmp_path / "a.csv")
