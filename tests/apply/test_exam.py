import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from enhancing import unchanged, write_exam
from toy_dicom import STUDY, image_of, pixels_of, write
from vcem.apply.exam import DES, LATE, LE, VIRTUAL, read_exam
from vcem.core.errors import FailureError, UsageError
from vcem.core.terms import Energy, Origin, Side, View
from vcem.dicom.vendors import read_rules
from vcem.dicom.virtual import Drawn, virtual_dicom

MODEL = unchanged().model
OTHER = replace(MODEL, name="other", weights="e" * 64)


def seen(*inputs):
    return read_exam([Path(i) for i in inputs], read_rules())


def draw_virtual(folder, le, side, view, model=MODEL, origin=Origin.SIMULATED):
    path = folder / f"{model.name}{side}{view}{origin}.dcm"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(virtual_dicom(le, pixels_of(side=side), Drawn(side, view, origin, model)))
    return path


@pytest.fixture
def exam(tmp_path):
    """Four views of LE, HE and DES, and two models' virtual DES of each LE."""
    folder = write_exam(tmp_path / "study")
    for side in Side:
        for view in View:
            for model in (MODEL, OTHER):
                draw_virtual(tmp_path / "virtual", folder / f"LE{side}{view}", side, view, model)
    return tmp_path


def test_four_rows_in_hanging_order_with_a_column_a_model(exam):
    found = seen(exam / "study", exam / "virtual")
    assert [(r.side, r.view) for r in found.rows] == [("R", "CC"), ("L", "CC"), ("R", "MLO"), ("L", "MLO")]
    assert found.columns == (LE, DES, f"{VIRTUAL}: other", f"{VIRTUAL}: unchanged")
    assert all(set(row.images) == set(found.columns) for row in found.rows)
    for row in found.rows:
        for shown in row.images.values():
            assert (shown.side, shown.view, shown.origin) == (row.side, row.view, "simulated")
            if shown.kind == VIRTUAL:
                assert shown.sources == (row.images[LE].uid,)
    assert {s.why for s in found.left_out} == {"HE image: it is for processing, not for the eye"}


def test_origin_of_a_virtual_des_is_that_of_its_le(tmp_path):
    le = write(tmp_path / "le", tags={"SyntheticData": None})
    draw_virtual(tmp_path, le, Side.LEFT, View.CC, origin=Origin.CLINICAL)
    (row,) = seen(tmp_path).rows
    assert {shown.origin for shown in row.images.values()} == {"clinical"}


def test_without_its_source_it_hangs_by_frame_of_reference_or_else_alone(tmp_path):
    gone = write(tmp_path / "gone", uid="1.2.3")
    draw_virtual(tmp_path / "v", gone, Side.LEFT, View.CC)
    same_frame = write(tmp_path / "le")
    (row,) = seen(same_frame, tmp_path / "v").rows
    assert list(row.images) == [LE, f"{VIRTUAL}: unchanged"]
    alone = seen(tmp_path / "v")
    assert len(alone.rows) == 1
    assert "shown alone" in alone.left_out[0].why
    (shown,) = alone.rows[0].images.values()
    assert shown.origin == "simulated"


def test_a_virtual_des_of_another_study_is_left_out(tmp_path):
    other = write(tmp_path / "o", study=replace(STUDY, uid="1.2.99"), uid="1.2.3", frame_uid="1.2.4")
    draw_virtual(tmp_path / "v", other, Side.LEFT, View.CC)
    found = seen(write(tmp_path / "le"), tmp_path / "v")
    assert [list(r.images) for r in found.rows] == [[LE]]
    assert "a study that is not among the inputs" in found.left_out[0].why


def test_a_late_phase_stands_in_the_row_of_the_le_before_it(tmp_path):
    for energy in (Energy.LE, Energy.DES):
        write(tmp_path / energy, energy)
    write(tmp_path / "late", Energy.DES, uid="1.2.5", frame_uid="1.2.6", taken_s=36420 + 480, late=True)
    (row,) = seen(tmp_path).rows
    assert list(row.images) == [LE, DES, LATE]
    assert row.images[LATE].uid == "1.2.5"
    assert [shown.time for shown in row.images.values()] == ["10:07", "10:07", "10:15"]


def test_a_des_without_le_and_an_le_without_des_have_rows(tmp_path):
    write(tmp_path / "a", Energy.DES, Side.LEFT)
    write(tmp_path / "b", Energy.LE, Side.RIGHT)
    assert [list(r.images) for r in seen(tmp_path).rows] == [[LE], [DES]]


@pytest.mark.parametrize("silent", [False, True])
def test_what_other_equipment_synthesized_is_never_shown_as_des(tmp_path, silent):
    """It says SUBTRACTION, as a recombined image does."""
    import pydicom

    le = write(tmp_path / "le")
    path = draw_virtual(tmp_path, le, Side.LEFT, View.CC)
    dataset = pydicom.dcmread(path)
    dataset.ImageType = ["DERIVED", "PRIMARY", "POST_CONTRAST", "SUBTRACTION", ""]
    if silent:
        del dataset.SyntheticData
    dataset.save_as(path)
    (row,) = seen(tmp_path).rows
    assert list(row.images) == [LE, f"{VIRTUAL}: unchanged"]


def side_file(folder, **changes):
    facts = {"source_uid": image_of().uid, "uid": "2.25.1", "side": "L", "view": "CC", "rows": 120, "columns": 80,
             "spacing_mm": 1.6, "origin": "clinical", "model": {"name": "toy"}} | changes  # fmt: skip
    from vcem.core.pictures import write_png

    write_png(folder / "2.25.1.png", np.zeros((120, 80), np.float32))
    (folder / "2.25.1.json").write_text(json.dumps(facts))


def test_a_png_with_its_side_file_hangs_beside_its_le(tmp_path):
    write(tmp_path / "le")
    side_file(tmp_path)
    (row,) = seen(tmp_path).rows
    assert list(row.images) == [LE, f"{VIRTUAL}: toy"]


@pytest.mark.parametrize("changes", [{"side": "X"}, {"model": 3, "spacing_mm": "wide"}, {"rows": None}])
def test_a_wrong_side_file_is_told(tmp_path, changes):
    write(tmp_path / "le")
    side_file(tmp_path, **changes)
    found = seen(tmp_path)
    assert "without the side file" in found.left_out[0].why
    assert list(found.rows[0].images) == [LE]


def test_the_same_image_twice_is_shown_once(exam):
    copy = exam / "copy.dcm"
    copy.write_bytes(next((exam / "virtual").iterdir()).read_bytes())
    found = seen(exam / "study", exam / "virtual", copy)
    assert len(found.columns) == 4
    assert "the same image" in found.left_out[-1].why


def test_nothing_to_show_is_one_error(tmp_path):
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(FailureError, match="no DICOM file"):
        seen(tmp_path)
    with pytest.raises(UsageError, match="is not there"):
        seen(tmp_path / "none")
