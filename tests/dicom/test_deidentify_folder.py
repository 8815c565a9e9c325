import json
import os
from dataclasses import replace

import pytest

from fakes.toy_archive import write_archive
from vcem.core.errors import UsageError
from vcem.core.files import read_csv
from vcem.dicom import deidentify_folder as module
from vcem.dicom import listing
from vcem.dicom.deidentify_folder import (
    OTHERWISE,
    TWICE,
    Settings,
    begin,
    deidentify_folder,
    finish,
    list_all,
)
from vcem.dicom.drawn_text import DRAWN
from vcem.dicom.profile import read_profile
from vcem.dicom.pseudonyms import Pseudonyms
from vcem.folders.release import FILES, PROGRESS


@pytest.fixture
def settings(tmp_path):
    return Settings(write_archive(tmp_path / "in"), tmp_path / "out", Pseudonyms(b"k" * 32), read_profile())


def made(settings, jobs=1):
    begin(settings)
    rows = deidentify_folder(settings, lambda rows, _: rows)
    finish(settings, rows)
    return rows


def contents(folder):
    return {name: (folder / name).read_bytes() for name in list_all(folder)}


def test_every_file_is_released_or_told(settings):
    rows = made(settings)
    assert len(rows) == len(list_all(settings.source)) == 8
    assert sorted(row.why for row in rows) == sorted(
        ["", "", "", "Burned In Annotation is not NO", TWICE, "no DICOM file", "no DICOM file",
         "there are fewer bytes of pixel data than pixels"]
    )  # fmt: skip
    skipped = read_csv(settings.out / "skipped.csv", ["file", "why"])
    assert {row["file"] for row in skipped} == {row.file for row in rows if row.why}


def test_a_patient_has_one_folder_and_intervals_between_visits_stay(settings):
    import pydicom

    rows = made(settings)
    read = [pydicom.dcmread(settings.out / row.output) for row in rows if row.output]
    days = sorted(d.StudyDate for d in read if d.PatientID == settings.names.patient("4711-A"))
    from datetime import date

    first, second = (date(int(d[:4]), int(d[4:6]), int(d[6:])) for d in days)
    assert (second - first).days == 366
    assert len({d.PatientID for d in read}) == 2


def test_no_name_of_the_source_is_in_the_output(settings):
    made(settings)
    text = b"".join(name.encode() + content for name, content in contents(settings.out).items()).lower()
    assert not [
        word for word in (b"smith", b"sally", b"jones", b"4711", b"acc77", b"clinic", b"recall") if word in text
    ]


def test_the_same_key_gives_the_same_bytes_in_another_folder_with_more_processes(settings, tmp_path):
    made(settings)
    again = Settings(settings.source, tmp_path / "again", settings.names, settings.profile, jobs=2)
    made(again)
    assert contents(settings.out) == contents(tmp_path / "again")


def test_what_is_done_is_not_done_again(settings, monkeypatch):
    made(settings)
    before = contents(settings.out)
    monkeypatch.setattr(module, "deidentify", lambda *_: pytest.fail("done again"))
    made(settings)
    assert contents(settings.out) == before


def test_a_stopped_run_goes_on_to_the_same_bytes(settings, tmp_path):
    whole = Settings(settings.source, tmp_path / "whole", settings.names, settings.profile)
    made(whole)

    def stopping(rows, _):
        for number, row in enumerate(rows):
            if number == 3:
                raise KeyboardInterrupt
            yield row

    begin(settings)
    with pytest.raises(KeyboardInterrupt):
        deidentify_folder(settings, stopping)
    assert not (settings.out / "manifest.json").exists()
    with (settings.out / PROGRESS).open("a") as file:
        file.write("Fcut off in the mid")
    made(settings)
    assert contents(settings.out) == contents(whole.out)


def test_a_changed_original_is_done_again_and_a_vanished_one_goes(settings):
    made(settings)
    before = set(list_all(settings.out))
    (settings.source / "SMITH_SALLY" / "again.dcm").unlink()
    low = settings.source / "SMITH_SALLY" / "low.dcm"
    low.write_bytes(low.read_bytes()[:-2] + b"\x01\x01")
    rows = made(settings)
    after = contents(settings.out)
    assert len(before) - len(after) == 1
    changed = next(row.output for row in rows if row.file == settings.names.file("SMITH_SALLY/low.dcm"))
    assert after[changed].endswith(b"\x01\x01")


def test_the_manifest_counts_and_names_the_rules(settings):
    made(settings)
    manifest = json.loads((settings.out / "manifest.json").read_text())
    assert manifest["kind"] == "deidentified"
    assert "UIDs" in manifest["search"]["forms"]
    assert manifest["counts"] == {"files": 8, "released": 3, "patients": 2}
    assert sum(manifest["skipped"].values()) == 5
    assert manifest["rules"] == settings.profile.version
    assert len(manifest["files"]) == 6


def test_another_key_in_the_same_folder_is_refused(settings):
    made(settings)
    with pytest.raises(UsageError, match=r"key_check differ(.|\n)*same key"):
        begin(Settings(settings.source, settings.out, Pseudonyms(b"x" * 32), settings.profile))


