"""How far a verb is, on stderr while it works; nothing of it stays."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from vcem.core.watch import Watch

T = TypeVar("T")


class Rate(ProgressColumn):
    """How fast it goes."""

    def __init__(self, what: str) -> None:
        super().__init__()
        self.what = what

    def render(self, task: Task) -> Text:
        """Show how many a second, empty before the first."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.{0 if speed >= 10 else 2}f} {self.what}/s" if speed else "")


def watching(doing: str, what: str) -> Watch:
    """Return what passes items through and shows how many of their number are done, how fast, and the time left.

    Args:
        doing: such as "reading headers".
        what: what is counted, such as "files".
    """

    def watch(items: Iterable[T], count: int) -> Iterator[T]:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(what), TextColumn("left"),
                   TimeRemainingColumn(elapsed_when_finished=False))  # fmt: skip
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            yield from progress.track(items, total=count, description=doing)

    return watch
