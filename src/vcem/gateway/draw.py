"""Drawing, in a process of its own with a memory limit: whatever ends that process is one failed image.

The model may be replaced while images wait: its folder is looked at before each image, and another one is opened in a
new process. Until that is done, or if it cannot be opened, the old one stays.
"""

import os
import resource
import shutil
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from time import monotonic, time

from vcem.apply.enhance import draw_file
from vcem.apply.enhancer import Enhancer, load_enhancer
from vcem.core.errors import FailureError, UsageError
from vcem.core.files import MANIFEST, flush, write_bytes
from vcem.core.grid import size_of
from vcem.dicom.exchange import LABEL, MAMMOGRAM
from vcem.dicom.vendors import Rule, read_rules
from vcem.dicom.virtual import NATIVE
from vcem.engine import Failed
from vcem.engine.standing import Standing
from vcem.folders.run import RUN
from vcem.gateway.audit import Audit
from vcem.gateway.intake import IN, MB, OUT
from vcem.gateway.queue import FAILED, KEPT, LEFT_OUT, READY, WAITING, Image, Queue, Result
from vcem.gateway.settings import Draw, Gateway

NOBODY = "nobody"  # of results that go nowhere
ROOM_MB = 64
AGAIN_S = 30.0  # after which an image whose drawing crashed is tried again, and a model that could not be opened


@dataclass(frozen=True)
class Task:
    """Of which file to draw, and into which folder; neither, to open the model only."""

    source: Path | None = None
    out: Path | None = None


@dataclass(frozen=True)
class Made:
    """What drew, and the UIDs of what it made, each with its class."""

    model: str
    files: tuple[tuple[str, str], ...] = ()


def work(model: str, draw: Draw, task: Task) -> Made:
    """Draw one image, in the drawing process.

    Raises:
        UsageError: if nothing may be drawn from it, with the reason.
        FailureError: if the image is damaged.
    """
    _limit_memory(draw.memory_mb)
    enhancer, rules = _opened(model, draw)
    named = f"{enhancer.model.name} {enhancer.model.weights[:12]}"
    if task.source is None or task.out is None:
        return Made(named)
    made = draw_file(enhancer, task.source, rules, draw.label)
    for uid, content in made.items():
        write_bytes(task.out / f"{uid}.dcm", content)
    flush(task.out)
    return Made(named, tuple(zip(made, (MAMMOGRAM, LABEL), strict=False)))


def _limit_memory(mb: int) -> None:
    """Limit what the process may hold; addresses that it only reserves, as for a GPU, do not count."""
    resource.setrlimit(resource.RLIMIT_DATA, (mb * MB, mb * MB))


@lru_cache(maxsize=1)
def _opened(model: str, draw: Draw) -> tuple[Enhancer, tuple[Rule, ...]]:
    grid = None if draw.size is None else NATIVE if draw.size == NATIVE else size_of(draw.size)
    return load_enhancer(Path(model), grid, draw.device), read_rules(draw.rules)


def stamp(model: str) -> str:
    """Return what tells one model from another in its place: where a link leads, and when it was finished."""
    folder = Path(model).resolve()
    marks = [f"{path}:{path.stat().st_mtime_ns}" for name in (MANIFEST, RUN) if (path := folder / name).is_file()]
    return " ".join([str(folder), *marks])


def model_named(gateway: Gateway) -> str:
    """Open the model in a process of its own, and return its name.

    Raises:
        VcemError: if it cannot be opened.
    """
    process = Standing(partial(work, gateway.model, gateway.draw), gateway.draw.threads)
    try:
        opened = process.do(Task(), "the model", gateway.draw.image_s).value
    finally:
        process.end()
    if isinstance(opened, Failed):
        raise opened.error
    return str(opened.model)


