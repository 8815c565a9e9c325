import os
import sqlite3
import stat
from pathlib import Path

import pytest

from vcem.core.database import connect, transaction
from vcem.core.errors import FailureError

SCHEMA = "CREATE TABLE IF NOT EXISTS thing (name TEXT PRIMARY KEY);"


def test_a_transaction_is_whole_or_not_at_all(tmp_path):
    database = connect(tmp_path / "a.sqlite", SCHEMA)
    with pytest.raises(sqlite3.IntegrityError), transaction(database):
        database.executemany("INSERT INTO thing VALUES (?)", [("a",), ("a",)])
    with transaction(database):
        database.execute("INSERT INTO thing VALUES ('b')")
    assert database.execute("SELECT name FROM thing").fetchall() == [("b",)]
    database.close()


def test_without_a_schema_it_is_only_read(tmp_path):
    connect(tmp_path / "a.sqlite", SCHEMA).close()
    reading = connect(tmp_path / "a.sqlite")
    with pytest.raises(FailureError, match="cannot be written"), transaction(reading):
        reading.execute("INSERT INTO thing VALUES ('a')")
    reading.close()
    assert [path.name for path in tmp_path.iterdir()] == ["a.sqlite"]


def test_nobody_else_can_read_it_from_its_first_moment(tmp_path):
    mask = os.umask(0)
    try:
        database = connect(tmp_path / "a.sqlite", SCHEMA)
    finally:
        os.umask(mask)
    files = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert files == dict.fromkeys(("a.sqlite", "a.sqlite-wal", "a.sqlite-shm"), 0o600)
    database.close()
    (tmp_path / "a.sqlite").chmod(0o644)  # as earlier versions made it
    connect(tmp_path / "a.sqlite", SCHEMA).close()
    assert stat.S_IMODE((tmp_path / "a.sqlite").stat().st_mode) == 0o600


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(FailureError, match="cannot be opened"):
        connect(tmp_path / "none" / "a.sqlite", SCHEMA)


def test_what_is_no_database_is_an_error_and_is_closed_again(tmp_path):
    path = tmp_path / "a.sqlite"
    path.write_text("something else, and long enough to be looked at as a header of a database")
    with pytest.raises(FailureError, match="cannot be opened") as raised:
        connect(path, SCHEMA)
    assert raised.value.__cause__  # its frames are still there, and so would be an open file
    assert path not in {link.readlink() for link in Path("/proc/self/fd").iterdir() if link.exists()}


def test_the_main_file_alone_holds_all_that_was_confirmed(tmp_path):
    database = connect(tmp_path / "a.sqlite", SCHEMA)
    with transaction(database):
        database.execute("INSERT INTO thing VALUES ('a')")
    (tmp_path / "copy.sqlite").write_bytes((tmp_path / "a.sqlite").read_bytes())
    copy = sqlite3.connect(tmp_path / "copy.sqlite")
    assert copy.execute("SELECT name FROM thing").fetchall() == [("a",)]
    copy.close()
    database.close()
