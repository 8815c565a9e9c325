import pytest

from toy_recipes import three_folds, toy_file
from vcem.cli.main import main
from vcem.core.files import sha256


@pytest.fixture
def store(toy_store_of):
    made = toy_store_of(size=16)
    three_folds(made)
    return made


def words(store, tmp_path, *recipes):
    return [
        "crossval",
        *map(str, recipes),
        "--data",
        str(store.folder),
        "--out",
        str(tmp_path / "runs"),
        "--threads",
        "1",
    ]


def test_all_folds_are_trained_predicted_and_scored_once(store, tmp_path, capsys):
    given = words(store, tmp_path, toy_file(tmp_path, "autoencoder", epochs=1))
    assert main(given) == 0
    assert capsys.readouterr().out.count("trained, predicted and scored") == 4  # three folds, and the last line
    files = {p: sha256(p) for p in (tmp_path / "runs").rglob("*") if p.is_file()}
    assert len([p for p in files if p.name == "scores.csv"]) == 3
    assert main(given) == 0
    assert capsys.readouterr().out.count("done before") == 3
    assert {p: sha256(p) for p in files} == files


def test_one_fold_that_fails_does_not_stop_the_others(store, tmp_path, capsys):
    given = words(store, tmp_path, toy_file(tmp_path, "autoencoder", epochs=1))
    broken = tmp_path / "runs" / "toy-autoencoder" / "fold-01"
    broken.mkdir(parents=True)
    (broken / "thesis.txt").write_text("dear")
    assert main(given) == 1
    shown = capsys.readouterr()
    assert "1 of 3 folds failed" in shown.err
    assert "already holds other files" in shown.out
    assert (broken / "thesis.txt").read_text() == "dear"
    for fold in ("fold-00", "fold-02"):
        assert (broken.parent / fold / "scores.csv").is_file()


def test_a_wrong_recipe_is_refused_before_anything_is_trained(store, tmp_path, capsys):
    good, bad = toy_file(tmp_path, "autoencoder", epochs=1), toy_file(tmp_path, "pix2pix", size=32)
    assert main(words(store, tmp_path, good, bad)) == 2
    assert "32 x 32" in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


def test_no_recipe_and_two_of_one_name_are_wrong_use(store, tmp_path, capsys):
    assert main(words(store, tmp_path)) == 2
    twice = toy_file(tmp_path, "autoencoder")
    assert main(words(store, tmp_path, twice, twice)) == 2
    assert "one name" in capsys.readouterr().err