class Drawer:
    """Draws from what is ready, image by image."""

    name = "draw"

    def __init__(self, gateway: Gateway, queue: Queue, audit: Audit) -> None:
        self._gateway, self._queue, self._audit = gateway, queue, audit
        self._in, self._out = gateway.folder / IN, gateway.folder / OUT
        self._out.mkdir(parents=True, exist_ok=True)
        self._process: Standing | None = None
        self._interrupted = False
        self._model, self._refused, self._refused_at, self._why = "", "", 0.0, ""

    @property
    def pid(self) -> int | None:
        """The number of the drawing process."""
        return self._process.pid if self._process else None

    def step(self) -> bool:
        """Draw from one image; return whether there was one.

        Raises:
            FailureError: if no model can be opened, or there is no room to draw; images then wait.
        """
        now = time()
        for study in self._queue.complete(now, self._gateway.study.quiet_s, self._gateway.study.limit_s):
            self._audit("complete", study=study)
        process = self._follow_the_model()
        image = self._queue.next_image(now)
        if image is None:
            return False
        if shutil.disk_usage(self._out).free < ROOM_MB * MB:
            raise FailureError(f"Less than {ROOM_MB} MB are free in {self._out}.", "room for what is drawn")
        begun = monotonic()
        task = Task(self._in / f"{image.uid}.dcm", self._out)
        outcome = process.do(task, image.uid, self._gateway.draw.image_s)
        if outcome.spoilt:
            self.close()
        if outcome.spoilt and self._interrupted:
            return False
        self._note(image, outcome.value, monotonic() - begun)
        return True

    def interrupt(self) -> None:
        """End what is being drawn at once; that image stays in the queue as it was."""
        self._interrupted = True
        if pid := self.pid:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def close(self) -> None:
        """End the drawing process."""
        if self._process:
            self._process.end()
        self._process, self._model = None, ""

    def _follow_the_model(self) -> Standing:
        wanted = stamp(self._gateway.model)
        old = self._process if self._process and self._process.alive else None
        refused = wanted == self._refused and monotonic() - self._refused_at < AGAIN_S
        if old and (wanted == self._model or refused):
            return old
        if refused or self._interrupted:
            raise FailureError(self._why if refused else "The gateway is stopping.")
        process = Standing(partial(work, self._gateway.model, self._gateway.draw), self._gateway.draw.threads)
        opened = process.do(Task(), "the model", self._gateway.draw.image_s).value
        if isinstance(opened, Failed):
            process.end()
            self._refused, self._refused_at, self._why = wanted, monotonic(), opened.reason
            self._audit("model refused", why=opened.reason)
            if old is None:
                raise FailureError(f"No model can be opened: {opened.reason}")
            return old
        self.close()
        self._process, self._model = process, wanted
        self._audit("model opened", model=opened.model)
        return process

    def _note(self, image: Image, outcome: Made | Failed, seconds: float) -> None:
        now = time()
        if isinstance(outcome, Made):
            self._queue.drawn(image.uid, list(self._results(image, outcome, now)), now)
            self._audit("drawn", image=image.uid, model=outcome.model, seconds=round(seconds, 3),
                        results=[uid for uid, _ in outcome.files])  # fmt: skip
            return
        state = LEFT_OUT if isinstance(outcome.error, UsageError) else FAILED
        tries = image.tries + 1
        if state == FAILED and tries < self._gateway.draw.tries:
            state = READY
        self._queue.set_image(image.uid, state, outcome.reason, now, tries=tries, due=now + AGAIN_S * tries)
        self._audit("not drawn", image=image.uid, state=state, why=outcome.reason)

    def _results(self, image: Image, made: Made, now: float) -> Iterator[Result]:
        names = [destination.name for destination in self._gateway.destinations]
        state = KEPT if self._gateway.dry_run or not names else WAITING
        for destination in names or [NOBODY]:
            for uid, sop_class in made.files:
                yield Result(uid, destination, sop_class, image.uid, made.model, state, "", 0, 0, now, now, "")
