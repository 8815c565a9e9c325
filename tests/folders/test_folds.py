import json

import pytest

from vcem.core.errors import UsageError
from vcem.core.terms import Protocol
from vcem.folders.folds import Fold, Folds, read_folds, without, write_folds

FOLDS = Folds(Protocol.STRICT, 3, (Fold(("a", "b"), ("c",), ("d",)), Fold(("c", "d"), ("a",), ("b",))))


def test_folds_survive_the_disk(tmp_path):
    write_folds(tmp_path / "folds.json", FOLDS)
    assert read_folds(tmp_path / "folds.json") == FOLDS
    content = json.loads((tmp_path / "folds.json").read_text())
    assert content["folds"][0] == {"train": ["a", "b"], "val": ["c"], "test": ["d"]}


@pytest.mark.parametrize(
    "content",
    [
        "not json",
        "[]",
        '{"protocol": "strict"}',
        '{"protocol": "other", "folds": []}',
        '{"protocol": "strict", "folds": [{"train": ["a"], "val": ["a"], "test": []}]}',
        '{"protocol": "strict", "folds": [{"train": ["a"]}]}',
    ],
)
def test_another_file_is_refused(tmp_path, content):
    path = tmp_path / "folds.json"
    path.write_text(content)
    with pytest.raises(UsageError, match="vcem split"):
        read_folds(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        read_folds(tmp_path / "folds.json")


def test_pairs_that_are_not_here_are_left_out_and_the_rest_stays():
    assert without(FOLDS, set()) is FOLDS
    left = without(FOLDS, {"b", "d"})
    assert [(f.train, f.val, f.test) for f in left.folds] == [(("a",), ("c",), ()), (("c",), ("a",), ())]
    assert (left.protocol, left.seed) == (FOLDS.protocol, FOLDS.seed)
