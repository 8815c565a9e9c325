"""Texts of a header that look like paths never lead out of the folder that a verb was told to write."""

import re

import pydicom
import pytest

from enhancing import toy_run
from toy_dicom import image_of, write
from vcem.cli.main import main
from vcem.core.files import read_csv, sha256
from vcem.core.terms import Energy, Side, View
from vcem.dicom.unreadable import odd_values_pass

TRICKS = {
    "up": "../../precious", "root": "/etc/vcem", "windows": "..\\..\\precious", "inside": "1.2/../../3", "dots": "..",
    "nul": "a\0b", "long": "9" * 3000, "line": "a\nb,c", "dash": "-rf", "home": "~/x", "empty": "", "blank": "   ",
}  # fmt: skip
IDS = ("PatientID", "SeriesDescription", "AccessionNumber", "StudyID", "Manufacturer", "PatientName", "ImageComments")
UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID", "SOPInstanceUID")


def archive(folder, keywords):
    """LE and DES of a woman whose header is in order, and of one for each trick."""
    for energy in (Energy.LE, Energy.DES):
        write(folder / f"good-{energy}", energy)
        for number, trick in enumerate(TRICKS):
            uid = f"{image_of(energy, Side.RIGHT, View.CC).uid[:-3]}{number:03d}"
            path = write(folder / f"{trick}-{energy}", energy, Side.RIGHT, uid=uid)
            with odd_values_pass():
                spoil(path, TRICKS[trick], keywords, tail=f".{len(energy)}")
    return folder


def spoil(path, trick, keywords, tail):
    """Put the text where the keywords are, as a broken or a hostile writer might; instances stay apart by a tail."""
    dataset = pydicom.dcmread(path)
    for keyword in keywords:
        if keyword == "PatientName":
            dataset.PatientName = trick
        else:
            dataset[keyword]._value = trick + (tail if keyword == "SOPInstanceUID" else "")
    dataset.save_as(path)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return toy_run(tmp_path_factory.mktemp("model"))


def verbs(source, out, run):
    yield ["import", "dicom", source, out / "catalogue", "--jobs", "1"]
    yield ["deidentify", source, out / "clean", "--key", out / "key", "--make-key", "--jobs", "1"]
    yield ["enhance", source, "--model", run, "--out", out / "virtual", "--label"]
    yield ["enhance", source, "--model", run, "--out", out / "pictures", "--format", "png"]
    yield ["prepare", out / "catalogue", out / "prepared", "--size", "32"]


@pytest.mark.parametrize("keywords", [IDS, UIDS[:3], UIDS[3:]], ids=["texts", "UIDs", "instance"])
def test_no_verb_writes_beside_its_folder(keywords, run, tmp_path, capsys):
    deep = tmp_path / "a" / "b"
    source = archive(deep / "in", keywords)
    (tmp_path / "precious").write_text("as it was")
    before = sums(tmp_path)
    for words in verbs(source, deep / "out", run):
        assert main([str(w) for w in words]) in (0, 1), words
        assert "Traceback" not in capsys.readouterr().err
    after = sums(tmp_path)
    made = [p.relative_to(deep / "out").as_posix() for p in after if p not in before]
    assert {p: s for p, s in after.items() if p in before} == before
    assert len(made) > 30
    assert all(re.fullmatch(r"[A-Za-z0-9./_-]+", name) for name in made)
    assert max(map(len, made)) < 200
    pairs = [row["pair"] for row in read_csv(deep / "out" / "catalogue" / "pairs.csv")]
    assert all(re.fullmatch(r"[A-Za-z0-9.-]{1,80}_[LR]_(CC|MLO)(_\d+)?", pair) for pair in pairs)
    assert "S0001_L_CC" in pairs


def sums(folder):
    return {p: sha256(p) for p in folder.rglob("*") if p.is_file()}
