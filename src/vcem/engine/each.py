"""Work done side by side: a unit for each item, on this machine now, on others through another backend.

A unit is a function and an item that both can be pickled; what it does is whole or not at all, so it can be done again.
Whatever ends a unit (an error of ours or of a library, a killed process, no memory) fails that unit alone: its place
in the results is a `Failed`, and all others are done.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from traceback import extract_tb
from typing import Generic, Protocol, TypeVar, runtime_checkable

from vcem.core.errors import FailureError, VcemError
from vcem.core.foreign import message_of, no_memory

T = TypeVar("T")
R = TypeVar("R")
SHOWN = 12  # failed units that are printed
AGAIN = "run the same command again: what is done is kept"


@dataclass(frozen=True)
class Failed:
    """A unit that was not done. `cause` names what ended it without a word of the data; `error` tells all."""

    name: str
    cause: str
    error: VcemError

    @property
    def reason(self) -> str:
        """Return the error on one line."""
        return " ".join(str(self.error).split())


@dataclass(frozen=True)
class Outcome(Generic[R]):
    """What became of one item: a value or a `Failed`; `spoilt` if its process may be harmed and is to be replaced."""

    value: R | Failed
    spoilt: bool = False


@dataclass(frozen=True)
class How:
    """How units are done; results do not depend on it.

    `slots` units at a time, each with so many `threads` of numeric libraries; `batch` items are handed out together;
    fewer than `few` items are done sooner in this process than another one starts. In order of the items, or as done.
    On a cluster each worker is a slot; with `gpu` only those that have one.
    """

    slots: int = 1
    threads: int = 1
    batch: int = 1
    few: int = 2
    in_order: bool = True
    gpu: bool = False


ALONE = How()


@runtime_checkable
class Backend(Protocol):
    """A place where units are done: processes of this machine, or a cluster."""

    def __call__(
        self, unit: Callable[[T], R], items: Sequence[T], how: How, name: Callable[[T], str]
    ) -> Generator[tuple[int, Outcome[R]], None, None]:
        """Yield the number of every item once, with its outcome, as they are done; stop all work when closed."""
        ...


_noted: ContextVar[list[Failed] | None] = ContextVar("noted", default=None)
_gone: ContextVar[ExitStack | None] = ContextVar("gone", default=None)
_place: ContextVar[Backend | None] = ContextVar("place", default=None)


@contextmanager
def noted() -> Iterator[list[Failed]]:
    """Yield a list to which every unit that fails within is added, so that a command can end by it."""
    failed: list[Failed] = []
    token = _noted.set(failed)
    try:
        yield failed
    finally:
        _noted.reset(token)


@contextmanager
def returning() -> Iterator[None]:
    """Come back at the end from wherever `go` went within."""
    with ExitStack() as stack:
        tokens = _gone.set(stack), _place.set(None)
        try:
            yield
        finally:
            _gone.reset(tokens[0])
            _place.reset(tokens[1])


def go(place: AbstractContextManager[Backend]) -> None:
    """Do all units of this command at a place, until it returns."""
    stack = _gone.get() or ExitStack()
    _place.set(stack.enter_context(place))


def elsewhere() -> bool:
    """Return whether units are done elsewhere, on machines that this one knows nothing of."""
    return _place.get() is not None


def each(
    unit: Callable[[T], R],
    items: Sequence[T],
    how: How = ALONE,
    name: Callable[[T], str] = str,
    backend: Backend | None = None,
) -> Iterator[R | Failed]:
    """Do a unit for each item and yield its result, or why it failed.

    Args:
        unit: function of one item, at the top of a module or a partial of one.
        items: what it is called with.
        how: how many at a time, and in which order the results come.
        name: how an item is called in messages.
        backend: where; the place that the command went to if not given, or else processes of this machine, or this very
            process for one slot or few items.
    """
    done = (backend or _place.get() or _here(items, how))(unit, items, how, name)
    with closing(done):
        in_order, as_done = _in_order(done), (outcome.value for _, outcome in done)
        for value in in_order if how.in_order else as_done:
            if isinstance(value, Failed) and (failed := _noted.get()) is not None:
                failed.append(value)
            yield value


def _in_order(done: Iterable[tuple[int, Outcome[R]]]) -> Iterator[R | Failed]:
    waiting: dict[int, R | Failed] = {}
    following = 0
    for number, outcome in done:
        waiting[number] = outcome.value
        while following in waiting:
            yield waiting.pop(following)
            following += 1


def _here(items: Sequence[T], how: How) -> Backend:
    from vcem.engine.processes import in_processes

    return one_by_one if how.slots <= 1 or len(items) < how.few else in_processes


def one_by_one(
    unit: Callable[[T], R], items: Sequence[T], how: How, name: Callable[[T], str]
) -> Generator[tuple[int, Outcome[R]], None, None]:
    """Do all units in this very process."""
    for number, item in enumerate(items):
        yield number, attempt(unit, item, name(item))


def attempt(unit: Callable[[T], R], item: T, name: str) -> Outcome[R]:
    """Do one unit; nothing that it raises goes further."""
    try:
        return Outcome(unit(item))
    except VcemError as error:
        return Outcome(Failed(name, type(error).__name__, error))
    except (Exception, SystemExit) as error:
        spoilt = no_memory(error)  # a process holds on to what it has of a GPU
        return Outcome(Failed(name, type(error).__name__, _told(error)), spoilt)


def killed(name: str, exit_code: int | None) -> Failed:
    """Return the failure of a unit whose process ended."""
    how = f"by signal {-exit_code}" if exit_code and exit_code < 0 else f"with exit code {exit_code}"
    error = FailureError(
        f"Its process ended {how} before it was done.", "one that ends by itself; often memory is full"
    )
    return Failed(name, f"its process ended {how}", error)


def refuse_failed(results: Iterable[R | Failed], what: str) -> Iterator[R]:
    """Pass the results through, and raise when all are done if any failed; `what` names many, such as "views".

    Raises:
        FailureError: if any failed, naming them.
    """
    failed, count = [], 0
    for result in results:
        count += 1
        if isinstance(result, Failed):
            failed.append(result)
        else:
            yield result
    refuse(failed, count, what)


def refuse(failed: Sequence[Failed], count: int, what: str) -> None:
    """Refuse to go on where units failed; `count` is that of all, `what` names many.

    Raises:
        FailureError: if there is one, naming them with their reasons.
    """
    if failed:
        told = "\n".join(f"  {f.name}: {f.reason}" for f in failed[:SHOWN])
        more = f"\n  and {len(failed) - SHOWN} more" if len(failed) > SHOWN else ""
        raise FailureError(f"{len(failed)} of {count} {what} failed; the others are done:\n{told}{more}", "", AGAIN)


def _told(error: BaseException) -> VcemError:
    """Return a foreign error as one of ours, with the place in this program from which it came."""
    if message := message_of(error):
        return message
    ours = [
        f"{Path(f.filename).name}, line {f.lineno}" for f in extract_tb(error.__traceback__) if "vcem" in f.filename
    ]
    place = f" ({ours[-1]})" if ours else ""
    return FailureError(f"{type(error).__name__}{place}: {' '.join(str(error).split()):.300}")
