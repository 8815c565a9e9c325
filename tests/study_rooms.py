"""A small prepared folder with predictions, studies of each design made from it, and servers to read them."""

import re
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from conftest import make_store
from study_readers import message
from vcem.core.files import read_json, sha256, write_json, write_manifest
from vcem.core.seeds import rng_for
from vcem.folders.folds import Fold, Folds, write_folds
from vcem.folders.predictions import Maker, write_predictions
from vcem.folders.prepared import open_store, write_table
from vcem.study.folder import digest, open_study
from vcem.study.progress import Close, Finished, Wait
from vcem.study.record import Record
from vcem.study.web.access import Access
from vcem.study.web.room import Room

MODELS = ("autoencoder", "pix2pix", "cyclegan")
READINGS = {
    "most-realistic": 'kind = "most-realistic"\nmodels = ["autoencoder", "pix2pix", "cyclegan"]',
    "real-or-synthetic": 'kind = "real-or-synthetic"\nmodel = "cyclegan"',
    "multi-reader": 'kind = "multi-reader"\n'
    'treatments = [{name = "LE"}, {name = "LE + DES", des = "real"}, {name = "LE + virtual DES", des = "cyclegan"}]',
}
YEARS = (8, 38, 12, 20)


def sources(folder: Path, patients: int = 14, size: int = 32):
    """Prepared pairs, every second patient malignant, and predictions of three models in folders beside them."""
    store = make_store(folder / "prepared", n=4 * patients, size=size)
    write_table(
        store.folder, [replace(p, pathology="Malignant" if i // 4 % 2 else "Benign") for i, p in enumerate(store.pairs)]
    )
    write_manifest(store.folder, "prepared", {"protocol": "strict", "size": size, "origin": "simulated"})
    store = open_store(store.folder)
    write_folds(
        store.folder / "folds.json", Folds(store.protocol, 0, (Fold((), (), tuple(p.pair for p in store.pairs)),))
    )
    for n, model in enumerate(MODELS):
        noise = rng_for(0, model).normal(0, 0.01 * (n + 1), store.y.shape)
        y_hat = np.clip(store.y + noise, 0, 1).astype(np.float32)
        write_predictions(folder / model, Maker(model, model, 0, "none"), store, [p.pair for p in store.pairs], y_hat)
    return store


def design_file(folder: Path, kind: str, readers: int = 2, reading: str = "", **cases) -> Path:
    """DESIGN.toml of one kind; `reading` holds more lines of its last table."""
    cases = {"count": 6, "training": 2, "repeats": 2, "repeat_gap": 2} | cases
    if kind == "multi-reader":
        cases = {"positives": cases["count"] // 2} | cases
    people = ", ".join(f'{{name = "Reader {n + 1}", years = {YEARS[n % 4]}}}' for n in range(readers))
    lines = [f'name = "{kind}"', "seed = 3", f"readers = [{people}]", "[cases]"]
    lines += [f"{key} = {value}" for key, value in cases.items()]
    path = folder / f"{kind}.toml"
    path.write_text("\n".join([*lines, "[reading]", READINGS[kind], reading, ""]))
    return path


def new_words(folder: Path, kind: str, **design) -> list[str]:
    """The words of `vcem study new` over these sources."""
    return [
        "study", "new", str(design_file(folder, kind, **design)), "--out", str(folder / "study"),
        "--data", str(folder / "prepared"), "--predictions", *(str(folder / m) for m in MODELS),
    ]  # fmt: skip


def mended(folder, **changes):
    """Write every check sum of the folder anew, as one could who has its files but not the truth."""
    protocol = read_json(folder / "protocol.json", "") | changes
    protocol["files"] = {name: sha256(folder / name) for name in protocol["files"]}
    del protocol["protocol_sha256"]
    write_json(folder / "protocol.json", protocol | {"protocol_sha256": digest(protocol)})
    write_manifest(folder, "study", {})


class Server:
    """`vcem study serve` in a process of its own."""

    def __init__(self, study: Path, *options: str, port: int = 0):
        words = [sys.executable, "-m", "vcem.cli.main", "study", "serve", str(study), "--port", str(port), *options]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.links, self.said = {}, []
        for line in self.process.stdout:
            if found := re.match(r"serving .* at (http\S+)", line):
                self.base = found[1]
                break
            self.said.append(line.strip())
            reader, _, link = line.strip().rpartition(": ")
            if "/enter/" in link:
                self.links[reader] = link
        else:
            raise AssertionError(self.process.stderr.read())
        self.port = int(self.base.rpartition(":")[2])

    def stop(self, how: signal.Signals = signal.SIGTERM):
        """End the process, if it has not ended."""
        if self.process.stdout.closed:
            return
        self.process.send_signal(how)
        self.process.wait(20)
        self.process.stdout.close()
        self.process.stderr.close()


class Clock:
    """A clock that the test moves."""

    def __init__(self):
        self.now = datetime(2026, 3, 2, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by):
        """Let time pass."""
        self.now += timedelta(**by)


def open_room(study: Path) -> Room:
    """The reading room of a study, with a clock of the test."""
    opened = open_study(study)
    return Room(opened, Record(study, opened.protocol), Access(study), Clock())


def read_all(room: Room, answers, taken=lambda slot: False) -> None:
    """Let every reader read everything; `answers(reader, slot)` gives those of a case unless they were `taken` then."""
    for reader in room.study.design.readers:
        while not isinstance(state := room.state(reader.name), Finished):
            if isinstance(state, Wait):
                room.clock.now = state.until
                continue
            if isinstance(state, Close):
                room.close_session(reader.name)
                continue
            shown = room.show(reader.name)
            room.clock.move(seconds=30)
            given = answers(reader.name, state.slot)
            assert taken(state.slot) or room.answer(reader.name, message(shown, **given))
