import pytest

from vcem.cli.main import main


def test_without_a_run_it_says_how(capsys):
    assert main(["validate", "--data", "x", "--out", "y"]) == 2
    assert "vcem validate RUN" in capsys.readouterr().err


@pytest.mark.parametrize("word", ["--shared-patients", "--jobs"])
def test_help_names_its_options(word, capsys):
    with pytest.raises(SystemExit):
        main(["validate", "--help"])
    assert word in capsys.readouterr().out
