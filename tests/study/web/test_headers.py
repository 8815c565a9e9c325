import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from vcem.core.errors import UsageError
from vcem.study.web.headers import MOST_BYTES, asset, dressed, message_of, page, refusal


async def echo(request: Request) -> JSONResponse:
    try:
        return JSONResponse(await message_of(request))
    except UsageError as error:
        return refusal(error.found, 409)


@pytest.fixture
def client():
    routes = [Route("/", echo, methods=["POST"]), Route("/page/{name}", asset)]
    app = Starlette(routes=routes, middleware=dressed(["here"], {"X-More": "yes"}))
    return TestClient(app, base_url="http://here")


def test_messages_are_read_if_they_are_short_and_sound(client):
    assert client.post("/", json={"a": 1}).json() == {"a": 1}
    assert client.post("/", content="{").json() == {"error": "The message cannot be read."}
    assert client.post("/", content=b"\xff\xfe").status_code == 409
    assert client.post("/", content=b" " * (MOST_BYTES + 1)).json() == {"error": "The message is too long."}


def test_every_answer_is_dressed_and_only_known_hosts_are_answered(client):
    for answer in (client.post("/", json=1), client.get("/nowhere"), client.get("/page/room.css")):
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert answer.headers["x-more"] == "yes"
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400


@pytest.mark.parametrize(("host", "status"), [
    ("localhost", 200), ("localhost:8400", 200), ("LOCALHOST", 200), ("[::1]:8400", 200), ("[::1]", 200),
    ("localhost.evil.example", 400), ("evil.example:80", 400), ("[::2]", 400), ("[", 400), ("", 400),
])  # fmt: skip
def test_a_host_is_known_by_name_or_address_whatever_its_port(host, status):
    app = Starlette(routes=[Route("/page/{name}", asset)], middleware=dressed(["localhost", "::1"]))
    client = TestClient(app, base_url="http://localhost")
    assert client.get("/page/room.css", headers={"host": host}).status_code == status


def test_a_template_escapes_what_it_shows():
    assert "&lt;b&gt;" in bytes(page("message.html", text="<b>").body).decode()
