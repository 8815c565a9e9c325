"""TLS both ways: certificates of this machine, and whose certificates are trusted."""

import hashlib
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vcem.core.errors import UsageError
from vcem.core.recipe import strict

HANDSHAKE_S = 10.0


@strict
@dataclass(frozen=True)
class Tls:
    """Files as PEM: own `certificate` and `key`, and the `authority` that signed those of the others."""

    certificate: Path | None = None
    key: Path | None = None
    authority: Path | None = None

    def __post_init__(self) -> None:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key go together")


class _Context(ssl.SSLContext):
    """A context whose handshake ends: it is done where connections are accepted, and a silent peer would stop all."""

    def wrap_socket(self, sock: socket.socket, *args: Any, **kwargs: Any) -> ssl.SSLSocket:  # noqa: ANN401
        sock.settimeout(HANDSHAKE_S)
        wrapped = super().wrap_socket(sock, *args, **kwargs)
        wrapped.settimeout(None)
        return wrapped


def server_context(tls: Tls) -> ssl.SSLContext:
    """Return what a server needs; with an authority every caller must show a certificate that it signed.

    Raises:
        UsageError: if a file cannot be read.
    """
    context = _Context(ssl.PROTOCOL_TLS_SERVER)
    _load(context, tls)
    if tls.authority:
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def client_context(tls: Tls) -> ssl.SSLContext:
    """Return what a client needs: servers are checked by name, against the authority or else those of the system.

    Raises:
        UsageError: if a file cannot be read.
    """
    context = ssl.create_default_context() if tls.authority is None else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _load(context, tls)
    return context


def _load(context: ssl.SSLContext, tls: Tls) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        if tls.certificate:
            context.load_cert_chain(tls.certificate, tls.key)
        if tls.authority:
            context.load_verify_locations(tls.authority)
    except OSError as error:  # ssl's own errors are of that kind too
        files = ", ".join(str(f) for f in (tls.certificate, tls.key, tls.authority) if f)
        raise UsageError(
            f"One of {files} cannot be used: {error}.", "a certificate, its key and an authority as PEM"
        ) from error


def fingerprint(connection: object) -> str:
    """Return the SHA-256 of the certificate that the other side of a connection has shown, empty if none."""
    shown = connection.getpeercert(binary_form=True) if isinstance(connection, ssl.SSLSocket) else None
    return hashlib.sha256(shown).hexdigest() if shown else ""
