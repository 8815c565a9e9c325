import re

import pytest
from starlette.testclient import TestClient

from study_readers import message
from vcem.study.web.address import LOOPBACK
from vcem.study.web.server import create


class Visitor:
    """A browser without eyes."""

    def __init__(self, room):
        self.room = room
        self.client = TestClient(create(room), base_url="http://localhost", follow_redirects=False)
        self.csrf = ""

    def enter(self, reader="Reader 1"):
        path = f"/enter/{self.room.access.issue(reader, self.room.clock())}"
        assert self.client.get(path).status_code == 200
        assert self.client.post(path).headers["location"] == "/check"
        self.csrf = re.search(r'data-csrf="([^"]+)"', self.client.get("/check").text)[1]
        assert self.post("/check", {"kind": "office"}).status_code == 200
        return path

    def post(self, path, body, **headers):
        return self.client.post(path, json=body, headers={"X-CSRF": self.csrf} | headers)

    def case(self):
        return self.client.get("/case").json()


@pytest.fixture
def visitor(room_of):
    return Visitor(room_of())


def test_a_link_leads_through_the_display_check_to_the_reading(visitor):
    path = visitor.enter()
    assert visitor.client.get("/").headers["location"] == "/read"
    assert "read.js" in visitor.client.get("/read").text
    assert visitor.case()["state"] == "case"
    again = Visitor(visitor.room)
    assert again.client.get(path).status_code == again.client.post(path).status_code == 404
    assert [e.kind for e in visitor.room.record.entries()] == ["enter", "display", "shown"]


def test_looking_at_a_link_does_not_use_it_up(visitor):
    path = f"/enter/{visitor.room.access.issue('Reader 1', visitor.room.clock())}"
    for _ in range(3):
        assert visitor.client.get(path).status_code == 200
    assert visitor.client.post(path).status_code == 303


def test_without_a_session_there_is_nothing(visitor):
    for path in ("/case", "/image/0000"):
        assert visitor.client.get(path).status_code == 401
    for path in ("/read", "/check"):
        assert visitor.client.get(path).headers["location"] == "/"
    assert visitor.client.get("/").status_code == 401
    assert visitor.post("/answer", {}).status_code == 401


def test_a_session_expires_and_no_answer_is_lost(visitor):
    visitor.enter()
    assert visitor.post("/answer", message(visitor.case())).json()["done"] == 1
    visitor.room.clock.move(hours=5)
    assert visitor.client.get("/case").status_code == 401
    visitor.enter()
    assert visitor.case()["done"] == 1


def test_a_reader_goes_on_at_another_machine(visitor):
    visitor.enter()
    visitor.post("/answer", message(visitor.case()))
    path = visitor.post("/elsewhere", {}).json()["path"]
    other = Visitor(visitor.room)
    other.client.post(path)
    assert other.client.get("/case").json()["done"] == 1


def test_a_change_needs_the_csrf_token_and_an_answer_of_sense(visitor):
    visitor.enter()
    body = message(visitor.case())
    assert visitor.post("/answer", body, **{"X-CSRF": "wrong"}).status_code == 403
    assert visitor.post("/answer", body | {"item": "other"}).status_code == 409
    assert visitor.client.post("/answer", content="{", headers={"X-CSRF": visitor.csrf}).status_code == 409
    assert visitor.client.post("/answer", content="x" * 70000, headers={"X-CSRF": visitor.csrf}).status_code == 409
    assert not visitor.room.record.entries("answer")


def test_guessing_links_is_slowed_down(visitor):
    found = [visitor.client.get(f"/enter/guess{n}").status_code for n in range(11)]
    assert found == [404] * 10 + [429]
    good = f"/enter/{visitor.room.access.issue('Reader 1', visitor.room.clock())}"
    assert visitor.client.get(good).status_code == 200  # another at the same address, such as a ward's
    assert visitor.client.post(good).status_code == 303
    visitor.room.clock.move(minutes=2)
    assert visitor.client.get("/enter/guess").status_code == 404


def test_every_answer_has_the_same_headers_and_none_that_tells(visitor):
    visitor.enter()
    image = visitor.case()["panels"][0]["layers"][0]["image"]
    for path in ("/read", "/case", f"/image/{image}", "/page/read.js", "/page/room.css", "/nowhere"):
        headers = visitor.client.get(path).headers
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["cache-control"] == "no-store"
        assert not {"etag", "last-modified", "content-disposition", "server"} & set(headers)
    cookie = visitor.client.post(visitor.post("/elsewhere", {}).json()["path"]).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie


@pytest.mark.parametrize("name", ["../server.py", "base.html", "analysis.html", "none.js", "%2e%2e%2fserver.py"])
def test_only_scripts_and_styles_are_pages(visitor, name):
    assert visitor.client.get(f"/page/{name}").status_code == 404


def test_another_host_name_is_refused(visitor):
    assert visitor.client.get("/", headers={"host": "evil.example"}).status_code == 400


