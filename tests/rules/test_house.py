"""The house rules that a machine can see."""

import ast
import re
import statistics
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "vcem"
MODULES = sorted(p for p in SOURCE.rglob("*.py") if p.name != "__init__.py")
DOCS = "\n".join(p.read_text() for p in sorted((ROOT / "docs").rglob("*.md")))
# The loop reads from top to bottom: cutting it would hide its order.
LONG_ALLOWED = {"train"}


def functions(path):
    tree = ast.parse(path.read_text())
    return [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


def body_lines(function):
    first = function.body[0]
    documented = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    start = function.body[1].lineno if documented and len(function.body) > 1 else first.lineno
    return function.end_lineno - start + 1


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(SOURCE).as_posix())
def test_a_module_is_short_has_a_docstring_and_a_test(path):
    lines = path.read_text().splitlines()
    assert len(lines) <= 300
    assert lines[0].startswith('"""')
    assert (ROOT / "tests" / path.relative_to(SOURCE).parent / f"test_{path.name}").is_file()


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(SOURCE).as_posix())
def test_functions_are_short(path):
    long = {f.name: body_lines(f) for f in functions(path) if body_lines(f) > 50 and f.name not in LONG_ALLOWED}
    assert not long


def test_the_median_function_is_under_ten_lines():
    assert statistics.median(body_lines(f) for path in MODULES for f in functions(path)) < 10


@pytest.mark.parametrize("name", ["utils", "helpers", "misc", "manager", "common"])
def test_no_module_has_a_name_that_says_nothing(name):
    assert not list(SOURCE.rglob(f"*{name}*"))


def test_every_verb_stands_in_the_docs():
    from vcem.cli.main import VERBS

    missing = [verb for verb in VERBS if f"vcem {verb}" not in DOCS]
    assert not missing


def test_every_recipe_field_stands_in_the_reference():
    reference = (ROOT / "docs" / "reference" / "recipes.md").read_text()
    missing = {
        field
        for path in (ROOT / "recipes").rglob("*.toml")
        for field in fields(tomllib.loads(path.read_text()))
        if f"`{field}`" not in reference
    }
    assert not missing


def fields(table):
    for key, value in table.items():
        yield key
        if isinstance(value, dict):
            yield from fields(value)


def test_every_metric_column_stands_in_the_reference():
    from vcem.folders.scores import IMAGE_COLUMNS, LATER, LESION_COLUMNS, MARK_COLUMNS, TEXTURE_COLUMNS

    reference = (ROOT / "docs" / "reference" / "metrics.md").read_text()
    assert not [
        c
        for c in (*IMAGE_COLUMNS, *LATER, *LESION_COLUMNS, *MARK_COLUMNS, *TEXTURE_COLUMNS)
        if f"`{c}`" not in reference
    ]


@pytest.mark.parametrize("path", [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md"], ids=lambda p: p.name)
def test_links_between_documents_lead_somewhere(path):
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text())
    assert not [link for link in links if not (path.parent / link).exists()]


def test_nothing_of_the_machine_or_of_a_patient_is_tracked():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    images = [t for t in tracked if re.search(r"P\d+_[LR]_(DM|CM)_|\.(dcm|jpe?g|npy|safetensors)$", t)]
    assert not [
        t for t in images if not t.startswith("src/vcem/models/")
    ]  # these are of simulated women: test_bundled.py
    texts = [ROOT / t for t in tracked if t.endswith((".py", ".md", ".toml", ".sh", ".html", ".csv"))]
    here = re.compile("/" + "(work|farm)/|/tmp/bash" + "_jobs")
    assert not [t for t in texts if t.is_file() and here.search(t.read_text())]
