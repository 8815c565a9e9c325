"""A gateway that is killed again and again, beside a real PACS: everything comes there, and once."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

import gateway_killed
from gateways import LONG_S, in_pacs, pacs_of, plain, send, until, write_settings
from vcem.core.errors import FailureError
from vcem.gateway.queue import DRAWN, SENT, Queue

FOUR = [(1, "before"), (1, "after"), (2, "before"), (2, "after")]
KILLS = {"add": FOUR, "complete": [(1, "after")] * 4, "drawn": FOUR, "set_result": FOUR}


def start(settings, *kill):
    words = [sys.executable, gateway_killed.__file__, settings, *map(str, kill)]
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def acknowledged(datasets, port):
    """Send, as a unit that sends again what nobody took; return what was taken."""
    found = send(datasets, port) or []
    return {str(d.SOPInstanceUID) for d, status in zip(datasets, found, strict=False) if status == 0}


@pytest.mark.slow
@pytest.mark.needs("orthanc")
@pytest.mark.parametrize("method", KILLS)
def test_each_image_is_delivered_exactly_once(tmp_path, model, exam, pacs, method):
    content = plain(tmp_path, model, pacs_of(pacs), study={"quiet_s": 0.2}, draw={"tries": 10})
    settings, port = write_settings(tmp_path / "gateway.toml", content), content["receive"]["port"]
    study, taken = str(exam[0].StudyInstanceUID), set()
    for n, kill in enumerate(KILLS[method], 1):
        process = start(settings, method, *kill)

        def sent_or_killed(process=process, n=n):
            left = [d for d in exam[:n] if str(d.SOPInstanceUID) not in taken]
            taken.update(acknowledged(left, port) if left else ())
            return process.poll() is not None

        until(sent_or_killed)
        assert process.returncode == -signal.SIGKILL, process.communicate()[1]
        process.stderr.close()
    process = start(settings)
    until(lambda: taken.update(acknowledged(exam, port)) or len(taken) == 4)
    until(lambda: len(in_pacs(pacs, study)) >= 8)
    until(lambda: not open_jobs(content))
    process.send_signal(signal.SIGTERM)
    assert process.wait(LONG_S) == 0
    process.stderr.close()
    assert len(in_pacs(pacs, study)) == len(set(in_pacs(pacs, study))) == 8
    files = [path.name for path in Path(content["folder"]).rglob("*") if path.is_file()]
    assert not [name for name in files if "partial" in name]
    assert len([name for name in files if name.endswith(".dcm")]) == 12, "four images, and two objects of each"


def open_jobs(content):
    queue = Queue(Path(content["folder"]))
    try:
        return [row for row in [*queue.images(), *queue.results()] if row.state not in (DRAWN, SENT)]
    except FailureError:
        return True
    finally:
        queue.close()
