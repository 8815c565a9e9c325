"""Bytes do not hang on the number of threads: the same image has the same UID on every machine."""

import pytest
import torch
from threadpoolctl import threadpool_limits

import toy_run
from conftest import make_store
from enhancing import write_exam
from toy_run import toy_folds, write_toy_run
from vcem.cli.main import main
from vcem.core.files import sha256
from vcem.folders.predictions import Maker, write_predictions

SIZE = 64  # with 8 channels each product of a network is large enough to be shared by threads
WIDE = 256  # and so are those of the windows of a metric


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("threads")
    store = make_store(folder / "prepared", size=SIZE)
    with pytest.MonkeyPatch.context() as patched:
        wider = toy_run.RECIPE.replace("width = 2", "width = 8").replace("size = 48", f"size = {SIZE}")
        patched.setattr(toy_run, "RECIPE", wider)
        run = write_toy_run(folder / "runs", store, toy_folds(store))
    assert main(["export", str(run), "--to", "onnx", "--out", str(folder / "onnx")]) == 0
    return store.folder, run, folder / "onnx", write_exam(folder / "in")


@pytest.fixture
def sums(monkeypatch):
    """Run `vcem WORDS` on one thread, then on two, and return the check sums of what each wrote."""
    before = torch.get_num_threads()

    def run(words, out):
        found = []
        for threads in (1, 2):
            torch.set_num_threads(threads)
            monkeypatch.setenv("OMP_NUM_THREADS", str(threads))
            with threadpool_limits(threads, "blas"):
                assert main([str(w) for w in [*words, "--out", out / str(threads)]]) == 0
            written = sorted(p for p in (out / str(threads)).rglob("*") if p.is_file() and p.name != ".lock")
            found.append({p.name: sha256(p) for p in written})
        return found

    yield run
    torch.set_num_threads(before)


def test_predictions_do_not_hang_on_threads(made, sums, tmp_path):
    data, run, _, _ = made
    one, two = sums(["predict", run, "--data", data], tmp_path / "p")
    assert "y_hat.npy" in one
    assert two == one


def test_scores_do_not_hang_on_threads(sums, tmp_path):
    store = make_store(tmp_path / "prepared", size=WIDE)
    test = toy_folds(store).folds[0].test
    write_predictions(tmp_path / "p", Maker("m", "r", 0, ""), store, test, 0.8 * store.y[store.rows(test)])
    one, two = sums(["score", tmp_path / "p", "--data", store.folder], tmp_path / "s")
    assert "scores.csv" in one
    assert two == one


@pytest.mark.parametrize("which", [1, 2], ids=["torch", "onnx"])
def test_virtual_images_do_not_hang_on_threads(which, made, sums, tmp_path):
    one, two = sums(["enhance", made[3], "--model", made[which]], tmp_path)
    assert sum(name.endswith(".dcm") for name in one) == 4
    assert two == one
