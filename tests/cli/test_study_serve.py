"""The server as a process: killed under its readers, started again, and refused where it would be unsafe."""

import http.client
import json
import random
import shutil
import signal
import ssl
import subprocess
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from study_readers import Reader
from study_rooms import Server, new_words, sources
from vcem.cli.main import main
from vcem.study.folder import open_study
from vcem.study.record import ANSWER, Record, open_record


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
        while len(acknowledged) < target and any(thread.is_alive() for thread in threads):
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


def read_all(reader, acknowledged, troubles):
    """Enter, load every picture and answer every case; what goes wrong is kept, not raised in a thread."""
    try:
        reader.enter()
        case = reader.case()
        while case["state"] == "case":
            for image in [layer["image"] for panel in case["panels"] for layer in panel["layers"]]:
                status, grey = reader.ask(f"/image/{image}")
                assert (status, len(grey)) == (200, 2 * case["rows"] * case["columns"])
            given = {"birads": "12345"[len(acknowledged) % 5]}
            status, following = reader.answer(case, **given)
            assert status == 200, following
            acknowledged[case["item"]] = given
            case = following
        assert case["state"] == "finished"
    except Exception as error:
        troubles.append(error)


def test_ten_readers_at_once_read_a_whole_study_without_an_error(tmp_path):
    sources(tmp_path, patients=14)
    assert main(new_words(tmp_path, "real-or-synthetic", readers=10)) == 0
    server = Server(tmp_path / "study")
    acknowledged, troubles = {}, []
    threads = [
        threading.Thread(target=read_all, args=(Reader(link), acknowledged, troubles)) for link in server.links.values()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    server.stop()
    opened = open_study(tmp_path / "study")
    record = open_record(opened.folder, opened.protocol)
    stored = {e.item: e.body["answers"] for e in record.entries(ANSWER)}
    record.verify()
    record.close()
    assert troubles == []
    assert len(stored) == len(acknowledged) == len(opened.slots) == 100
    assert all(given.items() <= stored[item].items() for item, given in acknowledged.items())


@pytest.fixture
def certificate(tmp_path):
    """A self-signed certificate of this machine, made for the test."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl to make a certificate with")
    words = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-days", "1", "-keyout", "own.key", "-out", "own.pem", "-subj", "/CN=localhost",
             "-addext", "subjectAltName=IP:127.0.0.1"]  # fmt: skip
    subprocess.run(words, cwd=tmp_path, check=True, capture_output=True)
    return tmp_path / "own.pem", tmp_path / "own.key"


def test_over_tls_a_reader_reads_and_the_cookie_never_leaves_it(study, certificate):
    pem, key = certificate
    server = Server(study, "--host", "0.0.0.0", "--certificate", str(pem), "--key", str(key))
    link = server.links["Reader 1"].replace("0.0.0.0", "127.0.0.1")
    assert link.startswith("https://")
    reader = Reader(link, trust=ssl.create_default_context(cafile=pem))
    assert reader.ask(reader.path, method="POST")[0] == 303
    facts = reader.headers["set-cookie"].split("; ")
    assert {"Secure", "HttpOnly", "SameSite=strict"} <= set(facts)
    assert reader.headers["strict-transport-security"] == "max-age=86400"
    assert reader.case()["state"] == "case"
    with pytest.raises(ssl.SSLCertVerificationError):
        Reader(link, trust=ssl.create_default_context()).ask("/")
    with pytest.raises((OSError, http.client.HTTPException)):
        Reader(link.replace("https", "http")).ask("/")
    server.stop()


def test_admin_pages_have_a_port_and_a_secret_of_their_own(study):
    server = Server(study, "--admin-port", "0", "--passwords")
    (said,) = [line for line in server.said if line.startswith("admin: ")]
    base, _, secret = said.removeprefix("admin: ").partition("/#")
    assert base.startswith("http://127.0.0.1:")
    assert base != server.base
    desk = Reader(f"{base}/", {"Authorization": f"Bearer {secret}"})
    readers = json.loads(desk.ask("/progress")[1])["readers"]
    assert [r["reader"] for r in readers] == ["Reader 1", "Reader 2", "Reader 3", "Reader 4"]
    assert Reader(f"{server.base}/", {"Authorization": f"Bearer {secret}"}).ask("/progress")[0] == 404
    server.stop()
    assert server.process.returncode in (0, -signal.SIGTERM)


def test_a_clock_that_stands_before_the_log_is_told(study):
    opened = open_study(study)
    record = Record(study, opened.protocol)
    record.append(datetime.now(UTC) + timedelta(days=40), "resume", "Reader 1", "", {})
    record.close()
    server = Server(study)
    server.stop()
    assert any("set it right, washouts count by it" in line for line in server.said)


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
    assert "not a reader of this study" in capsys.readouterr().err
