import json

import pytest

from vcem.core.errors import UsageError
from vcem.engine.address import Local, Remote, place_of, refuse_open


def test_workers_of_this_machine():
    assert place_of("local:4") == Local(4, dashboard=False)
    assert place_of("local:16+dashboard") == Local(16, dashboard=True)


def test_a_scheduler_by_its_address_or_by_the_file_that_it_wrote(tmp_path):
    assert place_of("tls://head:8786") == Remote("tls://head:8786")
    assert place_of("tcp://127.0.0.1:8786") == Remote("tcp://127.0.0.1:8786")
    (tmp_path / "scheduler.json").write_text(json.dumps({"address": "tls://10.0.0.7:8786", "type": "Scheduler"}))
    assert place_of(str(tmp_path / "scheduler.json")) == Remote("tls://10.0.0.7:8786")


@pytest.mark.parametrize("text", ["local:0", "local:", "local:2+page", "scheduler.json", "head", "http://127.0.0.1:1"])
def test_what_is_no_place_is_refused(text):
    with pytest.raises(UsageError, match="local:N"):
        place_of(text)


@pytest.mark.parametrize("address", ["tcp://head:8786", "tcp://0.0.0.0:8786", "tcp://[::]:8786", "tcp://10.0.0.7:1"])
def test_beyond_this_machine_only_tls_is_spoken(address, tmp_path):
    (tmp_path / "scheduler.json").write_text(json.dumps({"address": address}))
    for text in (address, str(tmp_path / "scheduler.json")):
        with pytest.raises(UsageError, match="without a certificate"):
            place_of(text)


def test_addresses_of_this_machine_and_encrypted_ones_pass():
    refuse_open(["tcp://127.0.0.1:1", "tcp://[::1]:1", "tcp://localhost:1", "tls://0.0.0.0:1"], "The scheduler")


@pytest.mark.parametrize("content", ["[]", "{}", "no JSON"])
def test_a_file_that_no_scheduler_wrote_is_refused(content, tmp_path):
    (tmp_path / "scheduler.json").write_text(content)
    with pytest.raises(UsageError):
        place_of(str(tmp_path / "scheduler.json"))
