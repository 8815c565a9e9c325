import re

import pytest

from vcem.folders.study import OWN, picture_file, results_beside, truth_beside


@pytest.mark.parametrize("name", ["protocol.json", "items.json", picture_file("0a1f"), "pictures/.0a1f.partial"])
def test_what_freezing_writes_is_its_own(name):
    assert re.fullmatch(OWN, name)


@pytest.mark.parametrize("name", ["answers.sqlite", "pictures/notes.txt", "thesis.txt", "protocol.json.bak"])
def test_nothing_else_is(name):
    assert not re.fullmatch(OWN, name)


def test_the_truth_lies_beside_the_study(tmp_path):
    assert truth_beside(tmp_path / "one") == tmp_path / "one-truth.json"


def test_results_lie_beside_what_is_served_never_in_it(tmp_path):
    assert not results_beside(tmp_path / "one").is_relative_to(tmp_path / "one")
