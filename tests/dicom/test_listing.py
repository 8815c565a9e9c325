import os

import pytest

from vcem.core.errors import UsageError
from vcem.dicom import listing
from vcem.dicom.listing import list_below, list_files, list_inputs, shown


def touch(path, text=""):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_files_have_size_and_time_in_the_order_of_names(tmp_path):
    for name in ("b/2", "b/1", "a.dcm", "b.c", ".git/x", ".DS_Store"):
        os.utime(touch(tmp_path / name, name), ns=(0, 7))
    found = list_files(tmp_path)
    assert list(found.stamps) == list_below(tmp_path) == ["a.dcm", "b.c", "b/1", "b/2"]
    assert found.stamps["a.dcm"] == "5:7"
    assert not found.closed


def test_a_folder_can_be_left_out(tmp_path):
    touch(tmp_path / "in" / "a")
    touch(tmp_path / "in" / "out" / "b")
    assert list(list_files(tmp_path / "in", without=tmp_path / "in" / "out").stamps) == ["a"]


def test_links_to_folders_are_told_and_make_no_loop(tmp_path):
    touch(tmp_path / "a" / "x")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    (tmp_path / "file").symlink_to(tmp_path / "a" / "x")
    (tmp_path / "gone").symlink_to(tmp_path / "nothing")
    found = list_files(tmp_path)
    assert list(found.stamps) == ["a/x", "file"]
    told = {c.path: c.why for c in found.closed}
    assert told["a/loop"] == "link to a folder, not followed"
    assert told["gone"].startswith("cannot be read")


def test_a_closed_folder_is_told_and_the_others_are_read(tmp_path, monkeypatch):
    touch(tmp_path / "a" / "x")
    touch(tmp_path / "b" / "y")
    scandir = os.scandir

    def refuse(folder):
        if os.fspath(folder).rstrip("/").endswith("/a"):
            raise PermissionError(13, "Permission denied")
        return scandir(folder)

    monkeypatch.setattr(listing.os, "scandir", refuse)
    found = list_files(tmp_path)
    assert list(found.stamps) == ["b/y"]
    assert [(c.path, c.why) for c in found.closed] == [("a/", "folder cannot be read: Permission denied")]


def test_names_that_no_table_could_hold_are_told(tmp_path):
    try:
        (tmp_path / os.fsdecode(b"M\xfcller.dcm")).touch()
    except OSError:
        pytest.skip("this file system has UTF-8 names only")
    (tmp_path / "Müller.dcm").touch()
    found = list_files(tmp_path)
    assert list(found.stamps) == ["Müller.dcm"]
    assert [(c.path, c.why) for c in found.closed] == [("M\\xfcller.dcm", "its name is not UTF-8: rename it")]


def test_pipes_are_no_files(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    found = list_files(tmp_path)
    assert not found.stamps
    assert found.closed[0].why == "no file"


def test_every_file_means_hidden_and_oddly_named_ones_too(tmp_path):
    odd = os.fsdecode(b"\xff.dcm")
    for name in (".git/x", "a", odd):
        touch(tmp_path / name)
    assert list(list_files(tmp_path, every=True).stamps) == [".git/x", "a", odd]
    assert shown(odd) == "\\xff.dcm"


def test_inputs_are_files_and_what_lies_below_folders_once_each(tmp_path):
    for name in ("in/a", "in/b/c", "in/out/d", "e"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    given = [tmp_path / "in", tmp_path / "in" / "a", tmp_path / "e"]
    found = list_inputs(given, "files", but=tmp_path / "in" / "out")
    assert found == [str(tmp_path / name) for name in ("in/a", "in/b/c", "e")]
    with pytest.raises(UsageError, match="none is not there"):
        list_inputs([tmp_path / "none"], "files")
