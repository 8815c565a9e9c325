"""What the command can do stands in its reference."""

import re
import runpy
from pathlib import Path

import pytest

from vcem.cli import gateway, study
from vcem.cli.import_ import ARCHIVES
from vcem.cli.main import VERBS, main

# verbs of two words
TWO = {"study": study.VERBS, "gateway": gateway.VERBS, "import": ARCHIVES}
NAMES = [*(verb for verb in VERBS if verb not in TWO), *(f"{verb} {word}" for verb in TWO for word in TWO[verb])]
REFERENCE = (Path(__file__).parents[2] / "docs" / "reference" / "cli.md").read_text()
SECTIONS = {" ".join(s.split()[1 : 3 if s.split()[1] in TWO else 2]): s for s in REFERENCE.split("\n## ")[1:]}


@pytest.mark.parametrize("verb", NAMES)
def test_every_option_of_a_verb_stands_in_its_section(verb, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit):
        main([*verb.split(), "--help"])
    options = set(re.findall(r"--(?!no-|help)[a-z][a-z-]+", capsys.readouterr().out))
    # a field's help may speak of another verb's option
    missing = {o for o in options if f"`{o}" not in SECTIONS[verb]} - {"--folds"}
    assert not missing


def test_every_option_in_the_reference_is_real(capsys):
    for verb, section in SECTIONS.items():
        with pytest.raises(SystemExit):
            main([*verb.split(), "--help"])
        shown = capsys.readouterr().out
        described = set(re.findall(r"`(--[a-z-]+)", section))
        assert not {o for o in described if o not in shown}, verb


def test_the_python_reference_is_what_the_docstrings_say():
    script = Path(__file__).parents[2] / "docs" / "write_reference.py"
    made = runpy.run_path(str(script))
    assert made["PAGE"].read_text() == made["page"](), f"run python {script.name}"


def test_the_first_page_leads_to_every_page():
    docs = Path(__file__).parents[2] / "docs"
    linked = {
        (docs / link).resolve()
        for link in re.findall(r"^- \[[^\]]+\]\(([^)]+)\)", (docs / "index.md").read_text(), re.M)
    }
    assert not [p for p in docs.rglob("*.md") if p.resolve() not in linked | {docs / "index.md"}]
