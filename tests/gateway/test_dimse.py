import shutil

import pytest
from pydicom.dataset import Dataset

from gateways import certificates, file_of, gateway_of, plain, scripted_pacs
from vcem.core.errors import FailureError
from vcem.dicom.exchange import LABEL, MAMMOGRAM
from vcem.gateway.dimse import DicomDoor, answer_to
from vcem.gateway.queue import WAITING, Result
from vcem.gateway.send import Answer
from vcem.gateway.tls import Tls, server_context


def door_to(tmp_path, settings):
    (destination,) = gateway_of(plain(tmp_path, "model", settings)).destinations
    return DicomDoor(destination, "VCEM", lambda _: None)


def results_of(folder, exam):
    rows = []
    for dataset in exam:
        uid = str(dataset.SOPInstanceUID)
        (folder / f"{uid}.dcm").write_bytes(file_of(dataset))
        rows.append(Result(uid, "pacs", MAMMOGRAM, "1.1", "m", WAITING, "", 0, 0, 0, 0, ""))
    return rows


def delivered(door, rows, folder):
    notes = {}
    door.deliver(rows, folder, lambda result, answer, why: notes.setdefault(result.uid, (answer, why)))
    return [notes.get(row.uid) for row in rows]


def test_what_is_sent_comes_as_it_lies_on_the_disk(tmp_path, exam):
    rows = results_of(tmp_path, exam)
    with scripted_pacs() as (settings, came):
        door = door_to(tmp_path, settings)
        assert door.check() == f"SCRIPTED at 127.0.0.1:{settings['port']} answers C-ECHO"
        assert delivered(door, rows, tmp_path) == [(Answer.HAS, "")] * 4
    assert [d.PixelData for d in came] == [d.PixelData for d in exam]


def test_each_object_gets_its_own_answer(tmp_path, exam):
    rows = results_of(tmp_path, exam)
    codes = dict(zip([r.uid for r in rows], [0, 0xA700, 0xC000, 0xB000], strict=True))
    with scripted_pacs(lambda dataset: codes[dataset.SOPInstanceUID]) as (settings, _):
        answers = delivered(door_to(tmp_path, settings), rows, tmp_path)
    assert [answer for answer, _ in answers] == [Answer.HAS, Answer.LATER, Answer.NEVER, Answer.HAS]
    assert answers[2][1] == "status 0xc000, cannot be understood"


def test_what_has_no_file_or_is_not_taken_is_not_sent(tmp_path, exam):
    rows = results_of(tmp_path, exam[:1])
    gone = Result("2.25.1", "pacs", MAMMOGRAM, "1.1", "m", WAITING, "", 0, 0, 0, 0, "")
    shutil.copy(tmp_path / f"{rows[0].uid}.dcm", tmp_path / "2.25.2.dcm")
    strange = Result("2.25.2", "pacs", "1.2.840.10008.5.1.4.1.1.2", "1.1", "m", WAITING, "", 0, 0, 0, 0, "")
    with scripted_pacs() as (settings, came):
        answers = delivered(door_to(tmp_path, settings), [*rows, gone, strange], tmp_path)
    assert [a for a, _ in answers] == [Answer.HAS, Answer.NEVER, Answer.NEVER]
    assert len(came) == 1


def test_a_pacs_that_is_away_or_hangs_gives_its_reason(tmp_path, exam):
    rows = results_of(tmp_path, exam[:1])
    with scripted_pacs() as (settings, _):
        pass
    with pytest.raises(FailureError, match="cannot be reached"):
        delivered(door_to(tmp_path, settings), rows, tmp_path)

    def hang(_):
        import time

        time.sleep(3)
        return 0

    with scripted_pacs(hang) as (settings, _), pytest.raises(FailureError, match="did not answer in time"):
        delivered(door_to(tmp_path, settings | {"timeout_s": 0.5}), rows, tmp_path)


def test_both_sides_show_certificates_to_each_other(tmp_path, exam):
    rows = results_of(tmp_path, exam[:1])
    made, strange = certificates(tmp_path / "a", "server", "unit"), certificates(tmp_path / "b", "unit")
    whole = made["authority"].certificate
    with scripted_pacs(tls=server_context(Tls(made["server"].certificate, made["server"].key, whole))) as (pacs, came):
        for own, works in ((made["unit"], True), (strange["unit"], False)):
            files = {"certificate": str(own.certificate), "key": str(own.key), "authority": str(whole)}
            door = door_to(tmp_path, pacs | {"tls": files})
            if works:
                assert delivered(door, rows, tmp_path) == [(Answer.HAS, "")]
            else:
                with pytest.raises(FailureError):
                    delivered(door, rows, tmp_path)
        with pytest.raises(FailureError):
            delivered(door_to(tmp_path, pacs), rows, tmp_path)
    assert len(came) == 1


@pytest.mark.parametrize(
    ("code", "answer"),
    [(0, Answer.HAS), (0xB007, Answer.HAS), (0xA701, Answer.LATER), (0xA900, Answer.NEVER), (0x0122, Answer.NEVER),
     (0xC123, Answer.NEVER)],
)  # fmt: skip
def test_a_status_says_whether_to_try_again(code, answer):
    assert answer_to(code)[0] is answer


def test_labels_are_of_a_class_of_their_own():
    assert LABEL != MAMMOGRAM
    assert "Status" not in Dataset()
