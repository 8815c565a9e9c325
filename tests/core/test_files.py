import errno
import json
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from vcem.core import files
from vcem.core.errors import FailureError, UsageError


def test_a_file_is_replaced_only_when_the_block_succeeds(tmp_path):
    path = tmp_path / "deep" / "a.txt"
    files.write_text(path, "first")
    with suppress(RuntimeError), files.atomic(path) as partial:
        partial.write_text("half")
        raise RuntimeError
    assert path.read_text() == "first"
    assert [p.name for p in path.parent.iterdir()] == ["a.txt"]


def test_a_full_disk_leaves_the_old_file_and_says_so(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    files.write_text(path, "first")

    def full(self, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(FailureError, match=r"disk is full.*\n.*unchanged\n.*same command"):
        files.write_text(path, "second")
    assert path.read_text() == "first"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_short_write_that_numpy_gives_no_reason_for_is_a_full_disk(tmp_path):
    with pytest.raises(FailureError, match="disk is full"), files.atomic(tmp_path / "x.npy"):
        raise OSError("65536 requested and 8192 written")


def test_a_truly_full_device_is_told():
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with pytest.raises(OSError, match="No space"), Path("/dev/full").open("wb") as file:
        np.save(file, np.zeros(100_000))


def test_tables_keep_full_precision_and_none_is_an_empty_cell(tmp_path):
    files.write_csv(tmp_path / "t.csv", ["a", "b"], [{"a": 0.1 + 0.2, "b": None}])
    [row] = files.read_csv(tmp_path / "t.csv", ["a", "b"])
    assert float(row["a"]) == 0.1 + 0.2
    assert row["b"] == ""


def test_a_table_without_a_needed_column_is_refused(tmp_path):
    (tmp_path / "t.csv").write_text("a\n1\n")
    with pytest.raises(UsageError, match="lacks the columns b"):
        files.read_csv(tmp_path / "t.csv", ["a", "b"])
    with pytest.raises(UsageError, match="cannot be read"):
        files.read_csv(tmp_path / "none.csv")
    (tmp_path / "t.csv").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(UsageError, match="cannot be read"):
        files.read_csv(tmp_path / "t.csv")


def test_arrays_survive_and_damaged_ones_are_told(tmp_path):
    path = tmp_path / "a.npy"
    files.write_array(path, np.arange(6).reshape(2, 3))
    np.testing.assert_array_equal(files.read_array(path), [[0, 1, 2], [3, 4, 5]])
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(FailureError, match="cannot be read as an array"):
        files.read_array(path)
    np.save(path, np.array([{"code": "runs"}], dtype=object), allow_pickle=True)
    with pytest.raises(FailureError, match="cannot be read as an array"):
        files.read_array(path)


def test_a_folder_is_finished_by_its_manifest(tmp_path):
    with pytest.raises(UsageError, match="not a finished catalogue"):
        files.read_manifest(tmp_path, "catalogue", "vcem import")
    files.write_text(tmp_path / "pairs.csv", "pair\n")
    files.write_manifest(tmp_path, "catalogue", {"origin": "simulated"})
    manifest = files.read_manifest(tmp_path, "catalogue", "vcem import")
    assert manifest["files"] == {"pairs.csv": files.sha256(tmp_path / "pairs.csv")}
    with pytest.raises(UsageError, match="holds a catalogue, not a prepared"):
        files.read_manifest(tmp_path, "prepared", "vcem prepare")


def test_the_same_content_gives_the_same_manifest(tmp_path):
    for name in ("a", "b"):
        files.write_json(tmp_path / name / "x.json", {"k": 1})
        files.write_manifest(tmp_path / name, "catalogue", {})
    assert files.sha256(tmp_path / "a" / "manifest.json") == files.sha256(tmp_path / "b" / "manifest.json")


def test_a_folder_of_something_else_is_not_written_into(tmp_path):
    files.refuse_mixture(tmp_path / "new", "prepared")
    (tmp_path / "thesis.txt").write_text("dear")
    with pytest.raises(UsageError, match="already holds other files"):
        files.refuse_mixture(tmp_path, "prepared")
    (tmp_path / "manifest.json").write_text(json.dumps({"kind": "prepared"}))
    files.refuse_mixture(tmp_path, "prepared")


def test_json_that_is_none_is_told(tmp_path):
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(UsageError, match="is not JSON"):
        files.read_json(tmp_path / "a.json", "folds")


def test_an_empty_folder_is_told(tmp_path):
    with pytest.raises(UsageError, match="is empty"):
        files.existing_folder(tmp_path, "images")
    with pytest.raises(UsageError, match="is not a folder"):
        files.existing_folder(tmp_path / "no", "images")


def test_an_unwritable_place_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        files.write_text(tmp_path / "file" / "a.txt", "x")
