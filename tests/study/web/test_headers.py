import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from vcem.core.errors import FailureError
from vcem.study.web.headers import MOST_BYTES, application, asset, message_of, page


async def echo(request: Request) -> JSONResponse:
    return JSONResponse(await message_of(request))


async def broken(request: Request) -> JSONResponse:
    raise {"full": FailureError("The disk is full."), "bug": ZeroDivisionError()}[request.path_params["how"]]


@pytest.fixture
def client():
    routes = [Route("/", echo, methods=["POST"]), Route("/page/{name}", asset), Route("/broken/{how}", broken)]
    return TestClient(application(routes, ["here"], {"X-More": "yes"}), "http://here", raise_server_exceptions=False)


def test_messages_are_read_if_they_are_short_and_sound(client):
    assert client.post("/", json={"a": 1}).json() == {"a": 1}
    assert client.post("/", content="{").json() == {"error": "The message cannot be read."}
    for wrong in (b"\xff\xfe", b"[" * 60000, b'{"a":' * 12000, b'"\\ud800"', b'{"\\udfff": 1}', b"NaN", b"[-Infinity]",
                  b"1e999", b"1" * 5000):  # fmt: skip
        assert client.post("/", content=wrong).status_code == 409
    assert client.post("/", content=b" " * (MOST_BYTES + 1)).json() == {"error": "The message is too long."}


WAYS = ("/nowhere", "/page/room.css", "/broken/full", "/broken/bug", "/", "/page/" + "a" * 5000 + ".js")


def test_every_answer_is_dressed_and_only_known_hosts_are_answered(client):
    for answer in (client.post("/", json=1), *map(client.get, WAYS)):
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert answer.headers["x-more"] == "yes"
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400


@pytest.mark.parametrize(("host", "status"), [
    ("localhost", 200), ("localhost:8400", 200), ("LOCALHOST", 200), ("[::1]:8400", 200), ("[::1]", 200),
    ("localhost.evil.example", 400), ("evil.example:80", 400), ("[::2]", 400), ("[", 400), ("", 400),
])  # fmt: skip
def test_a_host_is_known_by_name_or_address_whatever_its_port(host, status):
    app = application([Route("/page/{name}", asset)], ["localhost", "::1"])
    client = TestClient(app, base_url="http://localhost")
    assert client.get("/page/room.css", headers={"host": host}).status_code == status


def test_a_template_escapes_what_it_shows():
    assert "&lt;b&gt;" in bytes(page("message.html", text="<b>").body).decode()


def test_a_person_meets_pages_and_a_script_json_whatever_happens(client):
    status = {path: client.get(path, headers={"Accept": "text/html,*/*"}) for path in WAYS}
    assert [a.status_code for a in status.values()] == [404, 200, 503, 500, 405, 404]
    for path, answer in status.items():
        assert answer.headers["content-type"].partition(";")[0] in ("text/html", "text/css")
        if answer.status_code != 200:
            assert "<main" in answer.text
            assert client.get(path).json().keys() == {"error"}
    assert "disk" not in status["/broken/full"].text


@pytest.mark.parametrize(("headers", "status"), [
    ({}, 200), ({"Origin": "http://here"}, 200), ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 200),
    ({"Origin": "http://evil.example"}, 403), ({"Origin": "null"}, 403), ({"Origin": "http://here:81"}, 403),
    ({"Sec-Fetch-Site": "cross-site"}, 403), ({"Sec-Fetch-Site": "same-site", "Origin": "http://here"}, 403),
])  # fmt: skip
def test_what_another_site_sends_is_refused(client, headers, status):
    assert client.post("/", json=1, headers=headers).status_code == status
