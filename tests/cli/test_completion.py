import subprocess

import pytest

from vcem.cli.completion import names, options_of
from vcem.cli.main import main
from vcem.cli.train import Train

COMPLETE = """
source "$1"
complete_as() {
  COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; COMPREPLY=()
  $(complete -p vcem | sed 's/.*-F \\([^ ]*\\).*/\\1/')
  echo "${COMPREPLY[@]}"
}
complete_as vcem cross
complete_as vcem study ser
complete_as vcem train --da
complete_as vcem import dicom --align ""
"""


def test_bash_completes_verbs_options_and_choices(tmp_path, capsys):
    assert main(["completion", "bash"]) == 0
    script = tmp_path / "vcem.bash"
    script.write_text(capsys.readouterr().out)
    done = subprocess.run(["bash", "-c", COMPLETE, "bash", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["crossval", "serve", "--data", "images header"]


@pytest.mark.parametrize(("shell", "head"), [("zsh", "#compdef vcem"), ("fish", "complete --no-files --command")])
def test_the_other_shells_have_a_script_that_knows_every_verb(shell, head, capsys):
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert head in script
    assert not [verb for verb in names() if f"'{verb}'" not in script]


def test_options_are_those_that_the_verb_itself_reads():
    assert options_of("train") is Train
    assert names()["gateway"] == ("run", "check", "queue", "retry", "drop")