def test_a_folder_with_other_files_is_refused(settings):
    settings.out.mkdir()
    (settings.out / "thesis.txt").touch()
    with pytest.raises(UsageError, match="other files"):
        begin(settings)


@pytest.mark.parametrize("place", ["in/out", "."])
def test_source_and_output_must_be_apart(settings, tmp_path, place):
    with pytest.raises(UsageError, match="one is inside the other"):
        begin(Settings(settings.source, tmp_path / place, settings.names, settings.profile))


def test_a_table_that_was_tampered_with_removes_nothing_outside(settings, tmp_path):
    made(settings)
    (tmp_path / "precious").write_text("x")
    with (settings.out / FILES).open("a") as file:
        file.write("Fx,digest,../precious,,\n")
    made(settings)
    assert (tmp_path / "precious").exists()


def test_a_cut_copy_does_not_hide_the_whole_file(settings):
    for name in ("JONES_MARY/recombined.dcm", "SMITH_SALLY/low.dcm"):
        whole = (settings.source / name).read_bytes()
        (settings.source / "A" if "low" in name else settings.source / "Z").mkdir()
        ((settings.source / "A" if "low" in name else settings.source / "Z") / "cut.dcm").write_bytes(
            whole[: len(whole) // 2]
        )
    rows = made(settings)
    assert sum(bool(row.output) for row in rows) == 3
    assert sum(row.why == "there are fewer bytes of pixel data than pixels" for row in rows) == 3


def test_other_pixels_under_the_same_uid_are_told_apart_from_a_copy(settings):
    whole = (settings.source / "SMITH_SALLY" / "low.dcm").read_bytes()
    (settings.source / "z.dcm").write_bytes(whole[:-2] + b"\x01\x01")
    rows = made(settings)
    assert sorted(row.why for row in rows if "same SOP" in row.why) == [OTHERWISE, TWICE]
    (settings.source / "SMITH_SALLY" / "low.dcm").unlink()
    assert [row.why for row in made(settings) if "same SOP" in row.why] == [TWICE]


def _scan(path, closed, scan):
    if os.fspath(path).rstrip("/") == closed:
        raise PermissionError(13, "Permission denied")
    return scan(path)


def test_every_name_and_every_closed_folder_is_in_the_table_once(settings, monkeypatch):
    low = (settings.source / "SMITH_SALLY" / "low.dcm").read_bytes()
    (settings.source / os.fsdecode(b"\xff\xfe.dcm")).write_bytes(low)
    (settings.source / ".hidden").mkdir()
    (settings.source / ".hidden" / "x").touch()
    (settings.source / "loop").symlink_to(settings.source)
    (settings.source / "gone").symlink_to(settings.source / "nothing")
    os.mkfifo(settings.source / "pipe")
    (settings.source / "closed").mkdir()
    (settings.source / "closed" / "x.dcm").write_bytes(low)
    closed = os.fspath(settings.source / "closed")
    monkeypatch.setattr(listing.os, "scandir", lambda path, scan=os.scandir: _scan(path, closed, scan))
    rows = made(settings)
    named = {row.file: row.why for row in rows}
    assert len(named) == len(rows)
    for name, why in {os.fsdecode(b"\xff\xfe.dcm"): TWICE, ".hidden/x": "no DICOM file", "pipe": "no file",
                      "loop": "link to a folder, not followed"}.items():  # fmt: skip
        assert named[settings.names.file(name)] == why
    assert named[settings.names.file("gone")].startswith("cannot be read")
    assert named[settings.names.file("closed/")] == "folder cannot be read: Permission denied"


def test_images_with_text_in_their_pixels_are_set_aside_until_somebody_has_looked_at_them(settings, monkeypatch):
    reading = replace(settings, read_text=True)
    monkeypatch.setattr(module, "reader_name", lambda: "an ocr 1.0")
    monkeypatch.setattr(module, "has_drawn_text", lambda content: True)
    rows = made(reading)
    drawn = [row.file for row in rows if row.why == DRAWN]
    assert len(drawn) == 4, "copies too"
    assert not list(settings.out.rglob("*.dcm"))
    manifest = json.loads((settings.out / "manifest.json").read_text())
    assert (manifest["text_in_pixels"], manifest["looked_at"]) == ("an ocr 1.0", 0)
    low = settings.names.file("SMITH_SALLY/low.dcm")
    again = made(replace(reading, looked_at=frozenset([low])))
    assert [row.file for row in again if row.output] == [low]


def test_nobody_who_looks_lets_an_image_pass_that_says_it_has_text(settings, monkeypatch):
    monkeypatch.setattr(module, "reader_name", lambda: "an ocr 1.0")
    monkeypatch.setattr(module, "has_drawn_text", lambda content: False)
    burned = settings.names.file("JONES_MARY/burned.dcm")
    rows = made(replace(settings, read_text=True, looked_at=frozenset([burned])))
    assert next(row.why for row in rows if row.file == burned) == "Burned In Annotation is not NO"


def test_a_folder_made_without_reading_text_is_not_gone_on_with(settings, monkeypatch):
    made(settings)
    monkeypatch.setattr(module, "reader_name", lambda: "an ocr 1.0")
    with pytest.raises(UsageError, match=r"text_in_pixels differ(.|\n)*--read-text"):
        begin(replace(settings, read_text=True))
