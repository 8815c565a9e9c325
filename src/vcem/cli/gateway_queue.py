"""`vcem gateway queue`, `retry` and `drop`: what waits and what failed, and what becomes of it."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Annotated

from tyro.conf import Positional, arg

from vcem.cli.words import parse, say
from vcem.core.errors import UsageError

if TYPE_CHECKING:
    from vcem.gateway.queue import Queue

Settings = Annotated[Positional[Path], arg(metavar="SETTINGS.toml")]
Uids = Annotated[Positional[tuple[str, ...]], arg(metavar="UID...")]


@dataclass(frozen=True)
class Listing:
    """List what waits, failed or was given up, with the reason. It can be asked while the gateway runs."""

    settings: Settings
    """What vcem gateway run takes."""
    all: bool = False
    """Also what is done, and what was left out."""


@dataclass(frozen=True)
class Retry:
    """Put images that failed, and results that were given up or kept, into the queue again."""

    settings: Settings
    """What vcem gateway run takes."""
    uids: Uids = ()
    """Of images or results; all that failed if none is given."""


@dataclass(frozen=True)
class Drop:
    """Forget images with all their results, or single results. What a PACS has stays there."""

    settings: Settings
    """What vcem gateway run takes."""
    uids: Uids = ()
    """Of images or results."""


def run(words: list[str]) -> int:
    """List the queue."""
    args = parse(Listing, words, "gateway queue")
    with closing(_open(args.settings)) as queue:
        now = time()
        for (kind, state), count in sorted(queue.counts().items()):
            say(f"{count:7}  {kind}s {state}")
        done = () if args.all else ("drawn", "left out", "sent")
        for image in queue.images():
            if image.state not in done:
                say(f"image   {image.uid}  {image.state}, {_age(now - image.at)}, from {image.sender}  {image.why}")
        for result in queue.results():
            if result.state not in done:
                say(f"result  {result.uid}  {result.state}, {_age(now - result.at)}, to {result.destination}, "
                    f"by {result.model}  {result.why}")  # fmt: skip
    return 0


def run_retry(words: list[str]) -> int:
    """Put what failed into the queue again."""
    args = parse(Retry, words, "gateway retry")
    with closing(_open(args.settings)) as queue:
        _known(queue, args.uids)
        say(f"{queue.again(args.uids, time())} in the queue again")
    return 0


def run_drop(words: list[str]) -> int:
    """Forget images or results."""
    args = parse(Drop, words, "gateway drop")
    if not args.uids:
        raise UsageError("There is nothing to drop.", "UIDs of images or results", "vcem gateway queue lists them")
    with closing(_open(args.settings)) as queue:
        _known(queue, args.uids)
        say(f"{queue.drop(args.uids)} forgotten")
    return 0


def _open(settings: Path) -> "Queue":
    from vcem.gateway.queue import FILE, Queue
    from vcem.gateway.settings import read_gateway

    folder = read_gateway(settings).folder
    if not (folder / FILE).is_file():
        raise UsageError(
            f"{folder} has no queue yet.", "the folder of a gateway that ran", f"vcem gateway run {settings}"
        )
    return Queue(folder)


def _known(queue: "Queue", uids: Sequence[str]) -> None:
    strange = [uid for uid in uids if queue.image(uid) is None and not queue.is_result(uid)]
    if strange:
        raise UsageError(f"{strange[0]} is in no queue.", "UIDs of images or results", "vcem gateway queue lists them")


def _age(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"
