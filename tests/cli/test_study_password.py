import io
from contextlib import closing
from datetime import UTC, datetime

import pytest

from study_rooms import new_words, sources
from vcem.cli import study_password
from vcem.cli.main import main
from vcem.study.web.passwords import Passwords

PASSWORD = "four quiet words here"


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def study(tmp_path):
    sources(tmp_path)
    assert main(new_words(tmp_path, "real-or-synthetic")) == 0
    return tmp_path / "study"


@pytest.fixture
def typed(monkeypatch):
    """A function that types these at the prompts."""

    def at_prompts(*words):
        left = list(words)
        monkeypatch.setattr("sys.stdin", Terminal())
        monkeypatch.setattr(study_password, "getpass", lambda prompt: left.pop(0))

    return at_prompts


def opens(study, password):
    with closing(Passwords(study)) as passwords:
        return passwords.right("Reader 1", password, "", datetime.now(UTC))


def test_it_asks_twice_and_keeps_a_hash(study, typed, capsys):
    typed(PASSWORD, PASSWORD)
    assert main(["study", "password", str(study), "Reader 1"]) == 0
    assert "Reader 1 has a new password" in capsys.readouterr().out
    assert opens(study, PASSWORD)


def test_a_pipe_serves_scripts(study, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    assert main(["study", "password", str(study), "Reader 1"]) == 0
    assert opens(study, PASSWORD)


def test_what_cannot_be_is_one_clear_message(study, typed, capsys):
    typed(PASSWORD, "another")
    assert main(["study", "password", str(study), "Reader 1"]) == 2
    typed("short", "short")
    assert main(["study", "password", str(study), "Reader 1"]) == 2
    assert main(["study", "password", str(study), "Nobody"]) == 2
    said = capsys.readouterr().err
    for part in ("passwords differ", "12 to 200", "Nobody is not a reader"):
        assert part in said
