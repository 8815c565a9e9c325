"""What a worker of a cluster does: units, in a process of its own; and the facts by which it is taken or refused.

Nothing here knows the cluster's library, and nothing of a unit is loaded in the worker itself.
"""

import hashlib
import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from multiprocessing import current_process
from multiprocessing.connection import wait
from pathlib import Path
from platform import python_version
from signal import SIGKILL
from typing import Any

import vcem
from vcem.engine.processes import Hand, end, start

ALIKE = ("vcem", "torch", "numpy")


@dataclass(frozen=True)
class Order:
    """What one call of `each` wants of a worker: its unit, b"" if it was told before, and the threads of each unit."""

    token: str
    call: bytes
    threads: int


@dataclass
class _State:
    """The order that is being done here, its process, and the tokens of orders that were called off."""

    order: Order = Order("", b"", 1)
    hand: Hand | None = None
    over: deque[str] = field(default_factory=lambda: deque(maxlen=1000))


_state = _State()
_turn = threading.Lock()  # one unit at a time, whatever number of threads this worker was started with


def do(order: Order, batch: Sequence[bytes], tell: Callable[[str], None]) -> list[bytes | int | None] | None:
    """Do units one by one in this worker's process.

    Args:
        order: how, and by whose order.
        batch: for each unit what its process is sent.
        tell: is given what the process says on stderr.

    Returns:
        Of each unit its pickled outcome, or the exit code of the process that ended at it; None if the unit of this
        order was told to an earlier process of this worker and is to be told again.
    """
    with _turn:
        if order.token != _state.order.token:
            if not order.call:
                return None
            _drop()
            _state.order = order
        return [_one(item, tell) for item in batch]


def stop(token: str) -> None:
    """End what is being done by this order, and do no more of it."""
    _state.over.append(token)
    hand = _state.hand
    if hand and _state.order.token == token:
        hand.process.kill()
        if _turn.acquire(blocking=False):  # it was idle
            try:
                _drop()
            finally:
                _turn.release()


def _one(item: bytes, tell: Callable[[str], None]) -> bytes | int | None:
    if _state.order.token in _state.over:
        return -SIGKILL
    new = _state.hand is None
    hand = _state.hand = _state.hand or start(_state.order.call, _state.order.threads, heard=True)
    hand.has.append(0)
    with suppress(OSError):  # it is gone already, which its pipe tells in a moment
        hand.pipe.send_bytes(item)
    try:
        answer = _heard(hand, tell)
    except (EOFError, OSError):
        hand.process.join()
        code = hand.process.exitcode
        _drop()
        return _one(item, tell) if code == 0 and not new else code  # harmed by its last unit it ended by itself
    hand.has.clear()
    return answer


def _heard(hand: Hand, tell: Callable[[str], None]) -> bytes:
    """Return the answer; meanwhile pass on what the process says."""
    while hand.voice and hand.voice in wait([hand.pipe, hand.voice]):
        try:
            tell(hand.voice.recv())
        except (EOFError, OSError):
            hand.voice.close()
            hand.voice = None
    return hand.pipe.recv_bytes()


def _drop() -> None:
    if _state.hand:
        end(_state.hand)
        _state.hand = None


def facts(folder: str) -> dict[str, Any]:
    """Return what decides whether this worker is taken; `folder` is where the command runs."""
    return {"versions": versions(), "folder": Path(folder).is_dir(), "gpus": len(gpus()),
            "daemon": bool(current_process().daemon)}  # fmt: skip


def versions() -> dict[str, str]:
    """Return of what units are made here; of vcem also its code, for a version has many while it is written."""
    return {"python": python_version(), **{name: _version(name) for name in ALIKE}, "code": _code()}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"


@lru_cache
def _code() -> str:
    root = Path(vcem.__file__).parent
    sums = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        sums.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return sums.hexdigest()[:12]


def gpus() -> list[str]:
    """Return the GPUs of NVIDIA that this process may see, as the environment or else the driver names them."""
    told = os.environ.get("CUDA_VISIBLE_DEVICES")
    if told is not None:
        return [name for name in told.split(",") if name.strip() and name.strip() != "-1"]
    driver = Path("/proc/driver/nvidia/gpus")
    return [str(number) for number, _ in enumerate(driver.iterdir())] if driver.is_dir() else []