def test_over_tls_the_cookie_stays_on_tls(room_of):
    room = room_of()
    client = TestClient(create(room, secure=True), base_url="https://localhost", follow_redirects=False)
    assert "Secure" in client.post(f"/enter/{room.access.issue('Reader 1', room.clock())}").headers["set-cookie"]


def test_pauses_are_noted(visitor):
    visitor.enter()
    for stop in (True, False):
        assert visitor.post("/pause", {"paused": stop}).status_code == 200
    assert [e.kind for e in visitor.room.record.entries()][-2:] == ["pause", "resume"]


def test_the_token_goes_to_a_page_that_outlived_its_session(visitor):
    assert visitor.client.get("/token").status_code == 401
    visitor.enter()
    item = visitor.case()["item"]
    assert visitor.client.get(f"/token?item={item}").json() == {"csrf": visitor.csrf, "yours": True}
    others = next(s.item for s in visitor.room.study.slots if s.reader == "Reader 2")
    assert visitor.client.get(f"/token?item={others}").json()["yours"] is False


def test_a_paused_study_shows_nothing_and_keeps_what_was_under_way(visitor):
    visitor.enter()
    case = visitor.case()
    visitor.room.halt(True)
    assert visitor.case() == {"state": "halted"}
    image = case["panels"][0]["layers"][0]["image"]
    assert visitor.client.get(f"/image/{image}").status_code == 404
    assert visitor.post("/answer", message(case)).json()["state"] == "halted"
    visitor.room.halt(False)
    assert visitor.case()["done"] == 1


def test_an_earlier_case_is_locked_unless_the_design_says_otherwise(visitor):
    visitor.enter()
    case = visitor.case()
    following = visitor.post("/answer", message(case)).json()
    assert following["earlier"] == following["later"] == ""
    assert visitor.client.get(f"/case/{case['item']}").status_code == 409
    assert visitor.post("/finish", {}).json()["state"] == "case"
    assert not visitor.room.record.entries("closed")


def test_tls_for_others_is_remembered_by_their_browsers(room_of):
    room = room_of()
    for hosts, expected in ((("*",), True), (("localhost",), True), (LOOPBACK, False)):
        client = TestClient(create(room, secure=True, hosts=hosts), base_url="https://localhost")
        assert ("strict-transport-security" in client.get("/").headers) is expected
    assert "strict-transport-security" not in TestClient(create(room), base_url="http://localhost").get("/").headers


def test_an_answer_is_checked_against_its_case_before_it_is_stored(room_of):
    visitor = Visitor(room_of("multi-reader"))
    visitor.enter()
    case = visitor.case()
    title = case["panels"][0]["title"]
    for panel, x, y in (("none", 1, 1), (title, 10**400, 1), (title, case["columns"], 1), (title, 1, case["rows"])):
        body = message(case, marks=[{"panel": panel, "x": x, "y": y}])
        assert visitor.post("/answer", body).status_code == 409
    assert not visitor.room.record.entries("answer")
    corner = {"panel": title, "x": case["columns"] - 1, "y": case["rows"] - 1}
    answer = visitor.post("/answer", message(case, marks=[corner]))
    assert visitor.room.record.holds(answer.json()["receipt"])


def test_two_studies_on_one_host_do_not_end_each_other(room_of):
    one, two = Visitor(room_of("most-realistic")), Visitor(room_of("real-or-synthetic"))
    one.enter()
    two.enter()
    both = dict(one.client.cookies) | dict(two.client.cookies)
    assert len(both) == 2
    for visitor in (one, two):  # one browser: cookies know no ports
        visitor.client.cookies.update(both)
        assert visitor.case()["state"] == "case"


def test_a_reader_logs_out_and_only_this_browser_is_out(visitor):
    visitor.enter()
    other = Visitor(visitor.room)
    other.enter()
    before = dict(visitor.client.cookies)
    assert visitor.post("/leave", {}, **{"X-CSRF": "x"}).status_code == 403
    assert visitor.post("/leave", {}).status_code == 200
    assert not visitor.client.cookies
    visitor.client.cookies.update(before)
    assert visitor.client.get("/case").status_code == 401
    assert other.case()["state"] == "case"
    assert visitor.room.record.entries()[-2].kind == "leave"


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_another_site_cannot_use_a_link_up_or_log_somebody_in(visitor, headers):
    path = f"/enter/{visitor.room.access.issue('Reader 1', visitor.room.clock())}"
    assert visitor.client.post(path, headers=headers).status_code == 403
    assert not visitor.client.cookies
    assert visitor.client.post(path).status_code == 303


def test_a_reader_never_sees_json(visitor):
    person = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    paths = ("/case", "/case/x", "/image/x", "/token", "/answer", "/nowhere", "/leave", "/enter/x", "/", "/read")
    for entered in (False, True):
        if entered:
            visitor.enter()
        for path in paths:
            answer = visitor.client.get(path, headers=person)
            assert answer.status_code == 303 or "<main" in answer.text, path
        for path in ("/answer", "/login", "/check", "/nowhere"):
            answer = visitor.client.post(path, data={"a": "b"}, headers=person)
            assert "<main" in answer.text, path
