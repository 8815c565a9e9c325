import json
import subprocess
import sys

import numpy as np
import pytest

from no_torch import without_torch
from toy_run import toy_folds, write_toy_run
from vcem.cli.main import main
from vcem.core.files import read_csv, write_array
from vcem.score.predict import predict_fold


@pytest.fixture
def store(toy_store_of):
    return toy_store_of(size=48)


@pytest.fixture
def run_dir(store, tmp_path):
    folds = toy_folds(store)
    folder = write_toy_run(tmp_path / "runs", store, folds)
    predict_fold(folder, store, folds)
    return folder


def test_scores_beside_the_predictions_and_one_line_a_method(store, run_dir, capsys):
    assert main(["score", str(run_dir / "predictions"), "--data", str(store.folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("scores.csv: 4 test images, protocol strict, origin simulated")
    assert [line.split(":")[0] for line in lines[1:5]] == [
        "autoencoder", "reference-le", "reference-mask-mean", "reference-mean-des",
    ]  # fmt: skip
    assert "vif_breast" in lines[1]
    assert lines[5].startswith("0 of 4 lesions are too small")
    assert len(read_csv(run_dir / "scores.csv")) == 16
    assert len(read_csv(run_dir / "lesions.csv")) == 16


def test_the_papers_protocol_into_another_folder(store, run_dir, tmp_path):
    words = ["score", str(run_dir / "predictions"), "--data", str(store.folder), "--protocol", "paper"]
    assert main([*words, "--out", str(tmp_path / "paper")]) == 0
    assert {row["protocol"] for row in read_csv(tmp_path / "paper" / "scores.csv")} == {"paper"}
    assert not (run_dir / "scores.csv").exists()


def other_fold(run_dir, store):
    return ["--fold", "7"]


def half(run_dir, store):
    return ["--half"]


def other_data(run_dir, store):
    path = store.folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"again": True}))
    return []


def by_another_program(run_dir):
    """Take the check sums out of the manifest, which another program need not write."""
    path = run_dir / "predictions" / "manifest.json"
    path.write_text(json.dumps({k: v for k, v in json.loads(path.read_text()).items() if k != "files"}))


def fewer_pairs(run_dir, store):
    by_another_program(run_dir)
    folder = run_dir / "predictions"
    (folder / "pairs.csv").write_text("pair\n" + store.pairs[8].pair + "\n")
    write_array(folder / "y_hat.npy", np.zeros((1, 48, 48), np.float32))
    return []


def another_size(run_dir, store):
    by_another_program(run_dir)
    write_array(run_dir / "predictions" / "y_hat.npy", np.zeros((4, 24, 24), np.float32))
    return []


def not_finite(run_dir, store):
    by_another_program(run_dir)
    write_array(run_dir / "predictions" / "y_hat.npy", np.full((4, 48, 48), np.nan, np.float32))
    return []


def no_folds(run_dir, store):
    (store.folder / "folds.json").write_text("[]")
    return []


@pytest.mark.parametrize(("breakage", "code", "message"), [
    (other_fold, 2, "no fold 7"), (half, 2, "--protocol paper only"), (other_data, 2, "other data"),
    (fewer_pairs, 2, "lacks 3 of 4 test pairs"), (another_size, 2, "24 x 24"), (not_finite, 1, "not finite"),
    (no_folds, 2, "not a folds file"),
])  # fmt: skip
def test_wrong_use_is_one_clear_message_and_writes_nothing(store, run_dir, capsys, breakage, code, message):
    words = breakage(run_dir, store)
    assert main(["score", str(run_dir / "predictions"), "--data", str(store.folder), *words]) == code
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error
    assert not (run_dir / "scores.csv").exists()


@pytest.fixture
def theirs(store, tmp_path):
    """Predictions that another program made: it knows no vcem, only the form of the folder."""
    folder = tmp_path / "theirs" / "predictions"
    folder.mkdir(parents=True)
    pairs = toy_folds(store).folds[0].test
    (folder / "pairs.csv").write_text("pair\n" + "\n".join(pairs) + "\n")
    rows = [[p.pair for p in store.pairs].index(pair) for pair in pairs]
    np.save(folder / "y_hat.npy", (0.8 * store.y[rows] + 0.02 * store.mask[rows]).astype(np.float32))
    facts = {
        "kind": "predictions",
        "method": "theirs",
        "recipe": "",
        "fold": 0,
        "weights": "",
        "prepared": store.digest,
    }
    (folder / "manifest.json").write_text(json.dumps(facts))
    return folder


@pytest.mark.parametrize("words", [[], ["--protocol", "paper"], ["--device", "cpu"]])
def test_without_torch_another_programs_predictions_get_the_same_bytes(words, store, theirs, tmp_path):
    words = ["score", str(theirs), "--data", str(store.folder), *words, "--out"]
    assert main([*words, str(tmp_path / "with")]) == 0
    told = without_torch(*words, tmp_path / "without")
    assert told.returncode == 0, told.stderr
    assert "theirs: mse" in told.stdout
    one, other = ({p.name: p.read_bytes() for p in (tmp_path / name).iterdir()} for name in ("with", "without"))
    assert "scores.csv" in one
    assert other == one


def test_without_torch_there_is_no_gpu_and_how_to_get_it_is_said(store, theirs, tmp_path):
    told = without_torch("score", theirs, "--data", store.folder, "--device", "cuda", "--out", tmp_path / "out")
    assert told.returncode == 2
    assert "pip install 'vcem[torch]'" in told.stderr
    assert "Traceback" not in told.stderr
    assert not (tmp_path / "out" / "scores.csv").exists()


def test_scoring_never_loads_torch_on_a_cpu(store, theirs, tmp_path):
    """Not even where it is installed: two seconds and much memory for nothing."""
    words = ["score", str(theirs), "--data", str(store.folder), "--device", "cpu", "--out", str(tmp_path / "out")]
    code = f"import sys\nfrom vcem.cli.main import main\nassert main({words}) == 0\nassert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_help_needs_no_torch():
    told = without_torch("score", "--help")
    assert (told.returncode, "--device" in told.stdout) == (0, True), told.stderr
