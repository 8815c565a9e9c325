"""Where a cluster is: workers of this machine, or a scheduler that somebody has started.

Whoever reaches a scheduler can run any program on its workers. So beyond this machine it is spoken to by TLS alone,
where both sides show a certificate.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from vcem.core.errors import UsageError
from vcem.core.files import read_json

PLACES = "local:N for N workers of this machine, tls://HEAD:8786, or the scheduler's file, such as scheduler.json"
_LOCAL = re.compile(r"local:([1-9]\d{0,3})(\+dashboard)?")


@dataclass(frozen=True)
class Local:
    """So many workers of this machine; with Dask's dashboard at 127.0.0.1:8787 if it was asked for."""

    workers: int
    dashboard: bool = False


@dataclass(frozen=True)
class Remote:
    """A scheduler's address."""

    address: str


def place_of(text: str) -> Local | Remote:
    """Return the place that `--on` names.

    Raises:
        UsageError: if it names none, or one beyond this machine without TLS.
    """
    if local := _LOCAL.fullmatch(text):
        return Local(int(local[1]), bool(local[2]))
    address = text
    if "://" not in text:
        if not Path(text).is_file():
            raise UsageError(f"--on {text} is not a place.", PLACES)
        written = read_json(Path(text), "the file that a scheduler writes with --scheduler-file")
        address = str(written.get("address", "")) if isinstance(written, dict) else ""
    refuse_open([address], "The scheduler")
    return Remote(address)


def refuse_open(addresses: Iterable[str], what: str) -> None:
    """Refuse addresses that others could reach unencrypted; `what` has them.

    Raises:
        UsageError: naming the first.
    """
    for address in addresses:
        protocol, _, rest = address.partition("://")
        if protocol not in ("tls", "tcp"):
            raise UsageError(f"{what} has the address {address!r}.", PLACES)
        if protocol == "tcp" and not _is_loopback(rest.rpartition(":")[0].strip("[]")):
            raise UsageError(
                f"{what} can be reached at {address} without a certificate: who reaches it runs any program there.",
                "tls:// beyond this machine, tcp:// at 127.0.0.1 alone",
                "start it with --protocol tls and certificates, see docs/how-to/work-on-a-cluster.md",
            )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
