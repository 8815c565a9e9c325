import json
import os

import pytest

from vcem.core.errors import FailureError
from vcem.core.index import Index, code_key, stamp_of


@pytest.fixture
def path(tmp_path):
    return tmp_path / "out" / ".index"


def test_what_was_kept_is_found_until_the_file_changes(path):
    index = Index(path, "key")
    index.put("a", "1", ["x", 2])
    index.put('ä\n"b', "1", None)
    index.finish(["a", 'ä\n"b'])
    again = Index(path, "key")
    assert again.get("a", "1") == ["x", 2]
    assert again.has('ä\n"b', "1")
    assert not again.has("a", "2")
    assert again.get("a", "2") is None
    assert again.get("c", "1") is None


def test_another_key_or_the_wish_to_read_all_empties_it(path):
    index = Index(path, "key")
    index.put("a", "1", 1)
    index.finish(["a"])
    assert not Index(path, "other").has("a", "1")
    assert not Index(path, "key", read_all=True).has("a", "1")


def test_batches_reach_the_disk_before_the_end(path):
    index = Index(path, "key", batch=2)
    index.put("a", "1", 1)
    assert not path.exists()
    for name in "bcde":
        index.put(name, "1", 1)
    killed = Index(path, "key")
    assert [killed.has(name, "1") for name in "abcde"] == [True, True, True, True, False]


def test_a_line_that_was_cut_short_is_dropped_and_the_rest_goes_on(path):
    index = Index(path, "key", batch=1)
    index.put("a", "1", 1)
    with path.open("a") as file:
        file.write('["b", "1", [1,')
    again = Index(path, "key", batch=1)
    assert not again.has("b", "1")
    again.put("c", "1", 1)
    last = Index(path, "key")
    assert last.has("a", "1")
    assert last.has("c", "1")


def test_finished_it_holds_the_named_alone_in_their_order_whatever_came_first(path):
    index = Index(path, "key")
    for name in "cab":
        index.put(name, "1", name)
    index.finish(["a", "c", "none"])
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert lines == [{"key": "key"}, ["a", "1", "a"], ["c", "1", "c"]]


def test_nothing_is_written_where_nothing_was_read(path):
    Index(path, "key").flush()
    assert not path.exists()


def test_a_folder_that_cannot_be_written_is_one_clear_error(path):
    index = Index(path, "key", batch=1)
    index.put("a", "1", 1)
    path.unlink()
    path.mkdir()
    with pytest.raises(FailureError, match="cannot be written"):
        index.put("b", "1", 1)
    assert not Index(path, "key").has("a", "1")


def test_a_stamp_is_size_and_time_of_change(tmp_path):
    (tmp_path / "a").write_text("four")
    os.utime(tmp_path / "a", ns=(1, 5_000_000_001))
    assert stamp_of(tmp_path / "a") == "4:5000000001"


def test_a_key_names_code_and_options():
    keys = {code_key(["core/seeds.py"]), code_key(["core/terms.py"]), code_key(["core/seeds.py"], "numpy 9")}
    assert len(keys) == 3
