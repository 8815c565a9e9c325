"""A kind of study from outside: this file alone makes it, and a study of it is frozen, read and analysed."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from study_rooms import new_words, open_room, read_all, sources
from vcem.cli.main import main
from vcem.core.errors import UsageError
from vcem.core.files import read_csv
from vcem.core.recipe import strict
from vcem.study.design import KINDS, Kind, kind_named, register
from vcem.study.items import Panel, Phase
from vcem.study.questions import Scale
from vcem.study.readings import of_phase
from vcem.study.result_tables import Table
from vcem.study.sources import LE


@pytest.fixture
def sharpness():
    @register("sharpness")
    @strict
    @dataclass(frozen=True)
    class Sharpness(Kind):
        models: tuple[str, ...]

        @property
        def sources(self):
            return self.models

        def check(self, design):
            if not self.models:
                raise UsageError("reading.models is empty.")

        def questions(self):
            return (Scale("sharp", "How sharp is it?", "blurred", "sharp"),)

        def shown(self, design, secret, cases, part, sitting):
            drawn = secret.rng(part, sitting.reader)
            return {c.case: (self.models[int(drawn.integers(len(self.models)))],) for c in cases}

        def panels(self, item, sources, layer):
            parts = ((LE, LE), ("DES", item.shown[0]))
            return tuple(Panel(n, 0, k, "", 1.0, (layer(n, item.case, s, k),)) for k, (n, s) in enumerate(parts))

        def report(self, design, readings, lesions, out):
            rows = tuple((r.item.shown[0], str(r.answers["sharp"])) for r in of_phase(readings, Phase.READING))
            (Path(out) / "sharp.txt").parent.mkdir(parents=True, exist_ok=True)
            (Path(out) / "sharp.txt").write_text("own file")
            return [Table("Sharpness", "Each reading.", ("model", "sharp"), rows)], []

    yield
    del KINDS["sharpness"]


def test_a_kind_from_outside_is_frozen_read_and_analysed(sharpness, tmp_path, capsys):
    sources(tmp_path)
    words = new_words(tmp_path, "most-realistic")
    path = tmp_path / "most-realistic.toml"
    path.write_text(path.read_text().replace("most-realistic", "sharpness").replace('["autoencoder", ', "["))
    assert main(words) == 0
    room = open_room(tmp_path / "study")
    read_all(room, lambda reader, slot: {"sharp": 7})
    head = room.record.head()
    room.record.close()
    room.access.close()
    assert main(["study", "verify", str(tmp_path / "study"), "--head", head]) == 0
    truth, out = str(tmp_path / "study-truth.json"), tmp_path / "out"
    assert main(["study", "analyse", str(tmp_path / "study"), "--truth", truth, "--out", str(out)]) == 0
    assert "Sharpness: " in capsys.readouterr().out
    assert {r["row"] for r in read_csv(out / "results.csv") if r["table"] == "Sharpness"} == {"pix2pix", "cyclegan"}
    assert (out / "sharp.txt").read_text() == "own file"


def test_all_kinds_are_found_and_an_unknown_one_names_them(sharpness):
    assert kind_named("sharpness") is KINDS["sharpness"]
    for wrong in ("guess", None, 7, ["most-realistic"]):
        with pytest.raises(UsageError, match="one of most-realistic, multi-reader, real-or-synthetic, sharpness"):
            kind_named(wrong)
