import copy

import pytest

from gateways import file_of, in_pacs, web_of
from vcem.core.errors import FailureError, UsageError
from vcem.core.recipe import parse
from vcem.dicom.exchange import MAMMOGRAM
from vcem.gateway.queue import WAITING, Result
from vcem.gateway.send import Answer
from vcem.gateway.settings import Web
from vcem.gateway.web import WebClient, WebDoor, first_part, stored

KIND = 'multipart/related; type="application/dicom"; boundary=xyz'


def client(pacs, folder, **changes):
    return WebClient(parse(web_of(pacs, folder) | changes, Web, "web"))


@pytest.mark.needs("orthanc")
def test_what_is_stored_is_found_and_fetched_as_it_was(pacs, tmp_path, exam):
    web = client(pacs, tmp_path)
    assert web.search("/studies", {}) == []
    for _ in range(2):
        assert web.store(file_of(exam[0])) == (Answer.HAS, "")
    study, series, uid = (str(exam[0][k].value) for k in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"))
    assert in_pacs(pacs, study) == [uid]
    (found,) = web.search("/series", {"Modality": "MG", "StudyDate": "20240301-"})
    assert found["0020000E"]["Value"] == [series]
    assert web.search("/series", {"Modality": "MG", "StudyDate": "20240401-"}) == []
    assert exam[0].PixelData in web.fetch(study, series, uid)
    with pytest.raises(FailureError, match="does not give"):
        web.fetch(study, series, "1.2.3")


@pytest.mark.needs("orthanc")
def test_a_pacs_that_refuses_is_kept_apart_from_an_object_that_it_does_not_take(pacs, tmp_path, exam):
    broken = copy.deepcopy(exam[0])
    del broken.SOPInstanceUID, broken.StudyInstanceUID
    assert client(pacs, tmp_path).store(file_of(broken))[0] is Answer.NEVER
    (tmp_path / "wrong").write_text("guess\n")
    with pytest.raises(FailureError, match="refuses: status 401"):
        client(pacs, tmp_path, password_file=str(tmp_path / "wrong")).store(file_of(exam[0]))
    with pytest.raises(UsageError, match="cannot be read"):
        client(pacs, tmp_path, password_file=str(tmp_path / "none")).search("/studies", {})
    with pytest.raises(FailureError, match="cannot be reached"):
        client(pacs, tmp_path, url="http://127.0.0.1:9/dicom-web").search("/studies", {})


@pytest.mark.needs("orthanc")
def test_a_door_gives_each_object_its_own_answer(pacs, tmp_path, exam):
    (tmp_path / "1.2.dcm").write_bytes(file_of(exam[0]))
    door = WebDoor(parse(web_of(pacs, tmp_path), Web, "web"))
    rows = [Result(uid, "pacs", MAMMOGRAM, "1", "m", WAITING, "", 0, 0, 0, 0, "") for uid in ("1.2", "1.3")]
    notes = {}
    door.deliver(rows, tmp_path, lambda result, answer, why: notes.setdefault(result.uid, answer))
    assert notes == {"1.2": Answer.HAS, "1.3": Answer.NEVER}
    assert door.check().endswith("answers QIDO-RS")
    assert door.ask_to_keep(rows, "2.25.1")


@pytest.mark.parametrize(
    ("status", "said", "answer"),
    [
        (200, {}, Answer.HAS),
        (200, {"00081198": {"Value": [{"00081197": {"Value": [0xA700]}}]}}, Answer.LATER),
        (200, {"00081198": {"Value": [{"00081197": {"Value": [0x0110]}}]}}, Answer.NEVER),
        (409, {"00081198": {"Value": [{}]}}, Answer.NEVER),
        (202, None, Answer.HAS),
        (400, None, Answer.NEVER),
        (429, None, Answer.LATER),
        (503, None, Answer.LATER),
    ],
)
def test_an_answer_says_whether_to_try_again(status, said, answer):
    assert stored(status, said)[0] is answer


def test_the_first_part_of_a_body_is_taken_whole():
    body = b"--xyz\r\nContent-Type: application/dicom\r\n\r\nab\r\n\r\ncd\r\n--xyz--\r\n"
    assert first_part(KIND, body) == b"ab\r\n\r\ncd"
    for kind, cut in ((KIND, body[:-12]), (KIND, b""), ("text/html", body), ("", body)):
        with pytest.raises(FailureError):
            first_part(kind, cut)
