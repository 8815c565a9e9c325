import pytest

from vcem.core.errors import UsageError
from vcem.core.lock import held, locked


def test_a_folder_is_held_by_one_process_at_a_time(tmp_path):
    with (
        locked(tmp_path / "new", "training"),
        pytest.raises(UsageError, match=r"Another process is enhancing in .*new"),
        locked(tmp_path / "new", "enhancing"),
    ):
        pass
    with locked(tmp_path / "new", "training"):
        pass


def test_what_a_killed_process_left_half_written_goes(tmp_path):
    (tmp_path / ".a.json.77.partial").write_text("{")
    (tmp_path / "mine.partial").write_text("kept")
    with locked(tmp_path, "training"):
        assert sorted(p.name for p in tmp_path.iterdir()) == [".lock", "mine.partial"]


def test_a_folder_can_be_held_without_a_file_in_it(tmp_path):
    with (
        held(tmp_path / "new", "releasing"),
        pytest.raises(UsageError, match=r"Another process is releasing in .*new"),
        held(tmp_path / "new", "releasing"),
    ):
        pass
    with held(tmp_path / "new", "releasing"):
        assert list((tmp_path / "new").iterdir()) == []
