"""What a gateway is set to do: one TOML file, read strictly, every field with its unit in its name.

The fields are explained in docs/reference/recipes.md.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from vcem.core import recipe as recipes
from vcem.core.recipe import BY_KIND, Count, FolderName, NotNegative, Positive, strict
from vcem.gateway.tls import Tls

LOOPBACK = ("127.0.0.1", "localhost", "::1")
LONGEST_TITLE = 16


@strict
@dataclass(frozen=True)
class Caller:
    """Who may send: a calling AE title, with the address it calls from, or the SHA-256 of its TLS certificate."""

    title: str
    address: str | None = None
    certificate: str | None = None

    def __post_init__(self) -> None:
        _title(self.title)
        if (self.address is None) == (self.certificate is None):
            raise ValueError(f"caller {self.title} needs an address or a certificate: a title alone proves nothing")


@strict
@dataclass(frozen=True)
class Receive:
    """Where images come in by C-STORE."""

    title: str = "VCEM"
    host: str = "127.0.0.1"
    port: int = 11112
    callers: tuple[Caller, ...] = ()
    associations: Count = 20
    timeout_s: Positive = 60
    tls: Tls | None = None

    def __post_init__(self) -> None:
        _title(self.title)
        if self.tls and not self.tls.certificate:
            raise ValueError("a server needs its own certificate for TLS")
        if any(c.certificate for c in self.callers) and not (self.tls and self.tls.authority):
            raise ValueError("callers are known by certificate only with tls.authority, which says whose are trusted")


@strict
@dataclass(frozen=True)
class Study:
    """A study is drawn from when nothing came for `quiet_s`, or `limit_s` after its first image."""

    quiet_s: NotNegative = 60
    limit_s: Positive = 1800


@strict
@dataclass(frozen=True)
class Draw:
    """How images are drawn; `memory_mb` is the most that the drawing process may hold, `tries` counts crashes.

    `label` also makes a presentation state that shows "research only" over each image.
    """

    size: int | str | None = None
    device: Literal["auto", "cpu", "cuda"] = "cpu"
    threads: Count = 1
    memory_mb: Count = 8000
    image_s: Positive = 600
    tries: Count = 2
    label: bool = True
    rules: Path | None = None


@strict
@dataclass(frozen=True)
class Retry:
    """The n-th try waits `first_s` * 2**(n-1), `most_s` at most, half to once and a half of it; an end after hours."""

    first_s: Positive = 5
    most_s: Positive = 600
    give_up_h: Positive = 72


@strict
@dataclass(frozen=True)
class DicomDestination:
    """A PACS that takes C-STORE. With `commitment` it must also promise to keep each image, where it offers that."""

    kind: Literal["dicom"]
    name: FolderName
    title: str
    host: str
    port: int
    commitment: bool = False
    commitment_s: Positive = 600
    timeout_s: Positive = 60
    tls: Tls | None = None

    def __post_init__(self) -> None:
        _title(self.title)


@strict
@dataclass(frozen=True)
class Web:
    """A DICOMweb server; the password is the first line of `password_file`, which only its owner may read."""

    url: str
    user: str | None = None
    password_file: Path | None = None
    timeout_s: Positive = 60
    tls: Tls | None = None

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise ValueError(f"url begins with http:// or https://, not as {self.url}")
        if (self.user is None) != (self.password_file is None):
            raise ValueError("user and password_file go together")


@strict
@dataclass(frozen=True)
class WebDestination:
    """A PACS that takes STOW-RS."""

    kind: Literal["web"]
    name: FolderName
    web: Web


Destination = Annotated[DicomDestination | WebDestination, BY_KIND]


@strict
@dataclass(frozen=True)
class Pull:
    """A DICOMweb server that is asked every `poll_s` for mammograms of the last `days` days."""

    name: FolderName
    web: Web
    poll_s: Positive = 60
    days: Count = 2


@strict
@dataclass(frozen=True)
class Watch:
    """Where /healthz and /metrics are; a job older than `oldest_s` is no health."""

    host: str = "127.0.0.1"
    port: int = 9112
    oldest_s: Positive = 7200


@strict
@dataclass(frozen=True)
class Limits:
    """What is refused (0xA700) so that the disk never fills, and how long files and rows are kept."""

    free_mb: NotNegative = 2000
    waiting: Count = 20_000
    image_mb: Count = 512
    keep_days: NotNegative = 7
    rows_days: NotNegative = 365


@strict
@dataclass(frozen=True)
class Gateway:
    """All of it. `dry_run` draws and keeps results, and sends nothing."""

    folder: Path
    model: str
    receive: Receive | None = None
    study: Study = Study()
    draw: Draw = Draw()
    retry: Retry = Retry()
    destinations: tuple[Destination, ...] = ()
    pulls: tuple[Pull, ...] = ()
    watch: Watch = Watch()
    limits: Limits = Limits()
    dry_run: bool = False

    def __post_init__(self) -> None:
        if self.receive is None and not self.pulls:
            raise ValueError("nothing comes in: it needs a table receive, or pulls")
        if self.receive and not self.receive.callers:
            raise ValueError("receive.callers is empty, so that nobody may send")
        names = [d.name for d in self.destinations]
        if len(set(names)) < len(names):
            raise ValueError("two destinations have one name")


def read_gateway(path: Path) -> Gateway:
    """Read the settings of a gateway.

    Raises:
        UsageError: if the file is missing, is not TOML, or a field is wrong; the error lists every wrong field.
    """
    return recipes.load(path, Gateway)


def _title(title: str) -> None:
    if not 0 < len(title.strip()) <= LONGEST_TITLE or not title.isascii() or "\\" in title:
        raise ValueError(f"an AE title has 1 to {LONGEST_TITLE} plain characters, unlike {title!r}")
