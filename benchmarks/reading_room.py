"""Ten readers at once in the reading room, beside plain file servers that send the same pictures.

Each reader enters, checks the display, and reads every case: picture, answer, next case, over one connection kept
open, as fast as the server lets it. The pictures are as large as a native mammogram. The peers are Starlette's
StaticFiles under the same web server, and Python's own threaded http.server: they know no reader, write no log and wait
for no disk, and their readers ask for nothing but pictures. Compared are pictures a second, so that our readers'
answers count against us. Server and readers share the machine. At the end every acknowledged answer must be in a log
that holds.

    python benchmarks/reading_room.py [--readers N] [--cases N] [--rows N] [--columns N]
"""

import argparse
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np

from vcem.study.design import Cases, Design, Reader, RealOrSynthetic
from vcem.study.folder import Slot, Study
from vcem.study.hanging import Layer, Panel
from vcem.study.record import ANSWER, Record
from vcem.study.schedule import Phase
from vcem.study.web.access import Access
from vcem.study.web.address import Address, Served, serve
from vcem.study.web.room import Room
from vcem.study.web.server import create

PICTURES = 8
PEERS = ("StaticFiles", "http.server")
PROTOCOL = "0" * 64


@dataclass
class Took:
    """Seconds of each request of one reader, and what went wrong."""

    image: list[float] = field(default_factory=list)
    answer: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    acknowledged: set[str] = field(default_factory=set)


