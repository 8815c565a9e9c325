import pytest

from vcem.core.errors import UsageError
from vcem.study.web.address import LOOPBACK, Address


def test_others_are_let_in_only_by_tls(tmp_path):
    with pytest.raises(UsageError, match="would not be encrypted"):
        Address("0.0.0.0").check()
    with pytest.raises(UsageError, match="not a file"):
        Address("0.0.0.0", 0, tmp_path / "no.pem", tmp_path / "no.key").check()
    for file in ("a.pem", "a.key"):
        (tmp_path / file).touch()
    open_to_others = Address("0.0.0.0", 0, tmp_path / "a.pem", tmp_path / "a.key")
    open_to_others.check()
    assert (open_to_others.secure, open_to_others.hosts) == (True, ("*",))
    with pytest.raises(UsageError, match="would not be encrypted"):
        Address("0.0.0.0", 0, tmp_path / "a.pem").check()


def test_this_machine_needs_no_tls_and_answers_to_its_own_names_only():
    Address().check()
    assert (Address().secure, Address().hosts) == (False, LOOPBACK)


def test_links_begin_with_what_is_bound():
    for host, name in (("127.0.0.1", "127.0.0.1"), ("::1", "[::1]")):
        with Address(host).listen() as bound:
            assert Address(host).base(bound) == f"http://{name}:{bound.getsockname()[1]}"


def test_a_taken_port_is_told():
    with Address().listen() as bound, pytest.raises(UsageError, match="cannot be used"):
        Address(port=bound.getsockname()[1]).listen()
