import json
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

from vcem.core.errors import UsageError
from vcem.core.files import read_csv, read_json, sha256
from vcem.core.terms import Density
from vcem.dicom.read import read_stored
from vcem.simulate.cohort import Settings, simulate
from vcem.simulate.recipe import read_recipe

COARSE = ["--patients", "1", "--seed", "7", "--pixel-mm", "2"]
COMMAND = [sys.executable, "-m", "vcem.cli.main", "simulate"]


def settings(**changes):
    return replace(Settings(7, 2.0, False, read_recipe(None)), **changes)


def sums(folder):
    return {p.relative_to(folder).as_posix(): sha256(p) for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """One woman at 2 mm, made in this process; a grid of anatomy of its own makes coarser ones no faster."""
    out = tmp_path_factory.mktemp("cohort") / "out"
    simulate(out, settings(), 1)
    return out


def test_a_folder_has_tables_images_and_truth(made):
    views = read_csv(made / "views.csv")
    assert [v["pair"] for v in views] == ["S0001_L_CC", "S0001_L_MLO", "S0001_R_CC", "S0001_R_MLO"]
    for view in views:
        shapes = {read_stored(made / view[name]).shape for name in ("le", "he", "des")}
        with np.load(made / view["truth"]) as truth:
            assert shapes == {truth[name].shape for name in truth}
    patients = read_csv(made / "patients.csv")
    assert [p["patient"] for p in patients] == ["S0001"]
    assert all(p["density"] in list(Density) and 20 < int(p["age"]) < 100 for p in patients)
    pairs = {v["pair"] for v in views}
    assert all(lesion["pair"] in pairs for lesion in read_csv(made / "lesions.csv"))


def test_the_manifest_says_what_the_numbers_mean(made):
    manifest = json.loads((made / "manifest.json").read_text())
    assert (manifest["kind"], manifest["origin"], manifest["seed"]) == ("simulation", "simulated", 7)
    assert manifest["w"] == pytest.approx(0.273, abs=0.01)
    assert manifest["slope"] == pytest.approx(0.0164, abs=0.0005)
    assert manifest["des_pixel"] == {"zero": 2000.0, "per_mg_cm2": 36.0}
    assert {"kind", "look", "density", "probability", "p_enhance"} <= set(manifest["joint_table"][0])
    assert len(manifest["files"]) == 4 + 4 * 5


def test_the_recorded_recipe_repeats_the_cohort(made, tmp_path):
    text = (made / "recipe.toml").read_text()
    assert "seed = 7" in text
    again = read_recipe(made / "recipe.toml")
    assert again == read_recipe(None)
    assert settings(recipe=again).text() == text


def test_same_seed_same_bytes_whatever_the_jobs(made, tmp_path):
    subprocess.run([*COMMAND, tmp_path / "out", *COARSE, "--jobs", "2"], check=True, capture_output=True)
    assert sums(tmp_path / "out") | {"manifest.json": ""} == sums(made) | {"manifest.json": ""}
    one, other = (read_json(folder / "manifest.json", "it") for folder in (tmp_path / "out", made))
    assert {**one, "called": ""} == {**other, "called": ""}, "one by the command, one by a program"


def test_more_women_are_added_and_the_first_kept(made, tmp_path):
    out = shutil.copytree(made, tmp_path / "out")
    kept = {p: p.stat().st_mtime_ns for p in out.rglob("*.dcm")}
    simulate(out, settings(), 2)
    assert {p: p.stat().st_mtime_ns for p in kept} == kept
    assert [p["patient"] for p in read_csv(out / "patients.csv")] == ["S0001", "S0002"]
    assert len(read_csv(out / "views.csv")) == 8
    with pytest.raises(UsageError, match="holds more women"):
        simulate(out, settings(), 1)


def test_reduced_doses_come_beside_files_that_stay_the_same(made, tmp_path):
    simulate(tmp_path / "out", settings(doses=(0, 10)), 1)
    before, after = sums(made), sums(tmp_path / "out")
    assert all(after[name] == before[name] for name in before if name.endswith(".dcm"))
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["doses"] == [0, 10]
    assert read_recipe(tmp_path / "out" / "recipe.toml") == read_recipe(None)
    with np.load(tmp_path / "out" / "truth" / "S0001_L_CC.npz") as truth:
        assert {"le_0", "des_0", "le_10", "des_10"} <= set(truth)
    with pytest.raises(UsageError, match="begun with other settings: doses"):
        simulate(tmp_path / "out", settings(doses=(0, 25)), 1)


def test_raw_exposures_come_beside_files_that_stay_the_same(made, tmp_path):
    simulate(tmp_path / "out", settings(raw=True), 1)
    before, after = sums(made), sums(tmp_path / "out")
    images = [name for name in before if name.endswith((".dcm", ".npz"))]
    assert {name: after[name] for name in images} == {name: before[name] for name in images}
    views = read_csv(tmp_path / "out" / "views.csv")
    assert {v[name] for v in views for name in ("le_raw", "he_raw")} == {n for n in after if n.endswith("_RAW.dcm")}
    assert len(after) == len(before) + 8
    for view in views:
        raw = read_stored(tmp_path / "out" / view["le_raw"])
        assert raw.shape == read_stored(tmp_path / "out" / view["le"]).shape
        assert 0.9 < np.median(raw[:4]) / 15000 < 1.1  # air above the breast is the open field
    with pytest.raises(UsageError, match="other settings"):
        simulate(tmp_path / "out", settings(), 1)


def test_killed_and_started_again_it_ends_the_same(made, tmp_path):
    out = tmp_path / "out"
    process = subprocess.Popen([*COMMAND, out, *COARSE, "--jobs", "1"], stderr=subprocess.DEVNULL)
    while not list(out.glob("truth/*.json")) and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    whole = sums(made)
    assert not (out / "manifest.json").exists()
    assert all(whole[name] == found for name, found in sums(out).items() if not name.endswith(".partial"))
    assert 0 < len(list(out.glob("truth/*.json"))) < 4
    simulate(out, settings(), 1)
    assert {n: s for n, s in sums(out).items() if not n.endswith(".partial")} == whole


def test_a_finished_cohort_is_not_made_again(made, tmp_path):
    out = shutil.copytree(made, tmp_path / "out")
    seen = []

    def watch(names, count):
        seen.append(count)
        return names

    simulate(out, settings(), 1, watch=watch)
    assert seen == [0]
    assert sums(out) == sums(made)


@pytest.mark.parametrize("change", [{"seed": 9}, {"spacing_mm": 2.5}, {"late": True}])
def test_a_folder_of_other_options_is_refused(made, tmp_path, change):
    out = shutil.copytree(made, tmp_path / "out")
    with pytest.raises(UsageError, match=f"other settings: {next(iter(change))}"):
        simulate(out, settings(**change), 1)
    assert sums(out) == sums(made)


def test_a_folder_of_something_else_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="already holds other files"):
        simulate(tmp_path, settings(), 1)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["notes.txt"]


