import re

import pytest

from vcem.folders.study import OWN, picture_file, truth_beside


@pytest.mark.parametrize("name", ["protocol.json", "items.json", picture_file("0a1f"), "pictures/.0a1f.partial"])
def test_what_freezing_writes_is_its_own(name):
    assert re.fullmatch(OWN, name)


@pytest.mark.parametrize("name", ["answers.sqlite", "pictures/notes.txt", "thesis.txt", "protocol.json.bak"])
def test_nothing_else_is(name):
    assert not re.fullmatch(OWN, name)


def test_the_truth_lies_beside_the_study(tmp_path):
    assert truth_beside(tmp_path / "one") == tmp_path / "one-truth.json"
