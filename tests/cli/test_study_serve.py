"""The server as a process: killed under its readers, started again, and refused where it would be unsafe."""

import random
import signal
import threading
import time

import pytest

from study_readers import Reader
from study_rooms import Server, new_words, sources
from vcem.cli.main import main
from vcem.study.folder import open_study
from vcem.study.record import ANSWER, open_record


@pytest.fixture
def study(tmp_path):
    sources(tmp_path, patients=24)
    assert main(new_words(tmp_path, "real-or-synthetic", readers=4, count=20)) == 0
    return tmp_path / "study"


def read_until_killed(reader, acknowledged, rng):
    """Read on; whatever was acknowledged is kept. The connection breaks when the server dies."""
    try:
        case = reader.case()
        while case["state"] == "case":
            given = {"real": rng.choice(["real", "synthetic"]), "birads": rng.choice("12345")}
            status, following = reader.answer(case, **given)
            assert status == 200
            acknowledged[case["item"]] = given
            case = following
    except (OSError, EOFError, ValueError):
        return
    except Exception as error:  # http.client has many names for a broken connection
        if type(error).__module__ != "http.client":
            raise


def test_kill_9_under_four_readers_loses_no_acknowledged_answer(study):
    acknowledged, readers = {}, []
    server = Server(study)
    readers = [Reader(link) for link in server.links.values()]
    for reader in readers:
        reader.enter()
    for kill in range(3):
        threads = [
            threading.Thread(target=read_until_killed, args=(r, acknowledged, random.Random(n)))
            for n, r in enumerate(readers)
        ]
        for thread in threads:
            thread.start()
        target = len(acknowledged) + 12
        end = time.monotonic() + 20
        while len(acknowledged) < target and time.monotonic() < end:
            time.sleep(0.005)
        server.stop(signal.SIGKILL)
        for thread in threads:
            thread.join()
        assert len(acknowledged) >= target, kill
        server = Server(study, port=server.port)
    server.stop()
    opened = open_study(study)
    record = open_record(study, opened.protocol)
    stored = {e.item: e.body["answers"] for e in record.entries(ANSWER)}
    record.verify()
    record.close()
    assert all(given.items() <= stored[item].items() for item, given in acknowledged.items())
    assert len(stored) <= len(acknowledged) + 3 * 4  # at most what was under way when it died


def test_the_links_and_the_address_are_printed_and_the_host_must_be_safe(study, capsys):
    server = Server(study)
    assert list(server.links) == ["Reader 1", "Reader 2", "Reader 3", "Reader 4"]
    reader = Reader(server.links["Reader 1"])
    reader.enter()
    assert "server" not in {name.lower() for name in reader.headers}
    server.stop()
    again = Server(study, "--invite", "Reader 1")
    assert list(again.links) == ["Reader 1"]
    again.stop()
    assert main(["study", "serve", str(study), "--host", "0.0.0.0"]) == 2
    assert "would not be encrypted" in capsys.readouterr().err
    assert main(["study", "serve", str(study), "--port", "0", "--invite", "Nobody"]) == 2
    assert "no reader of this study" in capsys.readouterr().err
