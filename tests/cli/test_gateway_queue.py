import pytest

from gateways import plain, write_settings
from vcem.cli.main import main
from vcem.gateway.queue import DEAD, DRAWN, FAILED, READY, WAITING, Image, Queue, Result

PACS = {"kind": "dicom", "name": "pacs", "title": "PACS", "host": "127.0.0.1", "port": 1}


@pytest.fixture
def settings(tmp_path):
    """Settings of a gateway in whose queue one image failed and one was drawn from, whose result was given up."""
    path = write_settings(tmp_path / "gateway.toml", plain(tmp_path, "model", PACS))
    (tmp_path / "gateway").mkdir()
    queue = Queue(tmp_path / "gateway")
    for uid, state in (("1.1", FAILED), ("1.2", READY)):
        queue.add(Image(uid, "1.9", "d", "", "UNIT", state, "memory is full" * (uid == "1.1"), 0, 0, 0, 0))
    queue.drawn("1.2", [Result("2.1", "pacs", "c", "1.2", "a model", DEAD, "status 0xc000", 0, 0, 0, 0, "")], 0)
    queue.close()
    return path


def states(settings):
    queue = Queue(settings.parent / "gateway")
    found = {row.uid: row.state for row in [*queue.images(), *queue.results()]}
    queue.close()
    return found


def test_what_failed_is_listed_with_its_reason(settings, capsys):
    assert main(["gateway", "queue", str(settings)]) == 0
    out = capsys.readouterr().out
    assert "1  images failed" in out
    assert "from UNIT  memory is full" in out
    assert "to pacs, by a model  status 0xc000" in out
    assert "1.2  drawn" not in out
    assert main(["gateway", "queue", str(settings), "--all"]) == 0
    assert "1.2  drawn" in capsys.readouterr().out


def test_retry_takes_all_or_those_named(settings, capsys):
    assert main(["gateway", "retry", str(settings), "2.1"]) == 0
    assert states(settings) == {"1.1": FAILED, "1.2": DRAWN, "2.1": WAITING}
    assert main(["gateway", "retry", str(settings)]) == 0
    assert states(settings) == {"1.1": READY, "1.2": DRAWN, "2.1": WAITING}
    assert capsys.readouterr().out == "1 in the queue again\n" * 2


def test_drop_takes_those_named_only(settings, capsys):
    assert main(["gateway", "drop", str(settings)]) == 2
    assert main(["gateway", "drop", str(settings), "1.2"]) == 0
    assert states(settings) == {"1.1": FAILED}
    assert capsys.readouterr().out == "2 forgotten\n"


@pytest.mark.parametrize("verb", ["retry", "drop"])
def test_a_uid_that_is_in_no_queue_is_an_error(settings, verb, capsys):
    assert main(["gateway", verb, str(settings), "1.1", "7.7"]) == 2
    assert "7.7 is in no queue" in capsys.readouterr().err
    assert states(settings)["1.1"] == FAILED


def test_a_gateway_that_never_ran_has_no_queue(tmp_path, capsys):
    path = write_settings(tmp_path / "gateway.toml", plain(tmp_path, "model"))
    assert main(["gateway", "queue", str(path)]) == 2
    assert "has no queue yet" in capsys.readouterr().err
