import json
from itertools import pairwise

import numpy as np
import pytest

from dciodvfy import errors, needs_dciodvfy
from toy_scene import toy_chart, toy_scene
from vcem.core.files import sha256
from vcem.core.terms import Energy, Side, View
from vcem.dicom.read import read_stored
from vcem.dicom.scan import read_header
from vcem.simulate.acquire import Acquisition
from vcem.simulate.exam import Naming, ViewPlan, make_view, record_of, study_of, taken_s
from vcem.simulate.present import Look
from vcem.simulate.render import Camera

CAMERA, NAMING = Camera(Acquisition(), Look(), 5), Naming(5, "digest")
FILES = [f"dicom/S0001/S0001_R_MLO_{name}.dcm" for name in ("LE", "HE", "DES", "DES_LATE")]


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    out = tmp_path_factory.mktemp("exam")
    plan = ViewPlan(toy_chart(), toy_scene(Side.RIGHT, View.MLO), toy_scene(Side.RIGHT, View.MLO, iodine=0.5))
    make_view(out, plan, CAMERA, NAMING)
    return out


def test_a_view_is_four_files_its_truth_and_its_record(out):
    found = sorted(p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file())
    assert found == sorted([*FILES, "truth/S0001_R_MLO.npz", "truth/S0001_R_MLO.json"])


@needs_dciodvfy
@pytest.mark.parametrize("name", FILES)
def test_dciodvfy_finds_no_error_but_the_allowed_ones(out, name):
    assert errors(out / name) == []


def test_the_record_says_what_the_tables_need(out):
    record = json.loads((out / record_of("S0001_R_MLO")).read_text())
    view = record["view"]
    assert [view[k] for k in ("le", "he", "des", "des_late")] == FILES
    assert (view["patient"], view["side"], view["view"], view["density"]) == ("S0001", "R", "MLO", "c")
    assert view["enhancing"] is True
    assert record["lesions"][0]["iodine_peak"] == 1.5


def test_truth_lies_on_the_grid_of_the_files(out):
    stored = read_stored(out / FILES[0])
    with np.load(out / "truth/S0001_R_MLO.npz") as truth:
        assert {truth[name].shape for name in truth} == {stored.shape}
        assert np.corrcoef(stored.ravel(), truth["le_before"].ravel())[0, 1] > 0.99


def test_le_he_and_des_share_a_compression_and_the_late_phase_has_its_own(out):
    headers = [read_header(out, name) for name in FILES]
    assert len({h.frame for h in headers[:3]}) == 1
    assert headers[3].frame != headers[0].frame
    assert len({h.study for h in headers}) == 1
    assert len({h.uid for h in headers}) == 4
    assert len({h.path for h in headers}) == 4
    assert [h.taken for h in headers] == sorted(h.taken for h in headers)
    assert int(headers[3].taken[8:]) - int(headers[0].taken[8:]) >= 800  # eight minutes as HHMMSS, or over the hour
    assert all("pathology=Normal" in h.comment for h in headers)


def test_the_late_image_is_another_one(out):
    assert not np.array_equal(read_stored(out / FILES[2]), read_stored(out / FILES[3]))


def test_without_a_late_phase_there_is_none(tmp_path):
    plan = ViewPlan(toy_chart(), toy_scene())
    make_view(tmp_path, plan, CAMERA, NAMING)
    record = json.loads((tmp_path / record_of(plan.pair)).read_text())
    assert record["view"]["des_late"] == ""
    assert len(list(tmp_path.rglob("*.dcm"))) == 3


def test_same_seed_same_bytes(out, tmp_path):
    plan = ViewPlan(toy_chart(), toy_scene(Side.RIGHT, View.MLO), toy_scene(Side.RIGHT, View.MLO, iodine=0.5))
    make_view(tmp_path, plan, CAMERA, NAMING)
    for path in (p for p in out.rglob("*") if p.is_file()):
        assert sha256(path) == sha256(tmp_path / path.relative_to(out)), path.name


def test_a_visit_is_drawn_not_read_from_a_clock():
    visits = [study_of(toy_chart(f"S{n:04d}"), NAMING) for n in range(40)]
    assert visits[3] == study_of(toy_chart("S0003"), NAMING)
    assert len({v.date for v in visits}) > 30
    assert all("20150101" <= v.date <= "20241228" and 8 * 3600 <= v.begun_s < v.injected_s < 18 * 3600 for v in visits)


def test_views_are_taken_one_after_the_other_within_the_uptake():
    study = study_of(toy_chart(), NAMING)
    times = sorted(taken_s(study, side, view, False) for side in Side for view in View)
    assert times[0] - study.injected_s >= 120
    assert times[-1] - study.injected_s <= 8 * 60
    assert min(b - a for a, b in pairwise(times)) >= 60
    assert min(taken_s(study, s, v, True) for s in Side for v in View) > times[-1]


def test_uids_change_with_the_seed_and_with_what_the_images_depend_on():
    uids = {Naming(seed, digest).uid("image", "S0001_L_CC", Energy.LE) for seed in (1, 2) for digest in "ab"}
    assert len(uids) == 4
