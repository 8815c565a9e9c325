import pytest

from vcem.cli.main import main
from vcem.cli.study import VERBS


def test_without_a_verb_it_lists_the_verbs(capsys):
    assert main(["study"]) == 2
    assert main(["study", "--help"]) == 0
    out = capsys.readouterr().out
    assert all(verb in out for verb in VERBS)


def test_an_unknown_verb_is_one_clear_message(capsys):
    assert main(["study", "guess"]) == 2
    assert "no verb 'guess'" in capsys.readouterr().err


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["study", verb, "--help"])
    assert stopped.value.code == 0
    assert f"vcem study {verb}" in capsys.readouterr().out
