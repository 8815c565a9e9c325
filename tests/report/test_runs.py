import pytest

from runs_tree import write_garbage, write_runs
from vcem.core.errors import UsageError
from vcem.core.files import sha256_text, write_json
from vcem.folders.scores import is_reference
from vcem.report.runs import find_runs, of_recipe


@pytest.fixture
def runs(tmp_path):
    return write_runs(tmp_path / "runs", recipes=("small-pix2pix",), folds=2, patients=4)


@pytest.mark.parametrize("below", ["", "small-pix2pix", "small-pix2pix/fold-01"])
def test_runs_are_found_from_root_recipe_or_fold(runs, below):
    found, unscored = find_runs([runs / below])
    assert [r.fold for r in found] == ([1] if below.endswith("01") else [0, 1])
    assert {(r.recipe, r.method) for r in found} == {("small-pix2pix", "pix2pix")}
    assert not unscored


def test_a_run_named_twice_is_read_once(runs):
    assert len(find_runs([runs, runs / "small-pix2pix"])[0]) == 2


def test_a_fold_without_scores_is_told_apart(runs):
    (runs / "small-pix2pix" / "fold-00" / "scores.csv").unlink()
    found, unscored = find_runs([runs])
    assert [r.fold for r in found] == [1]
    assert [(u.recipe, u.fold) for u in unscored] == [("small-pix2pix", 0)]


def test_recipe_digest_is_the_recorded_one_or_computed(runs):
    folder = runs / "small-pix2pix" / "fold-00"
    assert find_runs([folder])[0][0].recipe_digest == sha256_text((folder / "recipe.toml").read_text())[:12]
    write_json(folder / "run.json", {"kind": "run", "recipe_digest": "abc", "data": "d1"})
    write_json(folder / "predictions" / "manifest.json", {"kind": "predictions", "prepared": "d1"})
    found = find_runs([folder])[0][0]
    assert (found.recipe_digest, found.data, found.pairs_digest) == ("abc", {"d1"}, "")


def test_nothing_scored_is_one_clear_message(tmp_path):
    (tmp_path / "other").mkdir()
    with pytest.raises(UsageError, match="No scored run") as raised:
        find_runs([tmp_path])
    assert "vcem crossval" in str(raised.value)
    with pytest.raises(UsageError, match="is not a folder"):
        find_runs([tmp_path / "nowhere"])


def test_a_damaged_table_names_its_file(runs):
    write_garbage(runs / "small-pix2pix" / "fold-00" / "scores.csv")
    with pytest.raises(UsageError, match=r"fold-00/scores\.csv"):
        find_runs([runs])


def test_scores_of_references_alone_are_refused(runs):
    path = runs / "small-pix2pix" / "fold-00" / "scores.csv"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(x for x in lines if not x.startswith("pix2pix")))
    with pytest.raises(UsageError, match="no row of a method"):
        find_runs([runs])


def test_references_are_known_by_name():
    assert is_reference("reference-le")
    assert not is_reference("autoencoder")


def test_a_seed_is_no_part_of_a_recipes_name():
    named = ("small-pix2pix-seed-12", "small-pix2pix", "seed-1-net", "net-seed-x")
    assert [of_recipe(name) for name in named] == ["small-pix2pix", "small-pix2pix", "seed-1-net", "net-seed-x"]
