import pytest

from vcem.core.building import rebuilt
from vcem.core.errors import FailureError, UsageError
from vcem.core.files import MANIFEST, refuse_mixture, write_manifest, write_text


def make(folder, names, text="new"):
    with rebuilt(folder, "toy") as building:
        for name in names:
            write_text(building / name, text)
        write_manifest(building, "toy", {})


def content(folder):
    return {p.relative_to(folder).as_posix(): p.read_text() for p in folder.rglob("*") if p.is_file()}


def test_older_files_of_its_own_go_and_those_of_others_stay(tmp_path):
    make(tmp_path / "out", ["a", "b/c"])
    write_text(tmp_path / "out" / "mine", "mine")
    make(tmp_path / "out", ["a", "d"], "newer")
    found = content(tmp_path / "out")
    found.pop(MANIFEST)
    assert found == {"a": "newer", "d": "newer", "mine": "mine"}


def test_what_ends_before_its_end_changes_nothing_and_leaves_nothing(tmp_path):
    for out in (tmp_path / "new", tmp_path / "older"):
        if out.name == "older":
            make(out, ["a"])
        before = content(out)
        with pytest.raises(FailureError), rebuilt(out, "toy") as building:  # noqa: PT012 (the block is what is tested)
            write_text(building / "a", "half")
            raise FailureError("full")
        assert content(out) == before
        assert out.exists() == (out.name == "older")


def test_a_folder_that_was_begun_is_taken_up_and_one_of_others_is_not(tmp_path):
    (tmp_path / "killed" / ".building").mkdir(parents=True)
    write_text(tmp_path / "killed" / "a", "moved already")
    make(tmp_path / "killed", ["a", "b"])
    assert content(tmp_path / "killed")["a"] == "new"
    write_text(tmp_path / "others" / "thesis.txt", "dear")
    with pytest.raises(UsageError, match="already holds other files"):
        make(tmp_path / "others", ["a"])


def test_hidden_files_do_not_count_as_a_mixture(tmp_path):
    write_text(tmp_path / ".DS_Store", "")
    refuse_mixture(tmp_path, "toy")
