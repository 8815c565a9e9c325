import os

import pytest

from toy_dicom import write
from vcem.core.terms import Energy
from vcem.dicom import rescan as module
from vcem.dicom.listing import Unreadable, list_files
from vcem.dicom.rescan import changed, open_index, rescan
from vcem.dicom.scan import FEW, Header, scan


@pytest.fixture
def archive(tmp_path):
    for energy in Energy:
        write(tmp_path / "in" / f"{energy}.dcm", energy)
    (tmp_path / "in" / "notes.txt").write_text("no DICOM" * 30)
    return tmp_path / "in"


def again(archive, index_path, read_all=False):
    """Scan by way of the index; return what was found and how many files were read."""
    stamps = list_files(archive).stamps
    index = open_index(index_path, archive, read_all)
    read = len(changed(stamps, index))
    found = list(rescan(archive, stamps, index))
    index.finish(stamps)
    return found, read


def test_kept_headers_are_the_same_as_fresh_ones(archive, tmp_path):
    fresh = list(scan(archive, list(list_files(archive).stamps)))
    first, read = again(archive, tmp_path / "index")
    assert (first, read) == (fresh, 4)
    second, read = again(archive, tmp_path / "index")
    assert (second, read) == (fresh, 0)
    assert [type(found) for found in second] == [Header, Header, Header, Unreadable]


def test_only_new_and_changed_files_are_read(archive, tmp_path):
    again(archive, tmp_path / "index")
    write(archive / "HE.dcm", Energy.HE, tags={"PatientID": "other"})
    write(archive / "new.dcm", Energy.LE, uid="2.25.9")
    (archive / "notes.txt").unlink()
    found, read = again(archive, tmp_path / "index")
    assert read == 2
    assert found == list(scan(archive, list(list_files(archive).stamps)))


def test_a_file_that_changed_behind_its_size_and_time_needs_read_all(archive, tmp_path):
    again(archive, tmp_path / "index")
    stat = (archive / "LE.dcm").stat()
    write(archive / "LE.dcm", Energy.LE, tags={"PatientID": "S0009"})
    os.utime(archive / "LE.dcm", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    found, read = again(archive, tmp_path / "index")
    assert read == 0
    assert found[2].patient == "S0001"
    found, read = again(archive, tmp_path / "index", read_all=True)
    assert read == 4
    assert found[2].patient == "S0009"


def test_other_code_reads_all_again(archive, tmp_path, monkeypatch):
    again(archive, tmp_path / "index")
    monkeypatch.setattr(module, "CODE", (*module.CODE, "dicom/read.py"))
    assert again(archive, tmp_path / "index")[1] == 4


def test_what_may_be_readable_another_time_is_tried_again(archive, tmp_path, monkeypatch):
    def refuse(folder, name):
        return Unreadable(name, "cannot be read: Permission denied", passing=True)

    with monkeypatch.context() as closed:
        closed.setattr("vcem.dicom.scan.read_header", refuse)
        again(archive, tmp_path / "index")
    found, read = again(archive, tmp_path / "index")
    assert read == 4
    assert isinstance(found[0], Header)


def test_an_interrupted_scan_keeps_what_it_has_read(tmp_path):
    plain = write(tmp_path / "in" / "0000").read_bytes()
    for i in range(1, FEW + 4):
        (tmp_path / "in" / f"{i:04d}").write_bytes(plain)
    stamps = list_files(tmp_path / "in").stamps
    index = open_index(tmp_path / "index", tmp_path / "in")
    found = rescan(tmp_path / "in", stamps, index)
    for _ in range(50):
        next(found)
    found.close()  # what an interrupt does to it
    assert len(changed(stamps, open_index(tmp_path / "index", tmp_path / "in"))) == len(stamps) - 50
