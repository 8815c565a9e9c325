"""A Dask cluster: workers of this machine or of others, each with one unit at a time in a process of its own.

Dask blames a worker's death on every unit that was assigned to it. So a worker is given one unit, or one batch whose
units go one by one if it dies, and no more; a unit at which its worker died three times is a failed one. Units and
results go through Dask as bytes: neither its scheduler nor its workers load what they are made of.
"""

import logging
import pickle
import sys
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

import dask
from distributed import Client, Future, Nanny, Scheduler, SpecCluster, get_worker

from vcem.core.errors import FailureError, UsageError
from vcem.engine import worker
from vcem.engine.address import Local, place_of, refuse_open
from vcem.engine.each import AGAIN, Failed, How, Outcome, killed
from vcem.engine.processes import call_of
from vcem.engine.worker import Order, gpus

T = TypeVar("T")
R = TypeVar("R")
TRIES = 3
LOOK_S = 1.0  # how often it is looked which workers there are
GPU = {"GPU": 1}
SETTINGS = {
    "distributed.worker.daemon": False,  # a daemon may have no process of its own, and a unit has one
    "distributed.scheduler.allowed-failures": 0,  # who is tried again, and how often, is decided here
    "distributed.deploy.lost-worker-timeout": "100 days",  # else a worker that dies twice in 15 s never comes back
    "distributed.admin.large-graph-warning-threshold": "1 GB",  # the words of an archive are sent with its search
}


@contextmanager
def cluster(text: str) -> Iterator["Cluster"]:
    """Yield the backend of the place that `--on` names.

    Raises:
        UsageError: if there is none, or it may not be worked on.
    """
    place = place_of(text)
    for name in [name for name in logging.root.manager.loggerDict if name.startswith("distributed")]:
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what becomes of units is told as on one machine
    with dask.config.set(SETTINGS):
        if isinstance(place, Local):
            with _local(place) as here, Client(here, set_as_default=False) as client:
                client.wait_for_workers(place.workers, timeout=60 * place.workers)
                yield Cluster(client)
        else:
            with _client(place.address) as client:
                yield Cluster(client)


def _client(address: str) -> Client:
    if address.startswith("tls://") and not dask.config.get("distributed.comm.tls.ca-file", None):
        raise UsageError(
            f"The scheduler at {address} asks for a certificate, and Dask is told of none.",
            "DASK_DISTRIBUTED__COMM__TLS__CA_FILE, __CLIENT__CERT and __CLIENT__KEY in the environment",
            "see docs/how-to/work-on-a-cluster.md",
        )
    try:
        return Client(address, timeout=10, set_as_default=False)
    except (OSError, TypeError, ValueError) as error:
        raise FailureError(
            f"No scheduler answers at {address}: {' '.join(str(error).split()):.200}.", "a running `dask scheduler`",
            "start it, or look at its address and certificates",
        ) from error  # fmt: skip


@contextmanager
def _local(place: Local) -> Iterator[SpecCluster]:
    devices = gpus()
    here = {"host": "127.0.0.1", "dashboard": False, "dashboard_address": "127.0.0.1:0"}  # else all may read its pages
    one = here | {"nthreads": 1, "memory_limit": 0, "silence_logs": logging.CRITICAL}
    workers = {n: {"cls": Nanny, "options": one | _gpu_of(devices, n)} for n in range(place.workers)}
    page = {"dashboard": True, "dashboard_address": "127.0.0.1:8787"} if place.dashboard else {}
    scheduler = {"cls": Scheduler, "options": here | {"port": 0} | page}
    with SpecCluster(workers=workers, scheduler=scheduler, silence_logs=logging.CRITICAL) as running:
        yield running


def _gpu_of(devices: Sequence[str], number: int) -> dict[str, Any]:
    """Return what shows a worker one GPU and no other."""
    if not devices:
        return {}
    return {"resources": GPU, "env": {"CUDA_VISIBLE_DEVICES": devices[number % len(devices)]}}


