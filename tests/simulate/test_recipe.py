import pytest

from vcem.core.errors import UsageError
from vcem.core.recipe import dump
from vcem.simulate.recipe import Recipe, read_recipe


def written(tmp_path, text):
    path = tmp_path / "own.toml"
    path.write_text(text)
    return path


def test_without_a_file_everything_is_as_by_default():
    assert read_recipe(None) == Recipe()


def test_a_table_may_hold_some_fields_only(tmp_path):
    recipe = read_recipe(written(tmp_path, "[acquisition]\nmotion_mm = 0.5\n[look]\ngamma = 1.4\n"))
    assert (recipe.acquisition.motion_mm, recipe.look.gamma) == (0.5, 1.4)
    assert recipe.acquisition.swank == Recipe().acquisition.swank
    assert recipe.priors == Recipe().priors


def test_what_is_written_is_read(tmp_path):
    text = "seed = 3\nspacing_mm = 0.4\nlate = false\n\n" + dump(Recipe())
    assert read_recipe(written(tmp_path, text)) == Recipe()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = [", "is not TOML"),
        ("[acquisition]\ncolour = 1", r"acquisition.*colour"),
        ('[acquisition.he]\nanode = "Rh"\nkvp = 49\nfilter = "Cu"\nfilter_mm = 0.25\nglass = 1', "glass"),
        ("[acquisition.scatter]\nglass = 1", "glass"),
        ("[look]\nglass = 1", "glass"),
        ('[look]\ngamma = "soft"', "gamma"),
        ('[acquisition.he]\nanode = "Rh"\nkvp = 49\nfilter = "Cheese"\nfilter_mm = 0.25', "Cheese"),
    ],
)
def test_a_wrong_field_is_named(tmp_path, text, message):
    with pytest.raises(UsageError, match=f"(?s){message}"):
        read_recipe(written(tmp_path, text))
