"""The example of reader studies: its observers, a reading over HTTP, and the whole script on a small cohort."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from study_rooms import READINGS, new_words, sources
from vcem.cli.main import main
from vcem.core.files import read_csv
from vcem.core.seeds import rng_for
from vcem.folders.folds import Fold, Folds, write_folds
from vcem.folders.predictions import Maker, write_predictions
from vcem.folders.prepared import open_store

EXAMPLE = Path(__file__).parents[2] / "examples" / "reader_study"
KINDS = ("most_realistic", "real_or_synthetic", "multi_reader")


@pytest.fixture
def observers(monkeypatch):
    monkeypatch.syspath_prepend(str(EXAMPLE))
    import observers

    return observers


def breast(spread=0.05, spot=0.0):
    rng = rng_for(0, "breast")
    picture = np.zeros((40, 30))
    picture[5:35, :20] = np.clip(0.4 + rng.normal(0, spread, (30, 20)), 0.01, 1)
    picture[12:15, 9:12] += spot
    return picture


def test_the_brightest_spot_is_found(observers):
    height, row, column = observers.brightest(breast(spot=0.5))
    assert (row, column) == (13, 10)
    assert height > observers.brightest(breast())[0]


def test_contrast_is_that_of_the_breast(observers):
    assert observers.contrast(breast(0.1)) > observers.contrast(breast(0.05))
    padded = np.pad(breast(), 10)
    assert observers.contrast(padded) == pytest.approx(observers.contrast(breast()))


def test_an_observer_remembers_and_errs_by_its_own_seed(observers):
    one, same, other = (observers.Observer(name, 8) for name in ("A", "A", "B"))
    levels = [[o.level("x", v) for v in range(6)] for o in (one, same, other)]
    assert levels[0] == levels[1] != levels[2]
    assert all(0 <= v <= 1 for v in levels[0])
    assert [observers.birads(v) for v in (0, 0.5, 0.99, 1)] == ["1", "3", "5", "5"]


@pytest.mark.parametrize("kind", READINGS)
def test_scripts_read_a_study_to_its_end_over_http(kind, tmp_path):
    sources(tmp_path)
    assert main(new_words(tmp_path, kind)) == 0
    done = subprocess.run(
        [sys.executable, str(EXAMPLE / "read_by_scripts.py"), str(tmp_path / "study")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert re.findall(r"read (\d+) cases", done.stdout) == ["30" if kind == "multi-reader" else "10"] * 2
    head = re.search(r"the log ends with (\S+)", done.stdout)[1]
    assert main(["study", "verify", str(tmp_path / "study"), "--head", head]) == 0
    truth, out = str(tmp_path / "study-truth.json"), str(tmp_path / "out")
    assert main(["study", "analyse", str(tmp_path / "study"), "--truth", truth, "--out", out]) == 0
    assert "readings are missing" not in (tmp_path / "out" / "index.html").read_text()


@pytest.mark.parametrize("kind", KINDS)
def test_the_designs_say_that_scripts_read(kind):
    text = (EXAMPLE / f"{kind}.toml").read_text()
    assert re.search(r'^note = "Scripts read this study, no radiologists', text, re.MULTILINE)
    assert len(re.findall(r'name = "Script ', text)) == 4


@pytest.mark.slow
def test_one_command_goes_from_exams_to_results(tmp_path):
    """The demo's training is stood in for by noise on the real DES: predictions are what matters here."""
    work, out = tmp_path / "demo", tmp_path / "studies"
    for words in (
        f"simulate {work}/cohort --patients 24 --seed 0 --pixel-mm 3.2",
        f"import dicom {work}/cohort {work}/catalogue --align header",
        f"prepare {work}/catalogue {work}/prepared --protocol strict --frame field --size 32",
    ):
        assert main(words.split()) == 0
    store = open_store(work / "prepared")
    everyone = Fold((), (), tuple(p.pair for p in store.pairs))
    write_folds(store.folder / "folds.json", Folds(store.protocol, 0, (everyone,)))
    for model in ("autoencoder", "pix2pix", "cyclegan"):
        y_hat = np.clip(store.y + rng_for(0, model).normal(0, 0.02, store.y.shape), 0, 1).astype(np.float32)
        folder = work / "runs" / f"demo-{model}" / "fold-00" / "predictions"
        write_predictions(folder, Maker(model, model, 0, "none"), store, [p.pair for p in store.pairs], y_hat)
    (work / "report").mkdir()
    (work / "report" / "index.html").touch()
    places = {"BIN": str(Path(sys.executable).parent), "WORK": str(work), "OUT": str(out)}
    done = subprocess.run(
        ["bash", str(EXAMPLE / "run.sh")], env=os.environ | places, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    for kind in KINDS:
        page = (out / f"{kind}-results" / "index.html").read_text()
        assert "Scripts read this study, no radiologists" in page
        assert not re.search(r"\bnan\b", re.sub(r"<[^>]*>", " ", page))
    assert {r["treatment"] for r in read_csv(out / "multi_reader-results" / "ratings.csv")} == {
        "LE", "LE + DES", "LE + virtual DES"
    }  # fmt: skip
