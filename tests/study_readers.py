"""Scripted readers: they speak to the reading room as the page does, without a browser."""

import http.client
import json
import re
import ssl
from contextlib import closing
from urllib.parse import urlsplit


class Reader:
    """One reader's connection. `headers` are those of the last answer."""

    def __init__(self, link: str, headers: dict[str, str] | None = None, trust: ssl.SSLContext | None = None):
        where = urlsplit(link)
        self.trust = trust
        self.address, self.path = (where.hostname, where.port), where.path
        self.cookie, self.csrf, self.extra = "", "", headers or {}

    def ask(self, path: str, body: object = None, method: str = "") -> tuple[int, bytes]:
        """Send one request; status and body come back."""
        connection = (
            http.client.HTTPSConnection(*self.address, context=self.trust)
            if self.trust
            else http.client.HTTPConnection(*self.address)
        )
        headers = {"Cookie": self.cookie, "X-CSRF": self.csrf} | self.extra
        data = None if body is None else json.dumps(body)
        with closing(connection):
            connection.request(method or ("GET" if body is None else "POST"), path, data, headers)
            with connection.getresponse() as answer:
                content = answer.read()
            self.headers = dict(answer.getheaders())
        if set_cookie := self.headers.get("set-cookie"):
            self.cookie = set_cookie.partition(";")[0]
        return answer.status, content

    def enter(self) -> None:
        """Use the link up and say which display it is."""
        assert self.ask(self.path, method="POST")[0] == 303
        page = self.ask("/check")[1].decode()
        self.csrf = re.search(r'data-csrf="([^"]+)"', page)[1]
        assert self.ask("/check", {"kind": "office"})[0] == 200

    def case(self) -> dict:
        """The present case."""
        status, content = self.ask("/case")
        assert status == 200, content
        return json.loads(content)

    def answer(self, case: dict, **answers) -> tuple[int, dict]:
        """Answer it."""
        status, content = self.ask("/answer", message(case, **answers))
        return status, json.loads(content)


def message(case: dict, **answers) -> dict:
    """An answer as the page sends it; what is not given is the first possible one."""
    first = {"scale": 50, "marks": []}
    given = {q["name"]: q["options"][0] if q["kind"] == "choice" else first[q["kind"]] for q in case["questions"]}
    times = {"paint_ms": 40, "input_ms": 900, "submit_ms": 5040, "hidden_ms": 1000}
    return {"item": case["item"], "answers": given | answers, "times": times, "window": {"DES": [32768, 65536]}}
