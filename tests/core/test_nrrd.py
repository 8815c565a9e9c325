import gzip

import nrrd
import numpy as np
import pytest

from vcem.core.errors import FailureError
from vcem.core.nrrd import Axes, is_nrrd, read_nrrd

PIXELS = np.arange(12 * 8).reshape(12, 8)


def save(path, array=PIXELS.T, kind=np.uint16, **header):
    nrrd.write(str(path), array.astype(kind), {"encoding": "raw", **header})
    return path


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.uint16, np.int32, np.float32, np.float64])
@pytest.mark.parametrize("encoding", ["raw", "gzip"])
def test_columns_first_is_what_imaging_programs_write(tmp_path, kind, encoding):
    found = read_nrrd(save(tmp_path / "a.nrrd", kind=kind, encoding=encoding), Axes.COLUMNS_FIRST)
    assert (found == PIXELS).all()
    assert found.dtype == kind


def test_rows_first_is_what_pynrrd_makes_of_an_array(tmp_path):
    path = save(tmp_path / "a.nrrd", PIXELS)
    assert (read_nrrd(path, Axes.ROWS_FIRST) == PIXELS).all()
    assert (read_nrrd(path, Axes.ROWS_FIRST) == nrrd.read(str(path))[0]).all()
    assert read_nrrd(path, Axes.COLUMNS_FIRST).shape == (8, 12)


def test_byte_order_and_a_single_slice_are_read(tmp_path):
    path = save(tmp_path / "a.nrrd", PIXELS.T[:, :, None], kind=">u2")
    assert (read_nrrd(path, Axes.COLUMNS_FIRST) == PIXELS).all()


def raw(path, body=b"", **fields):
    given = {"type": "uint16", "dimension": "2", "sizes": "8 12", "encoding": "raw", "endian": "little", **fields}
    head = "\n".join(f"{name.replace('_', ' ')}: {value}" for name, value in given.items() if value)
    path.write_bytes(f"NRRD0004\n{head}\n\n".encode() + body)
    return path


BODY = bytes(192)
BAD = [
    (BODY[:-1], {}, "fewer bytes"),
    (BODY + b"0", {}, "more bytes"),
    (gzip.compress(bytes(10**6), mtime=0), {"encoding": "gzip"}, "more bytes"),
    (gzip.compress(BODY, mtime=0)[:-9], {"encoding": "gzip"}, "cannot be read as NRRD"),
    (b"no gzip", {"encoding": "gzip"}, "cannot be read as NRRD"),
    (b"", {"sizes": "900000 900000"}, "no mammogram"),
    (BODY, {"sizes": "8 6 2", "dimension": "3"}, "no single image"),
    (BODY, {"sizes": "0 6"}, "no single image"),
    (BODY, {"sizes": "96", "dimension": "1"}, "no single image"),
    (BODY, {"endian": ""}, "byte order"),
    (BODY, {"encoding": "bzip2"}, "encoding bzip2"),
    (BODY, {"type": "block"}, "block"),
    (BODY, {"data_file": "../../secret.raw"}, "another file"),
    (BODY, {"byte_skip": "-1"}, "skips"),
    (BODY, {"sizes": ""}, "cannot be read as NRRD"),
]


@pytest.mark.parametrize(("body", "fields", "message"), BAD)
def test_what_is_no_single_whole_image_is_one_clear_error(tmp_path, body, fields, message):
    path = raw(tmp_path / "a.nrrd", body, **fields)
    with pytest.raises(FailureError, match=message) as caught:
        read_nrrd(path, Axes.COLUMNS_FIRST)
    assert "a.nrrd" in caught.value.found


def test_other_files_are_told(tmp_path):
    (tmp_path / "a.nrrd").write_bytes(b"\xff\xfe no NRRD")
    for name in ("a.nrrd", "none.nrrd"):
        with pytest.raises(FailureError, match="cannot be read as NRRD"):
            read_nrrd(tmp_path / name, Axes.COLUMNS_FIRST)


def test_a_huge_file_is_not_opened(tmp_path):
    with (tmp_path / "a.nrrd").open("wb") as file:
        file.truncate(2**30 + 1)  # sparse: it takes no room
    with pytest.raises(FailureError, match="more bytes than any mammogram"):
        read_nrrd(tmp_path / "a.nrrd", Axes.COLUMNS_FIRST)


def test_the_ending_tells(tmp_path):
    assert is_nrrd(tmp_path / "A.NRRD")
    assert not is_nrrd(tmp_path / "a.dcm")
