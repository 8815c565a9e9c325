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
DOCS = Path(__file__).parents[2] / "docs"
REFERENCE = (DOCS / "reference" / "cli.md").read_text()
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
    script = DOCS / "write_reference.py"
    made = runpy.run_path(str(script))
    assert made["PAGE"].read_text() == made["page"](), f"run python {script.name}"


def test_the_first_page_leads_to_every_page():
    links = re.findall(r"^- \[[^\]]+\]\(([^)]+)\)", (DOCS / "index.md").read_text(), re.MULTILINE)
    linked = {(DOCS / link).resolve() for link in links}
    alone = [p for p in DOCS.rglob("*.md") if p.resolve() not in linked | {DOCS / "index.md"}]
    assert not alone, "add a line to docs/index.md"


@pytest.mark.parametrize("path", [*DOCS.glob("start/*.md"), *DOCS.glob("gallery/*.md")], ids=lambda p: p.stem)
def test_the_commands_of_a_page_have_verbs_and_options_of_the_reference(path):
    blocks = re.findall(r"^```sh\n(.*?)^```", path.read_text().replace("\\\n", ""), re.MULTILINE | re.DOTALL)
    for line in re.findall(r"\bvcem ([a-z][^|&>\n]*)", "".join(blocks)):
        words = line.split()
        section = SECTIONS[" ".join(words[: 2 if words[0] in TWO else 1])]
        assert not [w for w in words if w.startswith("--") and f"`{w}" not in section], line
