"""What a person sees while a fold trains: a bar on a terminal, else one line per epoch; on stderr."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, runtime_checkable

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from vcem.folders.log import Record


@runtime_checkable
class Display(Protocol):
    """What a training tells."""

    def note(self, text: str) -> None:
        """Tell what holds for the whole run."""
        ...

    def step(self, epoch: int, done: int, steps: int) -> None:
        """Tell that a step is done."""
        ...

    def epoch(self, record: Record, epochs: int) -> None:
        """Tell that an epoch is done."""
        ...


class Silent:
    """Says nothing: the other ranks, and tests."""

    def note(self, text: str) -> None:
        """Say nothing."""

    def step(self, epoch: int, done: int, steps: int) -> None:
        """Say nothing."""

    def epoch(self, record: Record, epochs: int) -> None:
        """Say nothing."""


class Lines:
    """One line per epoch."""

    def __init__(self, title: str) -> None:
        self.title = title

    def note(self, text: str) -> None:
        """Write a line."""
        sys.stderr.write(f"{self.title}: {text}\n")
        sys.stderr.flush()

    def step(self, epoch: int, done: int, steps: int) -> None:
        """Say nothing."""

    def epoch(self, record: Record, epochs: int) -> None:
        """Write the epoch's line."""
        sys.stderr.write(f"{self.title} {sentence(record, epochs)}\n")
        sys.stderr.flush()


class Bar:
    """A bar over the steps of the epoch, with the last epoch's line beside it."""

    def __init__(self, progress: Progress, title: str) -> None:
        self.progress = progress
        self.title, self.task = title, progress.add_task(title, said="")

    def note(self, text: str) -> None:
        """Write a line above the bar."""
        self.progress.console.print(f"{self.title}: {text}", markup=False)

    def step(self, epoch: int, done: int, steps: int) -> None:
        """Move the bar."""
        self.progress.update(self.task, completed=done, total=steps)

    def epoch(self, record: Record, epochs: int) -> None:
        """Write the epoch's line behind the bar."""
        self.progress.update(self.task, said=sentence(record, epochs))


@contextmanager
def shown(title: str, plain: bool = False) -> Iterator[Display]:
    """Return the display that suits stderr; `plain` asks for lines."""
    console = Console(stderr=True)
    if plain or not console.is_terminal:
        yield Lines(title)
        return
    columns = (TextColumn("{task.description}"), BarColumn(24), TimeElapsedColumn(), TextColumn("{task.fields[said]}"))
    with Progress(*columns, console=console) as progress:
        yield Bar(progress, title)


def tell_how(title: str, device: str, threads: int, computes_in: str) -> None:
    """Tell with what a fold is computed: threads of a processor were chosen, and speed and last bits hang on them."""
    of_threads = f", {threads} thread(s)" if device == "cpu" else ""
    sys.stderr.write(f"{title} on {device}{of_threads}, {computes_in}\n")
    sys.stderr.flush()


def sentence(record: Record, epochs: int) -> str:
    """Tell an epoch: how far, losses, speed and the time left if every epoch is trained."""
    losses = " ".join(f"{name} {value:.4g}" for name, value in record.losses.items())
    left = (epochs - record.epoch) * record.seconds
    return (
        f"epoch {record.epoch}/{epochs} val L1 {record.val_l1:.5f} (best: epoch {record.best_epoch}) {losses} "
        f"{record.pairs_per_s:.1f} pairs/s, at most {_duration(left)} left"
    )


def _duration(seconds: float) -> str:
    minutes, seconds_left = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {seconds_left:02d} s"