@pytest.mark.parametrize(("patients", "jobs"), [(0, 1), (-3, 1), (10**6, 1), (1, 0)])
def test_impossible_numbers_are_refused_before_anything_is_written(tmp_path, patients, jobs):
    with pytest.raises(UsageError, match="impossible"):
        simulate(tmp_path / "out", settings(), patients, jobs)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("spacing", [0.0, -0.4, 10_000.0, float("nan"), 0.001])
def test_an_impossible_pixel_is_refused(spacing):
    with pytest.raises(UsageError, match="pixel"):
        settings(spacing_mm=spacing)


def test_another_seed_is_another_cohort_and_progress_is_told_of_every_view(made, tmp_path):
    seen = []

    def watch(names, count):
        for name in names:
            seen.append((name, count))
            yield name

    simulate(tmp_path / "out", settings(seed=4, late=True), 1, watch=watch)
    assert sorted(seen) == [(f"S0001_{s}_{v}", 4) for s in "LR" for v in ("CC", "MLO")]
    assert all(view["des_late"] for view in read_csv(tmp_path / "out" / "views.csv"))
    assert len(list((tmp_path / "out").rglob("*_DES_LATE.dcm"))) == 4
    ours, theirs = sums(tmp_path / "out"), sums(made)
    assert all(ours[name] != theirs[name] for name in theirs if name.endswith((".dcm", ".npz")))
