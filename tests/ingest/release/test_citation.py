import json

import pytest

from vcem.core.errors import UsageError
from vcem.ingest.release.citation import read_citation, to_cff

WHOLE = """
title = "A: \\"set\\" # of images"
version = "1.0"
date-released = 2026-03-01
doi = "10.5281/zenodo.1"
period = "2021 - 2022"
source = "A hospital"
authors = [
  {family-names = "Doe", given-names = "Jane", orcid = "https://orcid.org/0000-0001-2345-6789"},
  {name = "The Group"},
]
"""


def read(tmp_path, text):
    (tmp_path / "cite.toml").write_text(text)
    return read_citation(tmp_path / "cite.toml")


def test_a_whole_citation(tmp_path):
    found = read(tmp_path, WHOLE)
    assert found.names == "Jane Doe, The Group"
    assert "Jane" in found.words
    assert "hospital" in found.words
    lines = to_cff(found, "CC-BY-4.0").splitlines()
    assert lines[0] == "cff-version: 1.2.0"
    assert 'date-released: "2026-03-01"' in lines
    assert "license: CC-BY-4.0" in lines
    title = next(line for line in lines if line.startswith("title: "))
    assert json.loads(title.removeprefix("title: ")) == 'A: "set" # of images'
    authors = lines[lines.index("authors:") + 1 :]
    assert authors == [
        '  - family-names: "Doe"', '    given-names: "Jane"',
        '    orcid: "https://orcid.org/0000-0001-2345-6789"', '  - name: "The Group"',
    ]  # fmt: skip
    assert not [line for line in lines if line.startswith(("period", "source"))]


def test_a_licence_of_ones_own_is_not_claimed_as_spdx(tmp_path):
    assert "license:" not in to_cff(read(tmp_path, WHOLE), "LicenseRef-Own")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no title"),
        ('title = "x"', "no authors"),
        ('title = "x"\nauthors = [{given-names = "Jane"}]', "one without a name"),
        ('title = "x"\nauthors = [{name = 3}]', "must be text"),
        ('title = "x"\nauthors = "Jane"', "Citation"),
        ('title = "x"\npatient = "y"\nauthors = [{name = "z"}]', "unknown field 'patient'"),
        ('title = "x"\nauthors = [{name = "z", mail = "a"}]', "unknown field 'mail'"),
        ('title = "x"\ndate-released = "May"\nauthors = [{name = "z"}]', "date-released"),
        ("title = ", "Citation"),
    ],
)
def test_what_is_wrong_is_told(tmp_path, text, message):
    with pytest.raises(UsageError, match=message):
        read(tmp_path, text)


def test_an_absent_file(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        read_citation(tmp_path / "none.toml")