class Cluster:
    """A backend. It knows which workers are there and which of them may work: address and whether it has a GPU."""

    def __init__(self, client: Client) -> None:
        """Look at the scheduler and the workers that are there.

        Raises:
            UsageError: if one may not work, or others could reach the scheduler unencrypted.
        """
        self.client, self.workers = client, dict[str, bool]()
        self._known: dict[str, tuple[str, bool]] = {}
        with self.asking():
            refuse_open(client.run_on_scheduler(_listening), "The scheduler")
        self.look(tell=False)
        for address, (why, _) in self._known.items():
            if why:
                raise UsageError(f"The worker {address} {why}.", "workers that are as this machine",
                                 "mend it, or take it out of the cluster")  # fmt: skip

    def __call__(
        self, unit: Callable[[T], R], items: Sequence[T], how: How, name: Callable[[T], str]
    ) -> Generator[tuple[int, Outcome[R]], None, None]:
        """Do the units on the workers, one at a time on each."""
        return _Shift(self, unit, items, how, name).run()

    def look(self, tell: bool = True) -> None:
        """See which workers are there; one that comes later and may not work is told of and left alone."""
        with self.asking():
            there = list(self.client.nthreads())
            new = [address for address in there if address not in self._known]
            refuse_open(new, "A worker")
            found = self.client.run(_facts, str(Path.cwd()), workers=new, on_error="return") if new else {}
        for address, facts in found.items():
            if isinstance(facts, OSError):
                continue  # it went while it was asked
            self._known[address] = (unfit(facts), isinstance(facts, dict) and facts["resources"].get("GPU", 0) > 0)
            if self._known[address][0] and tell:
                sys.stderr.write(f"The worker {address} {self._known[address][0]}; nothing is done there.\n")
        fit = {address: self._known[address] for address in there if address in self._known}
        self.workers = {address: gpu for address, (why, gpu) in fit.items() if not why}

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Raise as an error of ours that the scheduler is gone."""
        try:
            yield
        except OSError as error:  # Dask's own are among them
            raise FailureError("The scheduler does not answer any more.", "a running scheduler",
                               f"start it; then {AGAIN}") from error  # fmt: skip


def _listening(dask_scheduler: Scheduler) -> list[str]:
    return [listener.listen_address for listener in dask_scheduler.listeners]


def _facts(folder: str, dask_worker: Any) -> dict[str, Any]:  # noqa: ANN401 (Dask's, in its own process)
    return worker.facts(folder) | {"resources": dict(dask_worker.state.total_resources)}


def unfit(facts: dict[str, Any] | BaseException) -> str:
    """Return why a worker may not work, "" if it may."""
    if not isinstance(facts, dict):
        return f"cannot say of what it is made: {type(facts).__name__}: {' '.join(str(facts).split()):.200}"
    here = worker.versions()
    other = [f"{name} {found} (here {here[name]})" for name, found in facts["versions"].items() if found != here[name]]
    if other:
        return f"has {', '.join(other)}"
    if facts["daemon"]:
        return "is a daemon, which cannot start processes: start it with DASK_DISTRIBUTED__WORKER__DAEMON=False"
    if not facts["folder"]:
        return f"has no folder {Path.cwd()}: all machines need one file system"
    if facts["gpus"] > 1:
        return f"sees {facts['gpus']} GPUs: start one for each, with CUDA_VISIBLE_DEVICES"
    return ""


def _do(order: Order, batch: Sequence[bytes]) -> list[bytes | int | None] | None:
    here = get_worker()
    return worker.do(order, batch, partial(here.log_event, order.token))


class _Shift:
    """One call of `each`: what is left, what each worker has, and how often a worker was lost at each unit."""

    def __init__(
        self, place: Cluster, unit: Callable[[Any], Any], items: Sequence[Any], how: How, name: Callable[[Any], str]
    ) -> None:
        self.place, self.items, self.how, self.name = place, items, how, name
        self.order = Order(uuid.uuid4().hex, call_of(unit, str(Path.cwd())), how.threads)
        batch = max(how.batch, 1)
        self.left = deque([*range(n, min(n + batch, len(items)))] for n in range(0, len(items), batch))
        self.at: dict[str, tuple[Future[Any], list[int]]] = {}
        self.told: set[str] = set()
        self.lost: Counter[int] = Counter()
        self.done: SimpleQueue[tuple[str, Future[Any]]] = SimpleQueue()
        self.look_at, self.waiting = 0.0, False

    def run(self) -> Generator[tuple[int, Outcome[Any]], None, None]:
        """Hand out, wait, answer; whatever ends it, nothing of it goes on at the workers."""
        self.place.client.subscribe_topic(self.order.token, _say)
        try:
            while self.left or self.at:
                yield from self._look()
                self._hand_out()
                with suppress(Empty):
                    address, future = self.done.get(timeout=LOOK_S)
                    if self.at.get(address, (None,))[0] is future:  # it was not given up meanwhile
                        yield from self._answer(address, future)
        finally:
            self._stop()

    def _look(self) -> Iterator[tuple[int, Outcome[Any]]]:
        """See once a second which workers are there, and give up what the lost ones had."""
        if time.monotonic() < self.look_at:
            return
        self.place.look()
        if not self.place.workers and not self.waiting:
            sys.stderr.write("There is no worker; waiting for one.\n")
        self.waiting = not self.place.workers
        self.look_at = time.monotonic() + LOOK_S
        for address in [a for a in self.at if a not in self.place.workers]:
            future, numbers = self.at.pop(address)
            self.place.client.cancel([future], force=True)
            yield from self._lost(numbers, "its worker ended")

    def _hand_out(self) -> None:
        fit = [address for address, gpu in self.place.workers.items() if gpu or not self.how.gpu]
        if self.place.workers and not fit:
            raise UsageError("No worker has a GPU.", "workers started with --resources GPU=1, each seeing one GPU",
                             "start such a worker, or say --device cpu")  # fmt: skip
        for address in fit:
            if self.left and address not in self.at:
                self._give(address, self.left.popleft())

    def _give(self, address: str, numbers: list[int]) -> None:
        order = self.order if address not in self.told else replace(self.order, call=b"")
        batch = [pickle.dumps([(self.items[n], self.name(self.items[n]))]) for n in numbers]
        with self.place.asking():
            future = self.place.client.submit(
                _do, order, batch, key=f"vcem-{uuid.uuid4().hex}", workers=[address], allow_other_workers=False,
                pure=False, resources=GPU if self.how.gpu else None,
            )  # fmt: skip
        self.at[address] = future, numbers
        self.told.add(address)
        future.add_done_callback(lambda done: self.done.put((address, done)))

    def _answer(self, address: str, future: Future[Any]) -> Iterator[tuple[int, Outcome[Any]]]:
        try:
            answers = future.result(timeout=10 * LOOK_S)
        except TimeoutError:
            self.done.put((address, future))  # slow; or the worker ended with its answer, which the next look tells
            return
        except CancelledError as error:
            raise FailureError(
                "The scheduler has forgotten what it was given.", "a running scheduler", AGAIN
            ) from error
        except (
            Exception
        ) as error:  # the worker died, or has no process to give: whatever it was, it may be better there
            self.place.workers.pop(address, None)  # until it is seen again
            self.look_at = 0.0
            yield from self._lost(self.at.pop(address)[1], f"its worker ended ({type(error).__name__})")
            return
        numbers = self.at.pop(address)[1]
        if answers is None:
            self.told.discard(address)
            self.left.appendleft(numbers)
            return
        for number, answer in zip(numbers, answers, strict=True):
            if isinstance(answer, bytes):
                yield number, pickle.loads(answer)
            else:
                yield from self._lost([number], killed("", answer).cause)

    def _lost(self, numbers: list[int], why: str) -> Iterator[tuple[int, Outcome[Any]]]:
        """Try again what a worker was lost at, one by one and after all others; three times is enough."""
        if len(numbers) > 1:
            self.left.extend([n] for n in numbers)
            return
        [number] = numbers
        self.lost[number] += 1
        if self.lost[number] < TRIES:
            self.left.append(numbers)
            return
        error = FailureError(f"Three times {why} before it was done.", "one that ends by itself; often memory is full")
        yield number, Outcome(Failed(self.name(self.items[number]), why, error))

    def _stop(self) -> None:
        client = self.place.client
        with suppress(OSError):  # with the scheduler all is gone
            client.unsubscribe_topic(self.order.token)
            client.cancel([future for future, _ in self.at.values()], force=True)
            told = [address for address in self.place.workers if address in self.told]
            client.run(worker.stop, self.order.token, workers=told, on_error="ignore") if told else None


def _say(event: tuple[float, str]) -> None:
    """Pass on what a unit's process said on its stderr."""
    sys.stderr.write(event[1])
    sys.stderr.flush()
