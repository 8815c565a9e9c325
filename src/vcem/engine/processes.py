"""Processes of this machine: fresh interpreters, each with a pipe, replaced where one is killed or harmed.

The standard pool is not used: there one killed worker ends all units, and nobody knows whose it was.
"""

import io
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pickle import PicklingError, dumps
from typing import Any, TypeVar

from vcem.core.called import command, tell
from vcem.core.lock import wait_for_others
from vcem.engine.each import How, Outcome, attempt, killed

T = TypeVar("T")
R = TypeVar("R")
_FRESH = get_context("spawn")  # a fork would copy whatever threads and locks this process holds
LEAVES_S = 10.0  # by then an idle process has seen that nothing more comes
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass
class Hand:
    """A process, its pipe, and the numbers of the items that it has and has not answered, in their order.

    `voice` is where its stderr comes out, if that was asked for.
    """

    process: BaseProcess
    pipe: Connection
    has: deque[int] = field(default_factory=deque)
    voice: Connection | None = None


def in_processes(
    unit: Callable[[T], R], items: Sequence[T], how: How, name: Callable[[T], str]
) -> Generator[tuple[int, Outcome[R]], None, None]:
    """Do the units in `how.slots` processes, each one unit after another."""
    left = deque(range(len(items)))
    crew: list[Hand] = []
    try:
        while left or any(worker.has for worker in crew):
            while len(crew) < how.slots and len(left) > sum(not worker.has for worker in crew):
                crew.append(start(call_of(unit), how.threads))
            for worker in crew:
                if left and not worker.has:
                    _hand_out(worker, left, items, how.batch, name)
            for pipe in wait([worker.pipe for worker in crew if worker.has]):
                worker = next(w for w in crew if w.pipe is pipe)
                number, outcome = _answer(worker, items, name)
                if outcome.spoilt:
                    left.extendleft(reversed(worker.has))
                    crew.remove(worker)
                    end(worker)
                yield number, outcome
    finally:
        for worker in crew:
            end(worker)


def _hand_out(worker: Hand, left: deque[int], items: Sequence[T], batch: int, name: Callable[[T], str]) -> None:
    worker.has.extend(left.popleft() for _ in range(min(batch, len(left))))
    with suppress(OSError):  # it is gone already, which its pipe tells in a moment
        worker.pipe.send([(items[n], name(items[n])) for n in worker.has])


def _answer(worker: Hand, items: Sequence[T], name: Callable[[T], str]) -> tuple[int, Outcome[Any]]:
    """Return the answer for the first item that the worker has; one that ended was at that one."""
    number = worker.has.popleft()
    try:
        outcome: Outcome[Any] = worker.pipe.recv()
    except (EOFError, OSError):
        worker.process.join()
        return number, Outcome(killed(name(items[number]), worker.process.exitcode), spoilt=True)
    return number, outcome


def call_of(unit: Callable[[Any], Any], folder: str = "") -> bytes:
    """Return what a process is told first: the unit, and the running command.

    With the `folder` in which that runs it is for another machine: there a unit waits for others of its folder, who may
    be at work for a command that was killed.
    """
    return dumps((unit, command(), folder))


def start(call: bytes, threads: int, heard: bool = False) -> Hand:
    """Start a process and tell it what to do; `heard`: its stderr comes out of the hand's voice."""
    ours, theirs = _FRESH.Pipe()
    voice, mouth = _FRESH.Pipe(duplex=False) if heard else (None, None)
    process = _FRESH.Process(target=_work, args=(theirs, os.getpid(), mouth), daemon=True)
    with _few_threads(threads):
        process.start()
    theirs.close()
    if mouth:
        mouth.close()
    with suppress(OSError):  # it ended at once, which the first answer tells
        ours.send_bytes(call)
    return Hand(process, ours, voice=voice)


def end(worker: Hand) -> None:
    """End a process; one that is at work, or that does not end by itself, is killed."""
    worker.pipe.close()
    if not worker.has:
        worker.process.join(LEAVES_S)
    if worker.process.is_alive():
        worker.process.kill()
    worker.process.join()
    worker.process.close()
    if worker.voice:
        worker.voice.close()


@contextmanager
def _few_threads(threads: int) -> Iterator[None]:
    """Set how many threads the numeric libraries of a new process use; they read it when they are loaded."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ |= dict.fromkeys(_THREADS, str(threads))
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            os.environ |= {} if value is None else {name: value}


def _work(pipe: Connection, parent: int, mouth: Connection | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is for the command, which then ends its workers
    _end_with(parent)
    if mouth:
        sys.stderr = _Mouth(mouth)
    with suppress(EOFError, OSError):  # the command wants nothing more
        unit = _unit(pipe)
        while True:
            for item, name in pipe.recv():
                outcome = attempt(unit, item, name)
                _send(pipe, outcome, name)
                if outcome.spoilt:
                    return


def _unit(pipe: Connection) -> Callable[[Any], Any]:
    try:
        unit: Callable[[Any], Any]
        unit, running, folder = pipe.recv()
        tell(running)
        if folder:
            wait_for_others()
            os.chdir(folder)
    except (ImportError, AttributeError, OSError) as error:
        return partial(_fail, error)
    return unit


def _send(pipe: Connection, outcome: Outcome[Any], name: str) -> None:
    try:
        pipe.send(outcome)
    except (PicklingError, AttributeError, TypeError) as error:
        pipe.send(attempt(partial(_fail, error), None, name))


def _fail(error: Exception, _: object) -> None:
    raise error


class _Mouth(io.TextIOBase):
    """A stderr that goes through a pipe, text by text."""

    def __init__(self, pipe: Connection) -> None:
        self.pipe = pipe

    def write(self, text: str) -> int:
        with suppress(OSError):  # nobody listens any more
            self.pipe.send(text)
        return len(text)


def _end_with(parent: int) -> None:
    """End this process when its parent is gone, so that a killed command leaves nobody at work."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
