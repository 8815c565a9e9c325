import re

import pytest
from argon2 import PasswordHasher
from starlette.testclient import TestClient

from study_readers import message
from vcem.study.web.passwords import Passwords
from vcem.study.web.server import create

PASSWORD = "four quiet words here"
READER = "Reader 1"


@pytest.fixture
def room(room_of):
    return room_of()


@pytest.fixture
def passwords(room):
    opened = Passwords(room.study.folder, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    yield opened
    opened.close()


def browser(room, passwords=None):
    return TestClient(create(room, passwords=passwords), base_url="http://localhost", follow_redirects=False)


def login(client, reader=READER, password=PASSWORD, **headers):
    return client.post("/login", json={"reader": reader, "password": password}, headers={"X-CSRF": "login"} | headers)


def link(room):
    return f"/enter/{room.access.issue(READER, room.clock())}"


@pytest.mark.parametrize("with_passwords", [False, True])
def test_who_logged_out_is_told_so_in_words(room, passwords, with_passwords):
    client = browser(room, passwords if with_passwords else None)
    for path, said in (("/?left", True), ("/", False)):
        answer = client.get(path)
        assert answer.status_code == 401
        assert ("You are logged out" in answer.text) is said


def test_a_password_is_chosen_with_the_link_and_opens_the_door_again(room, passwords):
    client, path = browser(room, passwords), link(room)
    assert "Choose a password" in client.get(path).text
    for wrong in ({"password": PASSWORD, "again": "other"}, {"password": "short", "again": "short"}):
        refused = client.post(path, data=wrong)
        assert refused.status_code == 400
        assert 'role="alert"' in refused.text
    assert client.post(path, data={"password": PASSWORD, "again": PASSWORD}).headers["location"] == "/check"
    again = browser(room, passwords)
    assert again.get("/").status_code == 401
    answer = login(again)
    assert (answer.status_code, set(answer.json())) == (200, {"csrf"})
    assert {"HttpOnly", "SameSite=strict"} <= set(answer.headers["set-cookie"].split("; "))
    assert again.get("/").headers["location"] == "/read"
    assert [e.body["by"] for e in room.record.entries("enter")] == ["link", "password"]


def test_a_link_without_a_password_is_enough(room, passwords):
    assert browser(room, passwords).post(link(room), data={"password": "", "again": ""}).status_code == 303
    assert not passwords.has(READER)


def test_whoever_fails_learns_nothing(room, passwords):
    passwords.set(READER, PASSWORD, room.clock())
    client = browser(room, passwords)
    answers = [login(client, *who) for who in ((READER, "x"), ("Reader 2", "x"), ("nobody", "x"), ("", ""))]
    assert len({(a.status_code, a.text, tuple(sorted(a.headers.items()))) for a in answers}) == 1
    assert answers[0].status_code == 401
    assert client.post("/login", json=["x"], headers={"X-CSRF": "login"}).text == answers[0].text
    stopped = [login(client, "nobody", "x").status_code for _ in range(10)]
    assert stopped[-1] == 429
    assert login(client).status_code == 200


def test_another_site_cannot_log_a_reader_in(room, passwords):
    passwords.set(READER, PASSWORD, room.clock())
    client = browser(room, passwords)
    assert client.post("/login", json={"reader": READER, "password": PASSWORD}).status_code == 404


def test_without_passwords_there_is_no_such_door(room):
    client = browser(room)
    assert login(client).status_code == 404
    assert "Password" not in client.get(link(room)).text
    assert "password" not in client.get("/").text.lower()
    # a password that is sent all the same is not kept
    assert client.post(link(room), data={"password": PASSWORD, "again": PASSWORD}).status_code == 303


def test_the_same_browser_need_not_check_its_display_again(room, passwords):
    passwords.set(READER, PASSWORD, room.clock())
    client = browser(room, passwords)
    csrf = login(client).json()["csrf"]
    assert client.get("/read").headers["location"] == "/check"
    client.post("/check", json={"kind": "office"}, headers={"X-CSRF": csrf})
    room.clock.move(hours=5)
    assert client.get("/case").status_code == 401
    csrf = login(client).json()["csrf"]
    page = client.get("/read")
    assert re.search(r'data-csrf="([^"]+)"', page.text)[1] == csrf
    assert client.post("/answer", json=message(client.get("/case").json()), headers={"X-CSRF": csrf}).status_code == 200
    stranger = browser(room, passwords)
    login(stranger)
    assert stranger.get("/read").headers["location"] == "/check"


def test_a_form_that_is_too_long_is_not_read(room, passwords):
    assert browser(room, passwords).post(link(room), content=b"x" * 70000).status_code == 413


def test_neither_door_tells_who_reads_or_who_was_imaged(room, passwords):
    client = browser(room, passwords)
    seen = client.get("/").text + client.get(link(room)).text
    assert not re.search(r"Reader \d|P\d+_[LR]|cyclegan|malignant", seen)


def test_a_browser_that_was_in_before_is_not_stopped_by_others_at_its_address(room, passwords):
    passwords.set(READER, PASSWORD, room.clock())
    client, others = browser(room, passwords), browser(room, passwords)
    assert login(client).status_code == 200
    for n in range(100):
        login(others, f"name {n}", "x")
    assert login(browser(room, passwords)).status_code == 429
    assert login(client).status_code == 200
    assert browser(room, passwords).post(link(room)).status_code == 303
