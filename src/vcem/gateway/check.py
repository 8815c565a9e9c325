"""Whether a gateway could work as it is set: the model, the disk, and everybody it speaks with, each tried once."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from vcem.core.errors import FailureError, VcemError
from vcem.gateway.draw import model_named
from vcem.gateway.intake import MB
from vcem.gateway.service import doors
from vcem.gateway.settings import LOOPBACK, Gateway
from vcem.gateway.tls import server_context
from vcem.gateway.web import WebDoor


@dataclass(frozen=True)
class Found:
    """One thing that was tried: what it is, whether it works, and what was found."""

    what: str
    works: bool
    found: str


def check(gateway: Gateway) -> Iterator[Found]:
    """Try everything once; nothing is sent but C-ECHO and questions."""
    yield _tried("model", lambda: model_named(gateway))
    yield _tried("folder", lambda: _room(gateway))
    if gateway.receive:
        yield _tried("receive", lambda: _door(gateway))
    for pull in gateway.pulls:
        yield _tried(f"pull {pull.name}", WebDoor(pull.web).check)
    for name, door in doors(gateway, lambda _: None).items():
        yield _tried(f"send {name}", door.check)


def _tried(what: str, trial: Callable[[], str]) -> Found:
    try:
        return Found(what, True, trial())
    except VcemError as error:
        return Found(what, False, " ".join(str(error).split()))


def _room(gateway: Gateway) -> str:
    gateway.folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(gateway.folder).free / MB
    if free < gateway.limits.free_mb:
        raise FailureError(
            f"{free:.0f} MB are free in {gateway.folder}.", f"limits.free_mb, {gateway.limits.free_mb:g}"
        )
    return f"{free:.0f} MB are free in {gateway.folder}"


def _door(gateway: Gateway) -> str:
    settings = gateway.receive
    assert settings is not None
    who = ", ".join(f"{c.title} by {'certificate' if c.certificate else c.address}" for c in settings.callers)
    if settings.tls:
        server_context(settings.tls)
        return f"TLS on {settings.host}:{settings.port}, from {who}"
    open_to = "" if settings.host in LOOPBACK else "; beware: not encrypted, and an address can be forged"
    return f"{settings.host}:{settings.port}, from {who}{open_to}"
