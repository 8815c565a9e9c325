import subprocess
import sys

import pytest

from vcem.cli.gateway import VERBS
from vcem.cli.main import main


def test_without_a_verb_it_lists_the_verbs(capsys):
    assert main(["gateway"]) == 2
    assert main(["gateway", "--help"]) == 0
    out = capsys.readouterr().out
    assert all(verb in out for verb in VERBS)


def test_an_unknown_verb_is_one_clear_message(capsys):
    assert main(["gateway", "guess"]) == 2
    assert "no verb 'guess'" in capsys.readouterr().err


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["gateway", verb, "--help"])
    assert stopped.value.code == 0
    assert f"vcem gateway {verb}" in capsys.readouterr().out


@pytest.mark.parametrize("verb", ["run", "check"])
def test_without_the_extra_it_says_which_one_is_lacking(verb, tmp_path):
    settings = tmp_path / "gateway.toml"
    settings.write_text('folder = "a"\nmodel = "b"\n[receive]\ncallers = [{title = "U", address = "127.0.0.1"}]\n')
    code = f"""
import sys
sys.modules["pynetdicom"] = None
from vcem.cli.main import main
sys.exit(main(["gateway", {verb!r}, {str(settings)!r}]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 2
    assert "pip install 'vcem[gateway]'" in done.stderr
