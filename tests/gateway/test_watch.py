import json
import os
import re
import signal
import urllib.error
import urllib.request

from gateways import plain, running, scripted_pacs, send, until


def page(content, name):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{content['watch']['port']}/{name}") as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def health(content):
    status, text = page(content, "healthz")
    return status, json.loads(text)


def test_a_gateway_at_work_is_healthy_and_counts_what_it_does(tmp_path, model, exam):
    with scripted_pacs() as (pacs, came):
        content = plain(tmp_path, model, pacs)
        with running(content):
            send(exam, content["receive"]["port"])
            until(lambda: len(came) == 8)
            until(lambda: 'jobs{kind="result",state="sent"} 8' in page(content, "metrics")[1])
            assert health(content) == (200, {"faults": [], "notes": []})
            _, text = page(content, "metrics")
            assert page(content, "else")[0] == 404
    assert 'vcem_gateway_events_total{event="received",outcome="0x0000"} 4' in text
    assert 'vcem_gateway_worker_up{worker="draw"} 1' in text
    assert "vcem_gateway_up 1" in text
    assert re.search(r"vcem_gateway_draw_seconds_total \d+\.\d+", text)
    assert re.search(r"vcem_gateway_disk_free_bytes \d+", text)
    assert all(re.fullmatch(r"vcem_gateway_[a-z_]+(\{[a-z_]+=.*\})? \S+", line) for line in text.splitlines())


def test_a_worker_that_does_nothing_is_no_health_though_the_port_answers(tmp_path, model, exam):
    content = plain(tmp_path, model)
    content["watch"]["oldest_s"] = 0.5
    with running(content) as service:
        until(lambda: service.drawer.pid)
        os.kill(pid := service.drawer.pid, signal.SIGSTOP)
        send(exam[:1], content["receive"]["port"])
        _, said = until(lambda: (found := health(content))[0] == 503 and found)
        os.kill(pid, signal.SIGKILL)
    assert re.match(r"the oldest job is \d+ s old", said["faults"][0])


def test_a_gateway_that_cannot_draw_or_is_dead_is_no_health(tmp_path):
    content = plain(tmp_path, tmp_path / "nowhere")
    with running(content) as service:
        until(lambda: "No model can be opened" in str(health(content)[1]["faults"]))
        assert "vcem_gateway_up 0\n" in page(content, "metrics")[1]
        loop = next(loop for loop in service.health.loops if loop.worker.name == "keep")
        loop.ask_to_stop()
        loop.join()
        assert "keep is dead" in health(content)[1]["faults"]
        service.health.receiver.close()
        assert "nobody listens" in health(content)[1]["faults"]
        service.health.receiver = None


def test_a_full_disk_is_no_health(tmp_path, model):
    with running(plain(tmp_path, model, limits={"free_mb": 1e12})) as service:
        assert "MB are free" in service.health.look()[0][-1]


def test_that_a_pacs_is_away_is_noted(tmp_path, model, exam):
    with scripted_pacs() as (pacs, _):
        pass
    content = plain(tmp_path, model, pacs)
    with running(content):
        send(exam[:1], content["receive"]["port"])
        until(lambda: "send pacs: pacs cannot be reached" in str(health(content)[1]["notes"]))
        assert health(content)[0] == 200
