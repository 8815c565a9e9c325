"""Let scripted readers read a study through the web server, over HTTP: python read_by_scripts.py STUDY.

Washouts are not waited for: the server's clock is moved on, and all times in the log are those of that clock. Reading
times are those of a program. The results say who read.
"""

import http.client
import json
import re
import sys
import threading
import time
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import uvicorn
from observers import Observer

from vcem.study.folder import open_study
from vcem.study.record import Record
from vcem.study.web.access import Access
from vcem.study.web.address import Address
from vcem.study.web.room import Room
from vcem.study.web.server import create

DAY = timedelta(days=1)


class Clock:
    """The clock of the machine, moved on by what was not waited for."""

    moved = timedelta()

    def __call__(self):
        """The time now."""
        return datetime.now(UTC) + self.moved


class Browser:
    """What a reader's browser does: enter by the link, check the display, take a case and its pictures, answer."""

    def __init__(self, port, secret):
        self.port, self.cookie, self.csrf = port, "", ""
        self.ask(f"/enter/{secret}", method="POST")
        self.csrf = re.search(r'data-csrf="([^"]+)"', self.ask("/check").decode())[1]
        self.ask("/check", {"kind": "script"})

    def ask(self, path, body=None, method=""):
        """One request; refused ones end the reading."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            headers = {"Cookie": self.cookie, "X-CSRF": self.csrf}
            connection.request(method or ("POST" if body else "GET"), path, json.dumps(body) if body else None, headers)
            answer = connection.getresponse()
            content = answer.read()
        if answer.status >= 400:
            sys.exit(f"{path.partition('/enter')[0] or '/enter'}: {answer.status} {content.decode()[:200]}")
        self.cookie = (answer.headers["set-cookie"] or self.cookie).partition(";")[0]
        return content

    def pictures(self, case):
        """Grey values by panel title and layer name."""
        shape = case["rows"], case["columns"]
        return {
            panel["title"]: {
                layer["name"]: np.frombuffer(self.ask(f"/image/{layer['image']}"), "<u2").reshape(shape) / 65535
                for layer in panel["layers"]
            }
            for panel in case["panels"]
        }


@contextmanager
def served(room):
    """The study's own web server on a free port, in a thread."""
    with Address().listen() as bound:
        server = uvicorn.Server(uvicorn.Config(create(room), log_level="warning", access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        yield bound.getsockname()[1]
        server.should_exit = True
        thread.join()


def read(room, reader, port):
    """Read all sessions of one reader; a session that opens later is waited for by moving the clock."""
    observer, browser, count = Observer(reader.name, reader.years), enter(room, reader, port), 0
    case = json.loads(browser.ask("/case"))
    while case["state"] != "finished":
        if case["state"] == "wait":
            room.clock.moved += datetime.fromisoformat(case["until"]).replace(tzinfo=UTC) + DAY - room.clock()
            browser = enter(room, reader, port)  # the session has expired meanwhile
            case = json.loads(browser.ask("/case"))
            continue
        began = time.perf_counter()
        answers = observer.answer(case, browser.pictures(case))
        taken = max(1, round(1000 * (time.perf_counter() - began)))
        times = {"paint_ms": 0, "input_ms": taken, "submit_ms": taken, "hidden_ms": 0}
        message = {"item": case["item"], "answers": answers, "times": times, "window": {}}
        case = json.loads(browser.ask("/answer", message))
        count += 1
    return count


def enter(room, reader, port):
    """Open a new session by a new personal link."""
    return Browser(port, room.access.issue(reader.name, room.clock()))


study = open_study(Path(sys.argv[1]))
with closing(Record(study.folder, study.protocol)) as record, closing(Access(study.folder)) as access:
    room = Room(study, record, access, Clock())
    with served(room) as port:
        for reader in study.design.readers:
            print(f"{study.folder.name}: {reader.name} has read {read(room, reader, port)} cases", flush=True)
    print(f"{study.folder.name}: the log ends with {record.head()}")
