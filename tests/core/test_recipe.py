import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import pytest

from vcem.core.errors import UsageError
from vcem.core.recipe import digest, dump, load, read, strict


@strict
@dataclass(frozen=True)
class Adam:
    lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)


@strict
@dataclass(frozen=True)
class Run:
    name: str
    size: int = 256
    masked: bool = False
    note: str | None = None
    method: Literal["a", "b"] = "a"
    adam: Adam = field(default_factory=Adam)


def write(tmp_path, text):
    path = tmp_path / "r.toml"
    path.write_text(text)
    return path


def test_a_recipe_is_read_and_written_back(tmp_path):
    run = load(write(tmp_path, 'name = "x"\nmasked = true\n[adam]\nlr = 2e-4\n'), Run)
    assert run == Run("x", masked=True, adam=Adam(lr=2e-4))
    assert load(write(tmp_path, dump(run)), Run) == run
    assert tomllib.loads(dump(run))["adam"] == {"lr": 2e-4, "betas": [0.9, 0.999]}


def test_every_wrong_field_is_named_with_its_path(tmp_path):
    text = 'name = "x"\nsiez = 3\nmethod = "c"\n[adam]\nlr = "fast"\nbeta = 1\n'
    with pytest.raises(UsageError) as caught:
        load(write(tmp_path, text), Run)
    for path in ("siez", "method", "adam.lr", "adam.beta"):
        assert f"    {path}:" in str(caught.value)
    assert "4 wrong field(s)" in str(caught.value)


def test_a_missing_field_is_named(tmp_path):
    with pytest.raises(UsageError, match="name: Field required"):
        load(write(tmp_path, "size = 3"), Run)


def test_what_is_not_toml_is_told(tmp_path):
    with pytest.raises(UsageError, match="is not TOML"):
        load(write(tmp_path, "= = ="), Run)
    with pytest.raises(UsageError, match="cannot be read"):
        load(tmp_path / "none.toml", Run)


def test_the_digest_follows_every_field():
    run = Run("x")
    assert digest(run) == digest(Run("x"))
    assert digest(run) != digest(replace(run, adam=Adam(lr=2e-3)))
    assert len(digest(run)) == 12


@pytest.mark.parametrize("name", ["recipes/small/pix2pix.toml", "small/pix2pix", "small/pix2pix.toml"])
def test_a_recipe_of_the_package_is_found_by_name_and_a_file_here_goes_before(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert read(Path(name))["name"] == "small-pix2pix"
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_text('name = "mine"')
    assert read(Path(name))["name"] == "mine"


def test_no_name_leads_out_of_the_packages_recipes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="cannot be read"):
        read(Path("small/../../pyproject"))
