import re
from pathlib import Path

import pytest

from vcem.core.errors import UsageError
from vcem.core.files import read_json, refuse_changed, sha256
from vcem.folders import bundled
from vcem.folders.run import best_of, open_run

MOST_BYTES = 6_000_000
LEAST_WOMEN = 1000


@pytest.fixture
def models(tmp_path, monkeypatch):
    """A place of two models, and an empty folder to work in."""
    for name in ("simulated-a", "simulated-b"):
        (tmp_path / "models" / name).mkdir(parents=True)
        (tmp_path / "models" / name / "run.json").write_text("{}")
    (tmp_path / "models" / "no-run").mkdir()
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr(bundled, "MODELS", tmp_path / "models")
    return tmp_path / "models"


def test_a_name_finds_a_model_where_no_folder_of_that_name_lies(models):
    assert bundled.names() == ["simulated-a", "simulated-b"]
    assert bundled.found(Path("simulated-a")) == models / "simulated-a"
    Path("simulated-a").mkdir()
    assert bundled.found(Path("simulated-a")) == Path("simulated-a")
    assert bundled.found(Path("runs/simulated-a")) == Path("runs/simulated-a"), "a path is taken as it is"


@pytest.mark.parametrize("name", ["simulated-c", "no-run"])
def test_an_unknown_name_is_one_error_that_lists_what_there_is(models, name):
    with pytest.raises(UsageError, match=f"no folder {name}(.|\n)*simulated-a, simulated-b(.|\n)*vcem models"):
        bundled.found(Path(name))


@pytest.mark.parametrize("name", bundled.names())
def test_a_model_is_whole_simulated_and_says_how_it_was_made(name):
    run = open_run(bundled.MODELS / name)
    card = read_json(run.folder / "model.json", "a card")
    refuse_changed(run.folder, read_json(run.folder / "manifest.json", "a manifest"), "vcem export")
    assert run.facts["origin"] == card["data"]["origin"] == "simulated"
    assert run.facts["patients"]["train"] >= LEAST_WOMEN
    assert card["weights"]["sha256"] == sha256(best_of(run.folder)) == run.facts["weights"]
    assert card["seed"] == 0
    verbs = [line.split()[1] for line in card["called"]]
    assert verbs == ["simulate", "import", "prepare", "split", "train"], "the commands that make it again"
    assert re.search(r"--seed \d+", card["called"][0])
    assert "never saw a patient" in (run.folder / "model-card.md").read_text()


def test_the_models_are_there_and_small():
    assert "simulated-resunet" in bundled.names()
    files = [p for p in bundled.MODELS.rglob("*") if p.is_file()]
    assert sum(p.stat().st_size for p in files) <= MOST_BYTES
