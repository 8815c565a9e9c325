"""Runs to an MLflow server, by its REST API 2.0 (https://mlflow.org/docs/latest/rest-api.html).

A run there is found again by its tag `vcem.key`. The server never overwrites a metric but adds to it, so only epochs
are sent that `vcem.epochs` says are not there; a run whose `vcem.digest` is the same is left alone.
"""

import json
import os
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import Request, urlopen

from vcem.core.errors import FailureError, UsageError
from vcem.report.tracked import Point, Tracked

API = "api/2.0/mlflow"
METRICS, PARAMS, LONGEST = 800, 100, 500  # of one request, and characters of a value; 1000 entries are allowed
TIMEOUT_S = 30
TOKEN = "MLFLOW_TRACKING_TOKEN"


class Server:
    """An MLflow server at an address."""

    def __init__(self, address: str) -> None:
        """Take the address.

        Raises:
            UsageError: if it is none of http or https.
        """
        if urlsplit(address).scheme not in ("http", "https"):
            raise UsageError(f"{address} is not an address of a server.", "http://HOST:5000 or https://…")
        self.address = address.rstrip("/")

    def get(self, what: str) -> dict[str, Any]:
        """Ask for something; {} if it is not there."""
        return self._asked(Request(f"{self.address}/{API}/{what}", headers=_headers()), absent={})

    def post(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send something, and return the answer."""
        return self._asked(Request(f"{self.address}/{API}/{what}", json.dumps(body).encode(), _headers()))

    def _asked(self, request: Request, absent: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            with urlopen(request, timeout=TIMEOUT_S) as answer:
                content: dict[str, Any] = json.load(answer)
                return content
        except HTTPError as error:
            if error.code == 404 and absent is not None:
                return absent
            why = error.read().decode(errors="replace")[:300]
            raise FailureError(f"{request.full_url} answers {error.code}: {why}.", "an MLflow server",
                               f"look at the address, and at {TOKEN} if it asks who you are") from error  # fmt: skip
        except (URLError, TimeoutError, ValueError) as error:
            raise FailureError(f"{self.address} does not answer as an MLflow server: {error}.",
                               "an MLflow server", "start it, and run the same command again") from error  # fmt: skip


def send(runs: Sequence[Tracked], server: Server, experiment: str) -> tuple[int, int]:
    """Send runs to an experiment, which is made if it is not there.

    Returns:
        How many were sent, and how many were already there.

    Raises:
        FailureError: if the server refuses or does not answer; the same command goes on.
    """
    where, sent = _experiment(server, experiment), 0
    for run in runs:
        there = _found(server, where, run)
        if there.get("vcem.digest") != run.digest:
            _send(server, where, run, there)
            sent += 1
    return sent, len(runs) - sent


def _experiment(server: Server, name: str) -> str:
    there = server.get(f"experiments/get-by-name?experiment_name={quote(name, safe='')}")
    made = there.get("experiment") or server.post("experiments/create", {"name": name})
    return str(made["experiment_id"])


def _found(server: Server, experiment: str, run: Tracked) -> dict[str, str]:
    """Return the tags of a run as the server has it, with its id as `run_id`; {} if it has it not."""
    asked = {"experiment_ids": [experiment], "filter": f"tags.`vcem.key` = '{run.key}'", "max_results": 1}
    runs = server.post("runs/search", asked).get("runs") or []
    if not runs:
        return {}
    tags = {tag["key"]: tag["value"] for tag in runs[0]["data"].get("tags", [])}
    return tags | {"run_id": runs[0]["info"]["run_id"]}


def _send(server: Server, experiment: str, run: Tracked, there: dict[str, str]) -> None:
    name = f"{run.recipe}/fold-{run.fold:02d}"
    run_id = there.get("run_id") or server.post("runs/create", {
        "experiment_id": experiment, "run_name": name, "start_time": 0,
        "tags": _pairs({"vcem.key": run.key, "mlflow.runName": name}),
    })["run"]["info"]["run_id"]  # fmt: skip
    params = iter([] if there.get("vcem.params") else run.facts.items())
    while some := dict(islice(params, PARAMS)):
        server.post("runs/log-batch", {"run_id": run_id, "params": _pairs(some)})
    for points, tags in _batches(run, there):
        metrics = [{"key": _key(p.name), "value": p.value, "timestamp": round(1000 * p.seconds), "step": p.epoch}
                   for p in points]  # fmt: skip
        server.post("runs/log-batch", {"run_id": run_id, "metrics": metrics, "tags": _pairs(tags)})
    ended = round(1000 * max((p.seconds for p in run.points), default=0))
    server.post("runs/update", {"run_id": run_id, "status": "FINISHED" if run.outcome.get("finished") == "True" else
                                "RUNNING", "end_time": ended})  # fmt: skip


def _batches(run: Tracked, there: dict[str, str]) -> Iterator[tuple[list[Point], dict[str, str]]]:
    """Yield what the server has not: whole epochs, then scores, each with tags that say so once they are there."""
    scores = [p for p in run.points if p.name.startswith("scores/")]
    curves = [p for p in run.points if not p.name.startswith("scores/") and p.epoch > int(there.get("vcem.epochs", 0))]
    batch: list[Point] = []
    for epoch in dict.fromkeys(p.epoch for p in curves):
        of_epoch = [p for p in curves if p.epoch == epoch]
        if batch and len(batch) + len(of_epoch) > METRICS:
            yield batch, {"vcem.epochs": str(batch[-1].epoch)}
            batch = []
        batch += of_epoch
    last = run.outcome | {"vcem.params": "sent", "vcem.epochs": str(run.epochs), "vcem.digest": run.digest}
    if there.get("vcem.scores"):
        scores = []
    yield [*batch, *scores], last | ({"vcem.scores": "sent"} if scores else {})


def _pairs(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"key": _key(name), "value": value[:LONGEST]} for name, value in values.items()]


def _key(name: str) -> str:
    """Return a name of letters, digits and the signs that MLflow allows."""
    return re.sub(r"[^\w. /-]", "_", name)


def _headers() -> dict[str, str]:
    token = os.environ.get(TOKEN)
    return {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
