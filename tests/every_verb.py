"""Every verb with what it needs to succeed, small; `words(world, out)` are its words when it writes to `out`."""

from pathlib import Path

import study_rooms
from calibrations import trained
from conftest import make_store
from enhancing import write_exam
from hidden_lesions import detector_file, hidden_store
from raw_exposures import write_pair
from released import KEY, TOML, deidentified
from scenes import write_toy_catalogue
from toy_recipes import three_folds, toy_file
from vcem.cli.main import main
from vcem.core.files import write_csv
from vcem.core.seeds import rng_for
from vcem.dicom.key_file import write_private
from vcem.stats.roe_metz import STRUCTURES, simulate


def done(words):
    assert main([str(w) for w in words]) == 0
    return True


def make_world(here: Path) -> Path:
    """Make the inputs of all verbs in `here`."""
    deidentified(here)
    write_private(here / "key", KEY)
    (here / "cite.toml").write_text(TOML)
    write_exam(here / "exam")
    write_pair(here / "raw")
    write_toy_catalogue(here)
    store = make_store(here / "data", size=16)
    three_folds(store)
    recipe = toy_file(here, "autoencoder", epochs=1)
    done(["crossval", recipe, "--data", store.folder, "--out", here / "runs", "--threads", 1])
    done(["enhance", here / "exam", "--model", a_run(here), "--out", here / "virtual"])
    (here / "study").mkdir()
    study_rooms.sources(here / "study")
    study_rooms.design_file(here / "study", "real-or-synthetic")
    read_study(here)
    make_store(here / "other", size=16, patients="Q")
    trained(here / "stated", hidden_store(here / "hidden"), name="hidden")
    detector_file(here, epochs=1)
    ratings = simulate(STRUCTURES["HH"], 3, 15, 12, rng_for(0, "cli"))
    rows = [{"reader": r, "treatment": t, "case": c, "truth": int(ratings.truth[k]),
             "rating": float(ratings.scores[i, j, k])}
            for i, t in enumerate(ratings.treatments) for j, r in enumerate(ratings.readers)
            for k, c in enumerate(ratings.cases)]  # fmt: skip
    write_csv(here / "ratings.csv", list(rows[0]), rows)
    return here


def read_study(here: Path) -> None:
    """A study of two readers that all have read, and the head of its log in a file."""
    (here / "read").mkdir()
    study_rooms.sources(here / "read")
    done(study_rooms.new_words(here / "read", "most-realistic"))
    room = study_rooms.open_room(here / "read" / "study")
    study_rooms.read_all(room, lambda reader, slot: {"place": "B"})
    (here / "head").write_text(room.record.head())
    room.record.close()
    room.access.close()


def a_run(world: Path) -> Path:
    return world / "runs" / "toy-autoencoder" / "fold-00"


WRITING = {
    "simulate": lambda w, out: ["simulate", out, "--patients", 1, "--pixel-mm", 1.6, "--jobs", 1],
    "import": lambda w, out: ["import", "dicom", w / "exam", out, "--jobs", 1],
    "deidentify": lambda w, out: ["deidentify", w / "in", out, "--key", w / "key", "--jobs", 1],
    "release": lambda w, out: ["release", w / "deid", out, "--originals", w / "in", "--key", w / "key", "--citation",
                               w / "cite.toml", "--licence", "CC-BY-4.0", "--jobs", 1],
    "describe": lambda w, out: ["describe", w / "catalogue", "--out", out],
    "prepare": lambda w, out: ["prepare", w / "catalogue", out, "--protocol", "strict", "--size", 16, "--jobs", 1],
    "split": lambda w, out: ["split", w / "data", "--protocol", "strict", "--folds", 3, "--out", out / "folds.json"],
    "train": lambda w, out: ["train", w / "autoencoder.toml", "--data", w / "data", "--fold", 0, "--out", out],
    "crossval": lambda w, out: ["crossval", w / "autoencoder.toml", "--data", w / "data", "--out", out],
    "predict": lambda w, out: ["predict", a_run(w), "--data", w / "data", "--out", out],
    "export": lambda w, out: ["export", a_run(w), "--out", out],
    "enhance": lambda w, out: ["enhance", w / "exam", "--model", a_run(w), "--out", out],
    "recombine": lambda w, out: ["recombine", w / "raw", "--out", out, "--jobs", 1],
    "look": lambda w, out: ["look", w / "exam", w / "virtual", "--out", out / "look.png"],
    "score": lambda w, out: ["score", a_run(w) / "predictions", "--data", w / "data", "--out", out],
    "validate": lambda w, out: ["validate", a_run(w), "--data", w / "other", "--out", out],
    "detect": lambda w, out: ["detect", "--data", w / "hidden", "--out", out, "--recipe", w / "toy-detector.toml",
                              "--threads", 1],
    "calibrate": lambda w, out: ["calibrate", w / "stated" / "runs", "--data", w / "hidden", "--out", out,
                                 "--level", 0.5, "--bound", "expected", "--steps", 1],
    "report": lambda w, out: ["report", w / "runs", "--data", w / "data", "--out", out],
    "study new": lambda w, out: ["study", "new", w / "study" / "real-or-synthetic.toml", "--out", out, "--data",
                                 w / "study" / "prepared", "--predictions",
                                 *(w / "study" / m for m in study_rooms.MODELS)],
    "study analyse": lambda w, out: ["study", "analyse", w / "read" / "study", "--truth",
                                     w / "read" / "study-truth.json", "--out", out],
    "study mrmc": lambda w, out: ["study", "mrmc", w / "ratings.csv", "--imrmc", out / "ratings.imrmc"],
}  # fmt: skip
READING = {
    "methods": lambda w: ["methods"],
    "study verify": lambda w: ["study", "verify", w / "read" / "study", "--head", (w / "head").read_text()],
    "models": lambda w: ["models"],
    "completion": lambda w: ["completion", "bash"],
    "doctor": lambda w: ["doctor"],
    "compare": lambda w: ["compare", w / "data" / "one.npy", w / "data" / "one.npy"],
}
