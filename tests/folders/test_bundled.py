from pathlib import Path

import pytest

from vcem.core.errors import UsageError
from vcem.folders import bundled


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
