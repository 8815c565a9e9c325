"""What a repository's page reads: workflow, citation, templates, and how to report a leak."""

import re
import tomllib
from pathlib import Path

import yaml

import vcem

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def read(name):
    return yaml.safe_load((ROOT / name).read_text("utf-8"))


def test_the_citation_is_whole_and_of_this_version():
    cited = read("CITATION.cff")
    assert {"cff-version", "message", "title", "authors"} <= set(cited), "what the format demands"
    assert cited["cff-version"] == "1.2.0"
    assert (cited["version"], cited["license"]) == (vcem.__version__, PROJECT["license"])
    assert PROJECT["version"] == vcem.__version__
    for reference in cited["references"]:
        assert {"type", "title", "authors"} <= set(reference)
        assert re.fullmatch(r"10\.\d{4,9}/\S+", reference.get("doi", "10.1234/none"))


def test_the_workflow_runs_what_everyone_runs_on_each_python():
    workflow = read(".github/workflows/check.yml")
    job = workflow["jobs"]["check"]
    assert "bash .ci/run" in [step.get("run") for step in job["steps"]]
    least = tuple(map(int, PROJECT["requires-python"].removeprefix(">=").split(".")))
    pythons = [tuple(map(int, python.split("."))) for python in job["strategy"]["matrix"]["python"]]
    assert pythons[0] == least
    assert pythons == [(3, minor) for minor in range(least[1], least[1] + len(pythons))]
    assert workflow["permissions"] == {"contents": "read"}


def test_what_ci_requires_can_be_told_from_outside():
    assert "${VCEM_REQUIRE:-browser,orthanc,shared}" in (ROOT / ".ci" / "run").read_text()


def test_issue_forms_ask_for_no_patient_and_for_the_doctor():
    forms = {name: read(f".github/ISSUE_TEMPLATE/{name}.yml") for name in ("fault", "wish")}
    for form in forms.values():
        assert {"name", "description", "body"} <= set(form)
        inputs = [part for part in form["body"] if part["type"] != "markdown"]
        assert len({part["id"] for part in inputs}) == len(inputs)
    fault = str(forms["fault"])
    assert "vcem doctor" in fault
    assert "SECURITY.md" in fault


def test_a_leak_is_reported_in_private_and_without_the_person():
    page = (ROOT / "SECURITY.md").read_text("utf-8")
    for part in ("Report a vulnerability", "Never attach", "vcem doctor", "vcem deidentify --verify"):
        assert part in page
