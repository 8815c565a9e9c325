import json
import shutil
import sys
from collections import namedtuple
from importlib import metadata
from pathlib import Path

import pytest

from vcem.cli import doctor
from vcem.cli.main import main

Usage = namedtuple("Usage", "total used free")


def findings(capsys):
    """Run the verb; return its exit code and what it found, by name."""
    capsys.readouterr()
    code = main(["doctor", "--json"])
    said = json.loads(capsys.readouterr().out)
    assert said["works"] == (code == 0)
    return code, {f["what"]: f for f in said["findings"]}


def test_this_machine_works_and_nothing_of_its_user_is_told(capsys):
    assert main(["doctor"]) == 0
    said = capsys.readouterr().out
    for part in ("vcem 0.", "Python 3.", "numpy", "cores", "JPEG lossless", "RLE", "GB free", "vcem works here"):
        assert part in " ".join(said.split())
    assert str(Path.home()) not in said
    assert str(Path.cwd()) not in said


def test_every_extra_of_the_package_is_spoken_of():
    assert {*metadata.metadata("vcem").get_all("Provides-Extra")} - {"test", "docs"} <= {*doctor.GIVES}


def test_an_extra_that_is_not_there_is_advised_and_breaks_nothing(capsys, monkeypatch):
    version = metadata.version

    def without(name):
        if name == "pynetdicom":
            raise metadata.PackageNotFoundError(name)
        return "0.1" if name == "distributed" else version(name)

    monkeypatch.setattr(metadata, "version", without)
    code, found = findings(capsys)
    assert code == 0
    assert found["extra gateway"]["state"] == "without"
    assert found["extra gateway"]["found"] == "pynetdicom is not installed"
    assert "pip install 'vcem[gateway]'" in found["extra gateway"]["advice"]
    assert "distributed 0.1, where" in found["extra cluster"]["found"]


def test_a_broken_compression_is_told_and_ends_with_code_1(capsys, monkeypatch):
    def broken(*_, **__):
        raise ImportError("libcharls.so.2 is not there")

    monkeypatch.setitem(doctor_codecs().DECODERS, doctor_codecs().ENCODERS["JPEG-LS"][0], broken)
    code, found = findings(capsys)
    assert code == 1
    assert "libcharls" in found["JPEG-LS"]["found"]
    assert found["JPEG-LS"]["advice"]
    assert "JPEG-LS" not in found["DICOM reads"]["found"]


def doctor_codecs():
    from vcem.dicom import codecs

    return codecs


def test_a_package_that_does_not_load_ends_with_code_1(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "nrrd", None)
    assert main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "pynrrd does not load" in said
    assert "vcem does not work here" in said


def test_a_source_that_is_not_installed_is_told(capsys, monkeypatch):
    def nothing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", nothing)
    code, found = findings(capsys)
    assert (code, found["packages"]["state"]) == (0, "without")
    assert "pip install ." in found["packages"]["advice"]


def test_a_full_disk_is_advised(capsys, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1, 1, 1e8))
    code, found = findings(capsys)
    assert (code, found["temporary files"]["state"]) == (0, "low")
    assert "TMPDIR" in found["temporary files"]["advice"]


@pytest.mark.parametrize("kind", ["JPEG lossless", "JPEG 2000"])
def test_an_image_that_comes_back_otherwise_is_a_fault(kind, monkeypatch):
    codecs = doctor_codecs()
    syntax = codecs.ENCODERS[kind][0]
    decode = codecs.DECODERS[syntax]
    monkeypatch.setitem(codecs.DECODERS, syntax, lambda stream: decode(stream) + 1)
    tried = codecs.tried()
    assert tried.pop(kind) == "another image comes back"
    assert not any(tried.values())