def main() -> None:
    args = arguments()
    if args.serve:
        return run_server(args)
    with tempfile.TemporaryDirectory() as where:
        make_pictures(Path(where), args)
        size = 2 * args.rows * args.columns / 1e6
        print(
            f"{args.readers} readers, {args.cases} cases each, {args.rows} x {args.columns} ({size:.1f} MB a picture)"
        )
        ours = measure("ours", Path(where), args)
        for peer in PEERS:
            print(f"pictures a second, ours to {peer}: {ours / measure(peer, Path(where), args):.2f}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    for name, default in (("readers", 10), ("cases", 100), ("rows", 2850), ("columns", 2396)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--serve", choices=("ours", *PEERS), help=argparse.SUPPRESS)
    parser.add_argument("--where", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def make_pictures(where: Path, args: argparse.Namespace) -> None:
    (where / "pictures").mkdir()
    rng = np.random.default_rng(0)
    for n in range(PICTURES):
        grey = rng.integers(0, 65536, (args.rows, args.columns), dtype=np.uint16)
        (where / "pictures" / f"{n:016x}.grey").write_bytes(grey.tobytes())


def study(args: argparse.Namespace) -> Study:
    """A study of so many readers and cases over few pictures, each under a name of its own."""
    people = tuple(Reader(f"r{n}", 10.0) for n in range(args.readers))
    design = Design("speed", 0, people, Cases(args.cases), RealOrSynthetic("real-or-synthetic", "cyclegan"))
    slots = tuple(slot(n, k) for n in range(args.readers) for k in range(args.cases))
    return Study(args.where, design, PROTOCOL, PROTOCOL, args.rows, args.columns, "simulated", slots)


def slot(n: int, k: int) -> Slot:
    name = f"{n:08x}{k:08x}"
    layer = Layer("DES", name, f"{(n + k) % PICTURES:016x}")
    return Slot(name, f"r{n}", 1, k + 1, Phase.READING, "", (Panel("DES", 0, 0, "", 1.0, (layer,)),))


def run_server(args: argparse.Namespace) -> None:
    if args.serve == "http.server":
        return run_http_server(args.where / "pictures")
    address = Address()
    bound = address.listen()
    if args.serve == "StaticFiles":
        from starlette.applications import Starlette
        from starlette.routing import Mount
        from starlette.staticfiles import StaticFiles

        app, links = Starlette(routes=[Mount("/", StaticFiles(directory=args.where / "pictures"))]), []
    else:
        opened = study(args)
        access = Access(args.where)
        room = Room(opened, Record(args.where, PROTOCOL), access, lambda: datetime.now(UTC))
        app = create(room)
        links = [access.issue(r.name, room.clock()) for r in opened.design.readers]
    print(json.dumps({"port": bound.getsockname()[1], "links": links}), flush=True)
    serve(Served(app, address, bound))


def run_http_server(folder: Path) -> None:
    class Quiet(SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # keeps connections open, as ours does

        def log_message(self, *said) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        print(json.dumps({"port": server.server_address[1], "links": []}), flush=True)
        server.serve_forever()


def measure(side: str, where: Path, args: argparse.Namespace) -> float:
    """Let all readers read at once, print what they met, and return the pictures a second."""
    words = [sys.executable, __file__, "--serve", side, "--where", str(where)]
    words += [f"--{name}={getattr(args, name)}" for name in ("readers", "cases", "rows", "columns")]
    server = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    told = json.loads(server.stdout.readline())
    took = [Took() for _ in range(args.readers)]
    jobs = [
        (read_ours, (told["port"], told["links"][n], took[n], args)) if side == "ours" else
        (read_peer, (told["port"], n, took[n], args))
        for n in range(args.readers)
    ]  # fmt: skip
    threads = [threading.Thread(target=caught, args=(act, given)) for act, given in jobs]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    server.send_signal(signal.SIGTERM)
    server.wait(20)
    return report(side, took, seconds, where)


def caught(act, given) -> None:
    try:
        act(*given)
    except Exception as error:
        given[2].errors.append(repr(error))


def ask(connection, into, method: str, path: str, body=None, headers=None):
    """One request; seconds, status and content, the content of a picture staying in its buffer."""
    began = time.perf_counter()
    connection.request(method, path, None if body is None else json.dumps(body), headers or {})
    answer = connection.getresponse()
    if path.startswith("/image") or path.endswith(".grey"):
        got = 0
        while read := answer.readinto(into[got:]):
            got += read
        content = got
    else:
        content = answer.read()
    return time.perf_counter() - began, answer, content


def connect(port: int):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.connect()
    connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def read_ours(port: int, link: str, took: Took, args: argparse.Namespace) -> None:
    connection, into = connect(port), memoryview(bytearray(2 * args.rows * args.columns))
    _, answer, _ = ask(connection, into, "POST", f"/enter/{link}")
    headers = {"Cookie": str(answer.headers["set-cookie"]).partition(";")[0]}
    _, _, page = ask(connection, into, "GET", "/check", None, headers)
    headers["X-CSRF"] = re.search(r'data-csrf="([^"]+)"', page.decode())[1]
    ask(connection, into, "POST", "/check", {"kind": "office"}, headers)
    case = json.loads(ask(connection, into, "GET", "/case", None, headers)[2])
    while case["state"] == "case":
        image = case["panels"][0]["layers"][0]["image"]
        seconds, answer, got = ask(connection, into, "GET", f"/image/{image}", None, headers)
        took.image.append(seconds)
        check(took, answer.status, got == len(into))
        given = {"real": "real", "confidence": 50, "birads": "4"}
        times = {"paint_ms": 1, "input_ms": 2, "submit_ms": 3, "hidden_ms": 0}
        body = {"item": case["item"], "answers": given, "times": times, "window": {"DES": [32768, 65536]}}
        seconds, answer, content = ask(connection, into, "POST", "/answer", body, headers)
        took.answer.append(seconds)
        check(took, answer.status, True)
        took.acknowledged.add(case["item"])
        case = json.loads(content)


def read_peer(port: int, n: int, took: Took, args: argparse.Namespace) -> None:
    connection, into = connect(port), memoryview(bytearray(2 * args.rows * args.columns))
    for k in range(args.cases):
        seconds, answer, got = ask(connection, into, "GET", f"/{(n + k) % PICTURES:016x}.grey")
        took.image.append(seconds)
        check(took, answer.status, got == len(into))


def check(took: Took, status: int, whole: bool) -> None:
    if status != 200 or not whole:
        took.errors.append(f"status {status}")


def report(side: str, took: list[Took], seconds: float, where: Path) -> float:
    errors = [e for t in took for e in t.errors]
    count = sum(len(t.image) + len(t.answer) for t in took)
    print(
        f"{side}: {count} requests in {seconds:.1f} s, {count / seconds:.1f} a second, "
        f"{len(errors)} errors {errors[:2]}"
    )
    for name in ("image", "answer"):
        if all(getattr(t, name) for t in took):
            told(name, [getattr(t, name) for t in took])
    if side == "ours":
        record = Record(where, PROTOCOL)
        last = record.verify()
        lost = set().union(*(t.acknowledged for t in took)) - {e.item for e in record.entries(ANSWER)}
        record.close()
        print(f"  the chain holds: {last.n if last else 0} entries, {len(lost)} acknowledged answers lost")
    return sum(len(t.image) for t in took) / seconds


def told(name: str, by_reader: list[list[float]]) -> None:
    ms = [1000 * np.array(own) for own in by_reader]
    p50, p95 = np.percentile(np.concatenate(ms), [50, 95])
    first, last = (
        np.percentile(np.concatenate([own[part] for own in ms]), 95) for part in (slice(10), slice(-10, None))
    )
    print(
        f"  {name}: median {p50:.1f} ms, 95th percentile {p95:.1f} ms; of the first ten cases "
        f"{first:.1f}, of the last ten {last:.1f}"
    )


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
