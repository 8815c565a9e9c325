"""A running gateway: its parts and their threads, from the first to the last step."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial

from vcem.core.lock import locked
from vcem.dicom.exchange import Commitment
from vcem.gateway.audit import Audit
from vcem.gateway.dimse import DicomDoor
from vcem.gateway.draw import Drawer
from vcem.gateway.intake import Intake
from vcem.gateway.keep import Keeper, sweep
from vcem.gateway.loops import Loop, Worker
from vcem.gateway.pull import Puller
from vcem.gateway.queue import Queue
from vcem.gateway.receive import Receiver
from vcem.gateway.send import Door, Sender, note_commitment
from vcem.gateway.settings import Destination, Gateway, WebDestination
from vcem.gateway.watch import Health, Page
from vcem.gateway.web import WebDoor

TITLE = "VCEM"
GRACE_S = 30.0


@dataclass(frozen=True)
class Service:
    """What runs: for who looks at it from outside."""

    queue: Queue
    drawer: Drawer
    health: Health


def doors(gateway: Gateway, committed: Callable[[Commitment], None]) -> dict[str, Door]:
    """Return the ways to all destinations."""
    return {d.name: _door(d, gateway, committed) for d in gateway.destinations}


def _door(destination: Destination, gateway: Gateway, committed: Callable[[Commitment], None]) -> Door:
    if isinstance(destination, WebDestination):
        return WebDoor(destination.web)
    return DicomDoor(destination, gateway.receive.title if gateway.receive else TITLE, committed)


@contextmanager
def serving(gateway: Gateway) -> Iterator[Service]:
    """Run a gateway as long as the block lasts; steps under way are brought to their end.

    Raises:
        UsageError: if another one runs in its folder, or a port is taken.
    """
    with ExitStack() as parts, locked(gateway.folder, "running a gateway"):
        sweep(gateway.folder)
        audit = Audit(gateway.folder)
        queue = parts.enter_context(closing(Queue(gateway.folder)))
        drawer = parts.enter_context(closing(Drawer(gateway, queue, audit)))
        intake = Intake(gateway.folder, queue, gateway.limits, audit)
        health = Health(gateway, queue, intake, audit)
        parts.enter_context(closing(Page(gateway, health)))
        committed = partial(note_commitment, queue, audit, gateway.retry)
        workers: list[Worker] = [drawer, Keeper(gateway, queue, audit)]
        workers += [Puller(pull, intake, queue) for pull in gateway.pulls]
        if not gateway.dry_run:
            ways = doors(gateway, committed)
            workers += [Sender(gateway, name, door, queue, audit) for name, door in ways.items()]
        health.loops = [Loop(worker, audit) for worker in workers]
        parts.callback(_end, health.loops, drawer)
        for loop in health.loops:
            loop.start()
        if gateway.receive:
            health.receiver = Receiver(gateway.receive, intake, audit, committed)
            parts.enter_context(closing(health.receiver))
        audit("started", dry_run=gateway.dry_run)
        yield Service(queue, drawer, health)
        audit("stopping")


def _end(loops: Sequence[Loop], drawer: Drawer) -> None:
    for loop in loops:
        loop.ask_to_stop()
    loops[0].join(GRACE_S)  # the drawer's; an image that takes longer is drawn with the next start
    drawer.interrupt()
    for loop in loops:
        loop.join()
