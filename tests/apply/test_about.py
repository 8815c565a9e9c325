import re
from pathlib import Path

import pytest

from vcem.apply.about import About, read_about
from vcem.core.errors import UsageError


def test_options_go_before_the_file_and_what_nobody_says_is_empty(tmp_path):
    path = tmp_path / "about.toml"
    path.write_text('licence = "MIT"\nauthors = ["Doe, J."]\ncontact = "us  at\\n home"\n')
    about = read_about(path, licence="CC0-1.0", data_set="Toys")
    assert about == About("Toys", "", "CC0-1.0", ("Doe, J.",), "us  at\n home")
    assert about.of_the_model == {
        "licence": "CC0-1.0", "contact": "us at home", "intended_use": "", "population": "", "authors": ["Doe, J."],
        "vendors": [],
    }  # fmt: skip


def test_a_field_that_is_none_is_refused(tmp_path):
    path = tmp_path / "about.toml"
    path.write_text('license = "MIT"\nauthors = "Doe"\n')
    with pytest.raises(UsageError, match=r"2 wrong field(.|\n)*authors(.|\n)*license"):
        read_about(path)


def test_the_example_of_the_docs_is_read(tmp_path):
    page = Path(__file__).parents[2] / "docs" / "how-to" / "enhance-le-images.md"
    (tmp_path / "about.toml").write_text(re.search(r"```toml\n(.*?)```", page.read_text("utf-8"), re.DOTALL)[1])
    about = read_about(tmp_path / "about.toml")
    assert all(about.of_the_model.values())
    assert about.data_set
