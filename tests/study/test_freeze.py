import pytest

from study_rooms import READINGS, new_words
from vcem.cli.main import main
from vcem.core.files import read_json
from vcem.study import freeze
from vcem.study.secret import Secret


def made(folder, kind, out):
    words = new_words(folder, kind, readers=4)
    words[4] = str(out)
    assert main(words) == 0
    return out


def visible(study):
    """All that a browser can get, and the files behind it."""
    pictures = {p.name: p.read_bytes() for p in (study / "pictures").iterdir()}
    return (study / "items.json").read_text(), pictures


@pytest.mark.parametrize("kind", READINGS)
def test_the_same_design_never_gives_the_same_names_and_the_seed_none_at_all(
    made_studies, kind, tmp_path, monkeypatch, capsys
):
    folder = made_studies[kind]
    again, first = made(folder, kind, tmp_path / "again"), folder / "study"
    names = [{i["item"] for i in read_json(s / "items.json", "")} for s in (again, first)]
    assert not names[0] & names[1]
    assert not visible(again)[1].keys() & visible(first)[1].keys()
    monkeypatch.setattr(freeze, "new_secret", lambda: Secret(read_json(folder / "study-truth.json", "")["secret"]))
    design = folder / f"{kind}.toml"
    monkeypatch.setattr("study_rooms.design_file", lambda *_, **__: tmp_path / "other-seed.toml")
    (tmp_path / "other-seed.toml").write_text(design.read_text().replace("seed = 3", "seed = 20261130"))
    assert visible(made(folder, kind, tmp_path / "seeded")) == visible(first)


def test_what_was_cut_short_is_made_anew_by_the_same_command(made_studies, tmp_path, monkeypatch):
    out, truth = tmp_path / "s", tmp_path / "s-truth.json"
    for step in ("write_manifest", "_write_for_owner", "digest"):
        with monkeypatch.context() as stopped:
            stopped.setattr(freeze, step, lambda *_: 1 / 0)
            words = new_words(made_studies["most-realistic"], "most-realistic", readers=4)
            words[4] = str(out)
            with pytest.raises(ZeroDivisionError):
                main(words)
        assert (out / "items.json").exists()
        assert truth.exists() is (step == "write_manifest")
    made(made_studies["most-realistic"], "most-realistic", out)
    assert truth.is_file()


@pytest.mark.parametrize("name", ["pictures/holiday.jpg", "answers.sqlite", ".git/config", "pictures/a/b.grey"])
def test_a_folder_of_other_things_is_left_alone(made_studies, tmp_path, name, capsys):
    (tmp_path / "s" / name).parent.mkdir(parents=True)
    (tmp_path / "s" / name).write_text("mine")
    words = new_words(made_studies["most-realistic"], "most-realistic", readers=4)
    words[4] = str(tmp_path / "s")
    assert main(words) == 2
    assert "already holds files" in capsys.readouterr().err
    assert (tmp_path / "s" / name).read_text() == "mine"
