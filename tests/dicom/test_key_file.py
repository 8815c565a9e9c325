import stat

import pytest

from vcem.core.errors import FailureError, UsageError
from vcem.dicom.key_file import SIZE, read_key, refuse_inside, write_private


def test_a_key_is_made_only_when_asked_for_and_is_private(tmp_path):
    path = tmp_path / "sub" / "key"
    with pytest.raises(UsageError, match="no key file"):
        read_key(path)
    key = read_key(path, make=True)
    assert len(key) == SIZE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_key(path, make=True) == key == read_key(path)


def test_two_keys_differ(tmp_path):
    assert read_key(tmp_path / "a", make=True) != read_key(tmp_path / "b", make=True)


def test_a_key_that_others_can_read_is_refused(tmp_path):
    read_key(tmp_path / "key", make=True)
    (tmp_path / "key").chmod(0o640)
    with pytest.raises(UsageError, match="Others can read"):
        read_key(tmp_path / "key")


def test_a_key_of_another_size_is_refused(tmp_path):
    write_private(tmp_path / "key", b"secret")
    with pytest.raises(UsageError, match="6 bytes"):
        read_key(tmp_path / "key")


def test_a_private_file_replaces_another_and_leaves_nothing_beside(tmp_path):
    (tmp_path / "table").write_text("old")
    write_private(tmp_path / "table", b"new")
    assert (tmp_path / "table").read_bytes() == b"new"
    assert stat.S_IMODE((tmp_path / "table").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["table"]


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(FailureError, match="cannot be written"):
        write_private(tmp_path / "file" / "key", b"x")


@pytest.mark.parametrize("place", ["out/key", "out/../out/deep/key", "out"])
def test_secrets_do_not_lie_in_what_is_released(tmp_path, place):
    with pytest.raises(UsageError, match="lies inside"):
        refuse_inside(tmp_path / place, tmp_path / "out", "The key file")
    refuse_inside(tmp_path / "outside", tmp_path / "out", "The key file")


def test_two_that_make_a_key_at_once_get_the_same_one(tmp_path, monkeypatch):
    path = tmp_path / "key"
    exists = type(path).exists
    first = []

    def late(self, **kwargs):
        """Say what was true before the other process wrote its key."""
        there = exists(self, **kwargs)
        if self == path and not first:
            first.append(b"")
            first[0] = read_key(path, make=True)
        return there

    monkeypatch.setattr(type(path), "exists", late)
    assert read_key(path, make=True) == first[0] == path.read_bytes()
    assert [p.name for p in tmp_path.iterdir()] == ["key"]
