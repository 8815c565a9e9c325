import json

import numpy as np
import pytest

from fakes.toy_simulation import DES_WINDOW, write_simulation
from simulated import simulated_store
from vcem.cli.main import main
from vcem.core.errors import FailureError
from vcem.core.files import read_csv, write_csv, write_manifest
from vcem.core.grid import framing_of
from vcem.core.terms import Protocol
from vcem.data.decode import prepare
from vcem.folders.catalogue import read_catalogue
from vcem.folders.prepared import open_store
from vcem.folders.truth import KNOWN_COLUMNS as COLUMNS
from vcem.folders.truth import Facts, read_facts


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """A toy simulation and what was prepared of it; read it only."""
    folder = tmp_path_factory.mktemp("truth")
    simulated_store(folder, patients=3)
    return folder


def test_grey_of_des_is_iodine_in_mg(work):
    store = open_store(work / "prepared")
    facts = read_facts(store.folder)
    assert (facts.iodine_at_grey_0, facts.mg_cm2_per_grey) == (-1.0, 4.0), DES_WINDOW
    for i in range(len(store.pairs)):
        inside = store.lesion[i] == 1
        assert facts.iodine(store.y[i])[inside].mean() == pytest.approx(store.iodine[i][inside].mean(), abs=0.02)


def test_the_line_stands_in_the_manifest(work):
    told = open_store(work / "prepared").manifest["truth"]
    assert told["arrays"] == ["iodine.npy", "x_before.npy"]
    assert (told["iodine_at_grey_0"], told["mg_cm2_per_grey"]) == (-1.0, 4.0)
    assert {"truth.json", "truth_lesions.csv", "iodine.npy"} <= set(open_store(work / "prepared").manifest["files"])


def test_le_before_contrast_went_the_way_of_x(work):
    store = open_store(work / "prepared")
    assert store.x_before.shape == store.x.shape
    for i in range(len(store.pairs)):
        lit = store.iodine[i] > 0.5
        difference = store.x[i] - store.x_before[i]
        assert np.abs(difference[~lit & store.mask[i]]).max() < 0.02, "only where iodine is do the two differ"
        if lit.any():
            assert difference[lit].mean() > 0.015


def test_the_amount_of_iodine_is_kept_by_area(work):
    store = open_store(work / "prepared")
    pair = store.pairs[0]
    with np.load(work / "source" / "truth" / f"{pair.pair}.npz") as held:
        given = held["iodine"]
    side = max(given.shape) / store.size.rows
    assert store.iodine[0].sum() * side**2 == pytest.approx(given.sum(), rel=0.01)


def test_lesions_are_those_of_the_truth(work):
    store = open_store(work / "prepared")
    rows = read_csv(work / "prepared" / "truth_lesions.csv", COLUMNS)
    assert [row["pair"] for row in rows] == [p.pair for p in store.pairs]
    assert all(set(np.unique(lesion)) == {0, 1} for lesion in store.lesion)


def test_images_at_reduced_doses_are_channels_that_came_the_way_of_le_and_des(tmp_path):
    store = simulated_store(tmp_path, patients=2, doses=(0, 25, 100))
    assert set(store.extra) == {f"{what}_{dose}" for what in ("le", "des") for dose in (0, 25, 100)}
    assert np.array_equal(store.channel("des_100"), store.y)
    assert np.array_equal(store.channel("le_100"), store.x)
    assert np.array_equal(store.channel("le_0"), store.x_before)
    lit = (store.iodine > 0.8) & store.mask
    none, part = (store.channel(name)[lit].mean() for name in ("des_0", "des_25"))
    assert (part - none) / (store.y[lit].mean() - none) == pytest.approx(0.25, abs=0.02)


def test_a_truth_without_its_doses_skips_its_pair(tmp_path):
    catalogue = write_simulation(tmp_path, patients=1)
    manifest = tmp_path / "source" / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"doses": [10]}))
    with pytest.raises(FailureError, match="le_10"):
        prepare(read_catalogue(catalogue), tmp_path / "out", Protocol.STRICT, framing_of({"size": 64}))


def test_without_truth_the_bytes_are_as_ever(toy_catalogue, tmp_path):
    made = prepare(read_catalogue(toy_catalogue), tmp_path / "p", Protocol.STRICT, framing_of({"size": 64}))[0]
    assert not made.has_truth
    assert set(made.manifest["files"]) == {"lesion.npy", "mask.npy", "pairs.csv", "skipped.csv", "x.npy", "y.npy"}
    assert "truth" not in made.manifest


def test_under_the_papers_protocol_truth_is_left_out_and_said(work, tmp_path, capsys):
    out = tmp_path / "p"
    assert main(["prepare", str(work / "catalogue"), str(out), "--size", "64"]) == 0
    assert "truth: iodine = -1 + 4 x grey, in mg/cm2" in capsys.readouterr().out
    words = ["prepare", str(work / "catalogue"), str(out), "--size", "64", "--protocol", "paper", "--jobs", "1"]
    assert main(words) == 0
    assert "truth left out" in capsys.readouterr().out
    assert not list(out.glob("truth*")), "that of the older preparation is gone"
    assert not (out / "iodine.npy").exists()
    assert not open_store(out).has_truth


def test_a_truth_of_another_grid_skips_its_pair(tmp_path):
    catalogue = read_catalogue(write_simulation(tmp_path, patients=1))
    pair = catalogue.pairs[0].pair
    np.savez_compressed(tmp_path / "source" / "truth" / f"{pair}.npz", iodine=np.zeros((9, 9)), lesion=np.zeros((9, 9)),
                        le_before=np.zeros((9, 9), np.uint16))  # fmt: skip
    (tmp_path / "source" / "truth" / f"{catalogue.pairs[1].pair}.npz").write_bytes(b"PK no archive")
    store, skipped = prepare(catalogue, tmp_path / "p", Protocol.STRICT, framing_of({"size": 64}))
    assert [s.what for s in skipped] == [p.pair for p in catalogue.pairs[:2]]
    assert "shape (9, 9)" in skipped[0].why
    assert "cannot be read as truth" in skipped[1].why
    assert len(store.iodine) == 2


def test_des_images_of_two_windows_are_refused(tmp_path, capsys):
    catalogue = write_simulation(tmp_path, patients=1)
    rows = read_csv(catalogue / "pairs.csv")
    rows[0]["des_window"] = "2036/100"
    write_csv(catalogue / "pairs.csv", list(rows[0]), rows)
    assert main(["prepare", str(catalogue), str(tmp_path / "p"), "--size", "64"]) == 1
    assert "2 different windows" in capsys.readouterr().err


def test_a_simulation_that_does_not_tell_its_priors_is_refused(tmp_path, capsys):
    catalogue = write_simulation(tmp_path, patients=1)
    write_manifest(
        tmp_path / "source", "simulation", {"origin": "simulated", "spacing_mm": 1.0, "seed": 0, "patients": 1}
    )
    assert main(["prepare", str(catalogue), str(tmp_path / "p"), "--size", "64"]) == 2
    assert "lacks des_pixel, joint_table" in capsys.readouterr().err


def test_damaged_facts_are_told(tmp_path):
    (tmp_path / "truth.json").write_text(json.dumps({"spacing_mm": 1}))
    with pytest.raises(Exception, match="is not whole"):
        read_facts(tmp_path)


def test_the_line_is_a_line():
    assert Facts(-1.0, 4.0, 0.4, 0, 9, ()).iodine(np.array([0.0, 0.25, 1.0])).tolist() == [-1, 0, 3]
