"""Where the reading room listens: this machine alone, or others by TLS; and the start of the server."""

import socket
from dataclasses import dataclass
from pathlib import Path

from starlette.types import ASGIApp

from vcem.core.errors import UsageError

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Address:
    """Where the server listens. TLS needs both files."""

    host: str = "127.0.0.1"
    port: int = 0
    certificate: Path | None = None
    key: Path | None = None

    @property
    def secure(self) -> bool:
        """Whether connections are encrypted."""
        return self.certificate is not None and self.key is not None

    @property
    def here(self) -> bool:
        """Whether this machine alone is served."""
        return self.host in LOOPBACK

    @property
    def hosts(self) -> tuple[str, ...]:
        """The host names that are answered to: another site's name must not lead to a server on this machine."""
        return LOOPBACK if self.here else ("*",)

    def base(self, bound: socket.socket) -> str:
        """Return the beginning of every link."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.secure else 'http'}://{name}:{bound.getsockname()[1]}"

    def check(self) -> None:
        """Refuse to send readings over a network in the clear.

        Raises:
            UsageError: if the host is not this machine alone and there is no certificate.
        """
        for file in (self.certificate, self.key):
            if file is not None and not file.is_file():
                raise UsageError(f"{file} is not a file.", "a certificate and its key as PEM")
        if not self.here and not self.secure:
            raise UsageError(
                f"{self.host} can be reached by others, and the connection would not be encrypted.",
                "127.0.0.1, or --certificate and --key",
            )

    def listen(self) -> socket.socket:
        """Return a bound socket.

        Raises:
            UsageError: if the port is taken or the host unknown.
        """
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        bound = socket.socket(family)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((self.host, self.port))
            bound.listen(128)  # from here on nobody is refused, though the application still starts
        except OSError as error:
            bound.close()
            raise UsageError(
                f"{self.host}:{self.port} cannot be used: {error.strerror or error}.", "a free port"
            ) from error
        return bound


@dataclass(frozen=True)
class Served:
    """An application and where it is served."""

    app: ASGIApp
    address: Address
    bound: socket.socket


def serve(*served: Served) -> None:
    """Serve until the process is told to stop. Addresses are not logged: links stand in them."""
    import asyncio

    import uvicorn

    servers = [
        (
            uvicorn.Server(
                uvicorn.Config(
                    one.app,
                    log_level="warning",
                    access_log=False,
                    server_header=False,
                    ssl_certfile=one.address.certificate,
                    ssl_keyfile=one.address.key,
                )
            ),
            one.bound,
        )
        for one in served
    ]

    async def together() -> None:
        await asyncio.gather(*(server.serve(sockets=[bound]) for server, bound in servers))

    asyncio.run(together())
