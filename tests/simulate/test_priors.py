from dataclasses import replace
from pathlib import Path

import pytest

from vcem.core.errors import UsageError
from vcem.core.recipe import dump
from vcem.simulate.priors import Priors, check_priors
from vcem.simulate.recipe import read_recipe

DEFAULT = Path(__file__).parents[2] / "recipes" / "simulate" / "default.toml"


def test_the_recipe_holds_the_defaults():
    assert read_recipe(DEFAULT).priors == Priors() == read_recipe(None).priors


def test_every_field_stands_in_the_recipe_with_a_source():
    text = DEFAULT.read_text()
    fields = [line.split(" = ")[0] for line in dump(Priors()).splitlines() if " = " in line]
    assert all(f"{field} = " in text for field in fields)
    outside_types = text.split("[lesions.types.idc]")[0]
    assert all("#" in line for line in outside_types.splitlines() if " = " in line)


@pytest.mark.parametrize(("text", "message"), [
    ("[women]\nage = 3", "women.age"),
    ("[women]\ndensity = [0.5, 0.5, 0.5, 0.5]", "women.density"),
    ("[women]\nage_range = [90.0, 30.0]", "women.age_range"),
    ("[shape]\npaddle_mean_mm = 1.0", "shape.paddle_mean_mm"),
    ("[shape]\ngirth_mean_mm = 10000.0", "shape.girth_mean_mm"),
    ("[shape]\nskin_mm = -1.0", "shape.skin_mm"),
    ("[shape]\nskin_mm = nan", "shape.skin_mm"),
    ("[tissue]\nlayers = 0", "tissue.layers"),
    ("[lesions]\nper_breast = -1.0", "lesions.per_breast"),
    ("[lesions]\nsize_gsd = 0.5", "lesions.size_gsd"),
    ("[uptake]\nblood = 'much'", "uptake.blood"),
])  # fmt: skip
def test_a_wrong_or_impossible_number_is_named(tmp_path, text, message):
    path = tmp_path / "own.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=message):
        read_recipe(path)


def test_shares_of_lesion_kinds_must_be_a_whole():
    types = Priors().lesions.types
    wrong = replace(
        Priors(), lesions=replace(Priors().lesions, types=replace(types, idc=replace(types.idc, share=0.9)))
    )
    with pytest.raises(UsageError, match=r"types.*share"):
        check_priors(wrong, "own")
