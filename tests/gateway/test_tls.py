import socket
import ssl
from threading import Thread

import pytest

from gateways import certificates
from vcem.core.errors import UsageError
from vcem.gateway.tls import Tls, client_context, fingerprint, server_context


def shaken(server, client, name="localhost"):
    """Do a handshake; return what each side sees of the other's certificate."""
    ours, theirs = socket.socketpair()
    seen = {}

    def serve():
        try:
            with server.wrap_socket(theirs, server_side=True) as wrapped:
                seen["client"] = fingerprint(wrapped)
                wrapped.recv(1)
        except OSError:
            seen["client"] = None

    thread = Thread(target=serve)
    thread.start()
    try:
        with client.wrap_socket(ours, server_hostname=name) as wrapped:
            seen["server"] = fingerprint(wrapped)
            wrapped.send(b"1")
            wrapped.recv(1)  # of TLS 1.3 a client hears here that its certificate was refused
    finally:
        ours.close()
        thread.join()
    return seen


def test_both_sides_show_certificates(tmp_path):
    made = certificates(tmp_path, "server", "unit")
    authority = made["authority"].certificate
    server = server_context(Tls(made["server"].certificate, made["server"].key, authority))
    client = client_context(Tls(made["unit"].certificate, made["unit"].key, authority))
    assert shaken(server, client) == {"client": made["unit"].fingerprint, "server": made["server"].fingerprint}


def test_a_server_of_another_name_or_authority_is_refused(tmp_path):
    made, strange = certificates(tmp_path / "a", "server"), certificates(tmp_path / "b", "server")
    server = server_context(Tls(made["server"].certificate, made["server"].key))
    for authority, name in ((made, "pacs.example"), (strange, "localhost")):
        with pytest.raises(ssl.SSLCertVerificationError):
            shaken(server, client_context(Tls(authority=authority["authority"].certificate)), name)


def test_a_client_without_a_certificate_is_refused_where_one_is_asked_for(tmp_path):
    made = certificates(tmp_path, "server")
    authority = made["authority"].certificate
    server = server_context(Tls(made["server"].certificate, made["server"].key, authority))
    with pytest.raises(OSError, match=r"certificate required|reset|EOF"):
        shaken(server, client_context(Tls(authority=authority)))


def test_files_that_are_no_certificates_are_errors(tmp_path):
    (tmp_path / "x.pem").write_text("nothing")
    for tls in (Tls(authority=tmp_path / "x.pem"), Tls(tmp_path / "none.pem", tmp_path / "x.pem")):
        with pytest.raises(UsageError, match="cannot be used"):
            client_context(tls)


def test_a_plain_connection_shows_no_certificate():
    one, other = socket.socketpair()
    assert fingerprint(one) == ""
    one.close()
    other.close()
