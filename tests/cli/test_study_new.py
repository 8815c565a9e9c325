import pytest

from study_rooms import READINGS, design_file, new_words, sources
from vcem.cli.main import main


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("new")
    sources(made)
    return made


@pytest.mark.parametrize("kind", READINGS)
def test_each_design_becomes_a_frozen_study(folder, kind, tmp_path, capsys):
    words = new_words(folder, kind)
    words[4] = str(tmp_path / "s")
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "2 readers" in out
    assert "protocol " in out
    assert (tmp_path / "s-truth.json").is_file()
    assert main(words) == 2
    assert "already holds files" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "message"),
    [(("count = 6", "count = 0"), "no cases"), (("count = 6", "count = 5"), "half real, half synthetic"),
     (("count = 6", "count = 60"), "needs 60 cases"), (('"cyclegan"', '"unknown"'), "no images of unknown"),
     (("seed = 3", "sede = 3"), "sede"), (("years = 38", "years = 0"), "no years of experience"),
     (('"Reader 2"', '"Reader 1"'), "stands twice")],
)  # fmt: skip
def test_bad_designs_are_refused_before_anything_is_written(folder, change, message, tmp_path, capsys):
    path = design_file(folder, "real-or-synthetic")
    assert change[0] in path.read_text()
    path.write_text(path.read_text().replace(*change))
    words = new_words(folder, "real-or-synthetic")
    path.write_text(path.read_text().replace(*change))
    words[4] = str(tmp_path / "s")
    assert main(words) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_truth_inside_the_study_is_refused(folder, tmp_path, capsys):
    words = [*new_words(folder, "most-realistic"), "--truth", str(tmp_path / "s" / "truth.json")]
    words[4] = str(tmp_path / "s")
    assert main(words) == 2
    assert "lies inside the study" in capsys.readouterr().err


def test_the_same_pair_twice_in_a_model_is_refused_unless_it_has_two_names(folder, tmp_path, capsys):
    words = [*new_words(folder, "most-realistic"), str(folder / "pix2pix")]
    words[4] = str(tmp_path / "s")
    assert main(words) == 2
    assert "two images of" in capsys.readouterr().err
    words[-1] = f"other={folder / 'pix2pix'}"
    assert main(words) == 0
