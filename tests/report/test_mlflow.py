import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from runs_tree import write_runs
from vcem.core.errors import FailureError, UsageError
from vcem.report.mlflow import Server, send
from vcem.report.tracked import tracked_below


class Mlflow(BaseHTTPRequestHandler):
    """The rules of MLflow's REST API 2.0 as its reference tells them; it adds every metric that it is sent."""

    def do_GET(self):
        url = urlsplit(self.path)
        name = parse_qs(url.query)["experiment_name"][0]
        assert url.path == "/api/2.0/mlflow/experiments/get-by-name"
        if name in self.server.experiments:
            return self.answer({"experiment": {"experiment_id": self.server.experiments[name], "name": name}})
        return self.answer({"error_code": "RESOURCE_DOES_NOT_EXIST"}, 404)

    def do_POST(self):
        assert self.headers["Content-Type"] == "application/json"
        content = self.rfile.read(int(self.headers["Content-Length"]))
        assert len(content) < 1_000_000
        self.server.asked.append((self.path, self.headers.get("Authorization")))
        if len(self.server.asked) == self.server.refuse_at:
            return self.answer({"error_code": "INTERNAL_ERROR"}, 500)
        act = getattr(self, self.path.removeprefix("/api/2.0/mlflow/").replace("/", "_").replace("-", "_"))
        return act(**json.loads(content))

    def experiments_create(self, name):
        self.server.experiments[name] = str(len(self.server.experiments) + 1)
        self.answer({"experiment_id": self.server.experiments[name]})

    def runs_search(self, experiment_ids, filter, max_results):  # noqa: A002 (the API's word)
        key = filter.removeprefix("tags.`vcem.key` = '").removesuffix("'")
        found = [r for r in self.server.runs.values() if r["tags"]["vcem.key"] == key][:max_results]
        tags = [[{"key": k, "value": v} for k, v in r["tags"].items()] for r in found]
        runs = [{"info": {"run_id": r["id"]}, "data": {"tags": t}} for r, t in zip(found, tags, strict=True)]
        self.answer({"runs": runs} if runs else {})

    def runs_create(self, experiment_id, run_name, start_time, tags):
        run_id = f"run{len(self.server.runs)}"
        self.server.runs[run_id] = {"id": run_id, "name": run_name, "metrics": [], "params": {}, "status": "RUNNING",
                                    "tags": {t["key"]: t["value"] for t in tags}}  # fmt: skip
        self.answer({"run": {"info": {"run_id": run_id}, "data": {}}})

    def runs_log_batch(self, run_id, metrics=(), params=(), tags=()):
        run = self.server.runs[run_id]
        assert len(metrics) <= 1000
        assert len(params) <= 100
        assert len(tags) <= 100
        assert len(metrics) + len(params) + len(tags) <= 1000
        for param in params:
            if run["params"].setdefault(param["key"], param["value"]) != param["value"]:
                return self.answer({"error_code": "INVALID_PARAMETER_VALUE", "message": "a param is changed"}, 400)
        run["metrics"] += [(m["key"], m["step"], m["timestamp"], m["value"]) for m in metrics]
        run["tags"] |= {t["key"]: t["value"] for t in tags}
        return self.answer({})

    def runs_update(self, run_id, status, end_time):
        self.server.runs[run_id]["status"] = status
        self.answer({"run_info": {"run_id": run_id}})

    def answer(self, body, code=200):
        self.send_response(code)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Mlflow) as server:
        server.experiments, server.runs, server.asked, server.refuse_at = {}, {}, [], 0
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def runs(tmp_path):
    write_runs(tmp_path, ["small-pix2pix", "small-cyclegan"], folds=2, patients=3)
    return tmp_path


def to(server):
    return Server(f"http://127.0.0.1:{server.server_port}/")


def metrics_of(run):
    return sorted((p.name, p.epoch, round(1000 * p.seconds), p.value) for p in run.points)


def sent(server):
    return {r["tags"]["vcem.key"]: sorted(r["metrics"]) for r in server.runs.values()}


def test_all_of_each_run_is_sent_once_however_often_the_command_is_run(runs, server):
    tracked = tracked_below([runs])
    assert send(tracked, to(server), "women") == (4, 0)
    expected = {run.key: metrics_of(run) for run in tracked}
    assert sent(server) == expected
    assert {r["name"] for r in server.runs.values()} >= {"small-pix2pix/fold-00", "small-cyclegan/fold-01"}
    assert send(tracked_below([runs]), to(server), "women") == (0, 4)
    assert sent(server) == expected
    assert server.experiments == {"women": "1"}


def test_of_a_run_that_has_learned_more_only_the_new_epochs_are_sent(runs, server):
    log = runs / "small-pix2pix/fold-00/log.jsonl"
    whole = log.read_text()
    log.write_text("".join(whole.splitlines(keepends=True)[:5]))
    (runs / "small-pix2pix/fold-00/scores.csv").rename(runs / "scores.csv")
    send(tracked_below([runs]), to(server), "vcem")
    log.write_text(whole)
    (runs / "scores.csv").rename(runs / "small-pix2pix/fold-00/scores.csv")
    assert send(tracked_below([runs]), to(server), "vcem") == (1, 3)
    assert sent(server) == {run.key: metrics_of(run) for run in tracked_below([runs])}


@pytest.mark.parametrize("request_number", range(2, 12))
def test_a_command_that_is_stopped_anywhere_goes_on_without_doubles(runs, server, request_number):
    server.refuse_at = request_number
    with pytest.raises(FailureError, match="answers 500"):
        send(tracked_below([runs]), to(server), "vcem")
    send(tracked_below([runs]), to(server), "vcem")
    assert sent(server) == {run.key: metrics_of(run) for run in tracked_below([runs])}


def test_a_long_training_goes_in_several_requests(runs, server):
    log = runs / "small-pix2pix/fold-00/log.jsonl"
    line = json.loads(log.read_text().splitlines()[0])
    log.write_text("".join(json.dumps(line | {"epoch": epoch}) + "\n" for epoch in range(1, 501)))
    [run] = tracked_below([runs / "small-pix2pix/fold-00"])
    send([run], to(server), "vcem")
    assert sent(server) == {run.key: metrics_of(run)}


def test_a_token_is_shown_and_wrong_addresses_are_told(runs, server, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "secret")
    send(tracked_below([runs])[:1], to(server), "vcem")
    assert {who for _, who in server.asked} == {"Bearer secret"}
    with pytest.raises(UsageError, match="not an address"):
        Server("file:///etc/passwd")
    with pytest.raises(FailureError, match="does not answer"):
        send(tracked_below([runs]), Server("http://127.0.0.1:9"), "vcem")
