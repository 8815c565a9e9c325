import hashlib
import subprocess
from dataclasses import replace

import pytest

from released import CITATION, KEY, drafted, released
from vcem.core.errors import FailureError, UsageError
from vcem.core.files import read_csv, read_manifest
from vcem.dicom.deidentify_folder import Settings, list_all
from vcem.dicom.profile import read_profile
from vcem.dicom.pseudonyms import Pseudonyms
from vcem.dicom.vendors import read_rules
from vcem.folders.release import RELEASE, SUMS, TABLES, TEXTS
from vcem.ingest.release.folder import Terms, counts, draft, finish, write


def contents(folder):
    return {name: (folder / name).read_bytes() for name in list_all(folder)}


def test_images_are_those_of_the_source_bit_by_bit(tmp_path):
    made = released(tmp_path)
    for case, name in made.plan.cases:
        assert (tmp_path / "out" / case.image).read_bytes() == (tmp_path / "deid" / name).read_bytes()
    assert counts(made) == (7, 2, 2)


def test_it_holds_what_it_promises_and_the_manifest_comes_last(tmp_path):
    made = released(tmp_path)
    assert not (tmp_path / "out" / "manifest.json").exists()
    finish(made)
    names = set(list_all(tmp_path / "out"))
    assert names == {*TEXTS, *TABLES, *(case.image for case in made.cases)}
    manifest = read_manifest(tmp_path / "out", RELEASE, "vcem release")
    assert (manifest["images"], manifest["patients"], manifest["licence"]) == (7, 2, "CC-BY-4.0")
    assert len(read_csv(tmp_path / "out" / "cases.csv")) == 7


def test_sha256sum_agrees(tmp_path):
    released(tmp_path)
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", SUMS], cwd=tmp_path / "out", capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(b": OK") == len(list_all(tmp_path / "out")) - 1


def test_the_same_command_gives_the_same_bytes_and_copies_nothing_twice(tmp_path):
    finish(released(tmp_path))
    first = contents(tmp_path / "out")
    times = {p: p.stat().st_mtime_ns for p in (tmp_path / "out").rglob("*.dcm")}
    finish(released(tmp_path))
    assert contents(tmp_path / "out") == first
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "out").rglob("*.dcm")} == times


def test_a_stopped_run_goes_on_to_the_same_bytes(tmp_path):
    made = drafted(tmp_path)

    def stopping(items, _):
        yield from list(items)[:3]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(made, stopping)
    assert not (tmp_path / "out" / SUMS).exists()
    (tmp_path / "out" / made.cases[0].image).write_bytes(b"cut")
    finish(released(tmp_path))
    first = contents(tmp_path / "out")
    whole = replace(made, settings=replace(made.settings, out=tmp_path / "whole"))
    write(whole, lambda items, _: items)
    finish(whole)
    assert contents(tmp_path / "whole") == first


def test_an_image_of_an_older_release_goes(tmp_path):
    released(tmp_path)
    old = tmp_path / "out" / "images" / "P0" / "old.dcm"
    old.parent.mkdir()
    old.write_bytes(b"x")
    released(tmp_path)
    assert not old.exists()


def not_finished(here):
    (here / "deid" / "manifest.json").unlink()


def file_added(here):
    (here / "deid" / "notes.txt").write_text("x")


def hidden_file_added(here):
    (here / "deid" / ".notes").write_text("x")


def file_gone(here):
    next((here / "deid").rglob("*.dcm")).unlink()


def table_changed(here):
    with (here / "deid" / "files.csv").open("a") as file:
        file.write("x,x,x,x,x\n")


def manifest_empty(here):
    (here / "deid" / "manifest.json").write_text('{"kind": "deidentified"}')


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (not_finished, "not a finished deidentified folder"),
        (file_added, "holds other files than when it was verified"),
        (hidden_file_added, "holds other files than when it was verified"),
        (file_gone, "holds other files than when it was verified"),
        (table_changed, "was changed since"),
        (manifest_empty, "holds other files than when it was verified"),
    ],
)
def test_a_source_that_is_not_de_identified_and_verified_is_refused(tmp_path, damage, message):
    drafted(tmp_path)
    damage(tmp_path)
    with pytest.raises(UsageError, match=message):
        drafted(tmp_path)
    assert not (tmp_path / "out").exists()


def test_an_image_changed_after_verification_is_not_copied(tmp_path):
    path = sorted(drafted(tmp_path).source.rglob("*.dcm"))[0]
    path.write_bytes(path.read_bytes()[:-2] + b"\1\1")
    with pytest.raises(FailureError, match="was changed since it was verified"):
        released(tmp_path)
    sums = {hashlib.sha256(p.read_bytes()).hexdigest() for p in (tmp_path / "out").rglob("*.dcm")}
    assert hashlib.sha256(path.read_bytes()).hexdigest() not in sums


def test_another_key_or_other_rules_are_refused(tmp_path):
    made = drafted(tmp_path)
    other = Settings(tmp_path / "in", tmp_path / "out", Pseudonyms(b"x" * 32), read_profile())
    with pytest.raises(UsageError, match="another key"):
        draft(made.source, other, made.terms, read_rules())
    rules = replace(read_profile(), digest="0" * 64)
    with pytest.raises(UsageError, match="another rules"):
        draft(made.source, replace(other, names=Pseudonyms(KEY), profile=rules), made.terms, read_rules())


def test_a_folder_with_other_files_is_refused(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").touch()
    with pytest.raises(UsageError, match="holds other files"):
        released(tmp_path)
    assert list_all(tmp_path / "out") == ["thesis.txt"]


def test_an_unknown_licence_is_refused_before_anything_is_written(tmp_path):
    made = drafted(tmp_path)
    with pytest.raises(UsageError, match="not known here"):
        draft(made.source, made.settings, Terms(CITATION, "MIT"), read_rules())
