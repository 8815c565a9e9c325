"""What a gateway says of itself: /healthz for who restarts it, /metrics for Prometheus.

A port that answers is not health. Unhealthy is a gateway whose threads are dead or stuck, that cannot draw, whose disk
is full, or whose oldest job is too old. That a PACS is away is noted, but a restart would not help it.
"""

import json
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import monotonic, time

from vcem.core.errors import UsageError
from vcem.gateway.audit import Audit
from vcem.gateway.intake import MB, Intake
from vcem.gateway.loops import Loop
from vcem.gateway.queue import Queue
from vcem.gateway.receive import Receiver
from vcem.gateway.settings import Gateway

STUCK_S = 3600.0
OUTSIDE = ("send ", "pull ")  # workers whose faults are of others


class Health:
    """Looks at all parts of a gateway."""

    def __init__(self, gateway: Gateway, queue: Queue, intake: Intake, audit: Audit) -> None:
        self._gateway, self._queue, self._intake, self._audit = gateway, queue, intake, audit
        self.loops: Sequence[Loop] = ()
        self.receiver: Receiver | None = None

    def look(self) -> tuple[list[str], list[str]]:
        """Return why it is not healthy, nothing if it is, and what else is to be known."""
        faults, notes = list(self._faults()), list[str]()
        for loop in self.loops:
            if loop.fault:
                (notes if loop.worker.name.startswith(OUTSIDE) else faults).append(f"{loop.worker.name}: {loop.fault}")
        return faults, notes

    def _faults(self) -> Iterator[str]:
        for loop in self.loops:
            if not loop.alive:
                yield f"{loop.worker.name} is dead"
            elif monotonic() - loop.beat > max(STUCK_S, 2 * self._gateway.draw.image_s):
                yield f"{loop.worker.name} is stuck"
        if self.receiver and not self.receiver.listening:
            yield "nobody listens"
        if self._oldest_s() > self._gateway.watch.oldest_s:
            yield f"the oldest job is {self._oldest_s():.0f} s old"
        if self._intake.free_mb() < self._gateway.limits.free_mb:
            yield f"{self._intake.free_mb():.0f} MB are free"

    def _oldest_s(self) -> float:
        oldest = self._queue.oldest()
        return 0.0 if oldest is None else max(0.0, time() - oldest)

    def metrics(self) -> str:
        """Return the figures in the text format of Prometheus 0.0.4."""
        rows = [("up", "", 1 - bool(self.look()[0])), ("oldest_seconds", "", self._oldest_s()),
                ("disk_free_bytes", "", self._intake.free_mb() * MB),
                ("draw_seconds_total", "", self._audit.draw_seconds)]  # fmt: skip
        rows += [("jobs", f'{{kind="{kind}",state="{state}"}}', n) for (kind, state), n in self._queue.counts().items()]
        rows += [("worker_up", f'{{worker="{loop.worker.name}"}}', int(loop.alive and not loop.fault))
                 for loop in self.loops]  # fmt: skip
        rows += [("events_total", f'{{event="{event}",outcome="{outcome}"}}', n)
                 for (event, outcome), n in sorted(self._audit.totals.items())]  # fmt: skip
        return "".join(f"vcem_gateway_{name}{labels} {value:.12g}\n" for name, labels, value in rows)


class Page:
    """The two pages, served until `close`."""

    def __init__(self, gateway: Gateway, health: Health) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                _answer(self, health)

            def log_message(self, *_: object) -> None:
                return

        watch = gateway.watch
        try:
            self._server = ThreadingHTTPServer((watch.host, watch.port), Handler)
        except OSError as error:
            raise UsageError(f"{watch.host}:{watch.port} cannot be used: {error.strerror}.", "a free port") from error
        self._thread = Thread(target=self._server.serve_forever, name="watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _answer(request: BaseHTTPRequestHandler, health: Health) -> None:
    if request.path == "/healthz":
        faults, notes = health.look()
        _write(request, 503 if faults else 200, "application/json", json.dumps({"faults": faults, "notes": notes}))
    elif request.path == "/metrics":
        _write(request, 200, "text/plain; version=0.0.4", health.metrics())
    else:
        _write(request, 404, "text/plain", "/healthz or /metrics\n")


def _write(request: BaseHTTPRequestHandler, status: int, kind: str, text: str) -> None:
    content = text.encode()
    request.send_response(status)
    request.send_header("Content-Type", kind)
    request.send_header("Content-Length", str(len(content)))
    request.end_headers()
    request.wfile.write(content)
