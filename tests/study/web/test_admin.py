import json
import re
import sqlite3
from datetime import timedelta

import numpy as np
import pytest
from argon2 import PasswordHasher
from starlette.testclient import TestClient

from study.web.test_server import Visitor
from study_readers import message
from study_rooms import read_all
from vcem.study.analysis import verify_lines
from vcem.study.folder import open_truth
from vcem.study.items import Phase
from vcem.study.web.admin import Admin
from vcem.study.web.passwords import Passwords

READER = "Reader 1"


class Desk:
    """Who runs the study, at the page."""

    def __init__(self, room, passwords=None):
        self.admin = Admin(room, "http://localhost:8400", passwords)
        self.client = TestClient(self.admin.app(), base_url="http://127.0.0.1")
        self.bearer = {"Authorization": f"Bearer {self.admin.secret}"}

    def progress(self):
        return self.client.get("/progress", headers=self.bearer).json()

    def about(self, reader=READER):
        return next(r for r in self.progress()["readers"] if r["reader"] == reader)

    def act(self, do, reader=READER, **more):
        return self.client.post("/act", json={"do": do, "reader": reader} | more, headers=self.bearer)


@pytest.fixture
def desk(room_of):
    return Desk(room_of("multi-reader"))


@pytest.fixture
def desk_with_passwords(room_of):
    room = room_of()
    passwords = Passwords(room.study.folder, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    yield Desk(room, passwords)
    passwords.close()


def test_it_shows_how_far_everybody_is(desk):
    room = desk.admin.room
    visitor = Visitor(room)
    visitor.enter()
    while (case := visitor.case())["state"] == "case":
        visitor.post("/answer", message(case))
    found = desk.progress()
    assert (found["halted"], found["passwords"], found["head"]) == (False, False, room.record.entries()[-1].hash)
    opens = (room.clock() + timedelta(days=28)).date().isoformat()
    assert desk.about() == {
        "reader": READER, "done": 10, "total": 30, "state": f"session 2 opens {opens}", "sessions": 1, "link": False,
        "last": room.clock().isoformat(), "password": False,
        "by_session": [[10, 10], [0, 10], [0, 10]], "pace": [4.0, 4.0, 4.0],
    }  # fmt: skip
    assert desk.about("Reader 2")["state"] == "session 1"
    assert desk.about("Reader 2")["last"] == ""
    assert desk.about("Reader 2")["pace"] is None


def test_it_knows_neither_truth_nor_answers_nor_cases(desk):
    room = desk.admin.room
    for reader, answers in (
        (READER, {"birads": "5", "malignancy": 87}),
        ("Reader 2", {"birads": "1", "malignancy": 3}),
    ):
        visitor = Visitor(room)
        visitor.enter(reader)
        visitor.post("/answer", message(visitor.case(), **answers))
    # whatever is answered, the page gets the same
    assert desk.about() | {"reader": ""} == desk.about("Reader 2") | {"reader": ""}
    truth = open_truth(room.study, room.study.folder.parent / "study-truth.json")
    (room.study.folder.parent / "study-truth.json").unlink()
    progress = desk.progress()
    assert progress.pop("expect")["questions"] == [q.text for q in room.questions]  # readers are asked these
    seen = desk.client.get("/").text + json.dumps(progress) + desk.act("verify").text
    for word in ("birads", "malig", "LE + ", "cyclegan", "real", *truth.cases, *truth.items):
        assert word not in seen.replace("already", "")


def test_times_are_of_all_cases_together_and_of_none_by_what_it_showed(desk):
    """Whoever knew which image takes longer would know something of the result."""
    room = desk.admin.room
    truth = open_truth(room.study, room.study.folder.parent / "study-truth.json")
    visitor = Visitor(room)
    visitor.enter()
    expected, found = [], []
    while (case := visitor.case())["state"] == "case":
        body = message(case)
        body["times"]["submit_ms"] += 1000 * len(found)  # each longer than the one before, whatever is shown
        visitor.post("/answer", body)
        if truth.items[case["item"]].phase is not Phase.TRAINING:
            times = body["times"]
            expected.append((times["submit_ms"] - times["paint_ms"] - times["hidden_ms"]) / 1000)
        found.append(desk.about()["pace"])
        assert found[-1] == (np.quantile(expected, [0.25, 0.5, 0.75]).round(1).tolist() if expected else None)
    assert found[0] is None  # practice does not count
    assert len(expected) > 3
    flat = json.dumps(desk.progress())
    assert not [i for i in truth.items if i in flat]


def finished(room):
    read_all(room, lambda reader, slot: {"malignancy": 10 * (len(slot.item + reader) % 7)})


def results(room):
    return room.study.folder.with_name("study-results")


def test_the_reading_is_not_ended_while_answers_are_missing_unless_a_reason_is_given(desk):
    room = desk.admin.room
    refused = desk.act("end", "", because="  ")
    assert refused.status_code == 409
    assert "120 readings are not answered" in refused.json()["error"]
    assert not room.ended
    assert not results(room).exists()
    visitor = Visitor(room)
    visitor.enter()
    visitor.post("/answer", message(visitor.case()))
    (room.study.folder.parent / "study-truth.json").rename(room.study.folder.parent / "away.json")
    said = desk.act("end", "", because="two readers left").json()
    assert "Bring the sealed truth back" in said["text"]
    assert "page" not in said
    assert [e.body for e in room.record.entries("end")] == [{"because": "two readers left"}]
    assert any("two readers left" in line for line in verify_lines(room.study, room.record, []))


def test_who_sees_the_results_cannot_let_anybody_read_on(desk):
    room = desk.admin.room
    visitor = Visitor(room)
    visitor.enter()
    last = visitor.case()
    image = last["panels"][0]["layers"][0]["image"]
    desk.act("end", "", because="enough")
    assert visitor.case() == {"state": "ended"}
    assert visitor.post("/answer", message(last)).json() == {"state": "ended", "unsaved": True}
    assert visitor.client.get(f"/image/{image}").status_code == 404
    desk.act("go on", "")
    again = type(room)(room.study, room.record, room.access, room.clock)  # the server, started anew
    assert again.show(READER) == {"state": "ended"}
    assert desk.act("end", "", because="twice").status_code == 409  # nobody has answered: nothing to analyse
    assert [len(room.record.entries(kind)) for kind in ("end", "answer")] == [1, 0]


def test_one_button_ends_and_analyses_when_all_is_read(desk):
    room = desk.admin.room
    finished(room)
    assert desk.progress()["missing"] == ""
    said = desk.act("end", "").json()
    assert said["page"] == (results(room) / "index.html").read_text()
    assert "missing" not in said["page"]
    assert results(room).stat().st_mode & 0o077 == 0
    assert desk.progress()["ended"]
    assert desk.act("end", "").json()["page"] == said["page"]  # again: the same, and one end
    assert len(room.record.entries("end")) == 1
    visitor = Visitor(room)
    for path in ("/results", "/study-results/index.html", "/page/index.html"):
        assert visitor.client.get(path).status_code == 404


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": ""}])
def test_without_the_secret_there_is_nothing(desk, headers):
    assert desk.client.get("/progress", headers=headers).status_code == 401
    assert desk.client.post("/act", json={"do": "halt"}, headers=headers).status_code == 401
    assert not desk.admin.room.halted


def test_guessing_is_slowed_down(desk):
    for _ in range(10):
        desk.client.get("/progress", headers={"Authorization": "Bearer wrong"})
    wrong = desk.client.get("/progress", headers={"Authorization": "Bearer wrong"})
    assert wrong.status_code == 429
    assert desk.client.get("/progress", headers=desk.bearer).status_code == 200


def test_a_readers_session_opens_nothing_here_and_there_is_no_cookie(desk):
    visitor = Visitor(desk.admin.room)
    visitor.enter()
    cookie = "; ".join(f"{c.name}={c.value}" for c in visitor.client.cookies.jar)
    assert desk.client.get("/progress", headers={"Cookie": cookie}).status_code == 401
    for answer in (desk.client.get("/"), desk.act("verify"), desk.client.get("/page/admin.js")):
        assert "set-cookie" not in answer.headers
        assert "unsafe" not in answer.headers["content-security-policy"]
    for path in ("/progress", "/act"):
        assert visitor.client.get(path).status_code == 404
    assert desk.client.get("/", headers={"host": "evil.example"}).status_code == 400


def test_a_new_link_lets_the_reader_in_and_revoking_puts_the_reader_out(desk):
    visitor = Visitor(desk.admin.room)
    path = re.fullmatch(r"http://localhost:8400(/enter/.+)", desk.act("invite").json()["text"])[1]
    assert desk.about()["link"]
    visitor.client.post(path)
    assert visitor.client.get("/case").status_code == 200
    assert desk.about()["sessions"] == 1
    desk.act("revoke")
    assert visitor.client.get("/case").status_code == 401
    assert desk.about()["sessions"] == 0
    entries = desk.admin.room.record.entries("admin")
    assert [e.body for e in entries] == [{"did": d, "reader": READER} for d in ("invite", "revoke")]
    assert not any(e.reader for e in entries)


def test_the_study_is_paused_and_stays_so_after_a_restart(desk, room_of):
    room = desk.admin.room
    desk.act("halt", "")
    assert desk.progress()["halted"]
    assert type(room)(room.study, room.record, room.access, room.clock).halted
    desk.act("go on", "")
    assert not room.halted


def test_passwords_are_set_and_taken_away(desk_with_passwords):
    desk = desk_with_passwords
    assert desk.act("password", password="four quiet words here").status_code == 200
    assert desk.about()["password"]
    assert "12 to 200" in desk.act("password", password="short").json()["error"]
    desk.act("no password")
    assert not desk.about()["password"]
    assert all("quiet" not in json.dumps(e.body) for e in desk.admin.room.record.entries())


def test_a_broken_chain_is_told(desk):
    record = desk.admin.room.record
    for _ in range(3):
        record.append(desk.admin.room.clock(), "shown", READER, "i", {})
    assert "holds: 3 entries" in desk.act("verify").json()["text"]
    database = sqlite3.connect(record.path, isolation_level=None)
    database.execute("DROP TRIGGER no_change")
    database.execute("UPDATE log SET at = '2020' WHERE n = 2")
    database.close()
    assert "chain is broken" in desk.act("verify").json()["error"]


@pytest.mark.parametrize(
    "message",
    [{}, [], {"do": "guess", "reader": READER}, {"do": "invite", "reader": "nobody"},
     {"do": "password", "reader": READER, "password": "four quiet words here"}],
)  # fmt: skip
def test_what_has_no_button_is_refused(desk, message):
    assert desk.client.post("/act", json=message, headers=desk.bearer).status_code == 409
    assert not desk.admin.room.record.entries()
