"""What a run tells a tracker: its curves from log.jsonl, its mean scores from scores.csv, and how it was made.

No patient, no name of a pair and no path is in it.
"""

import json
import math
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from vcem.core.errors import UsageError
from vcem.core.files import sha256_text
from vcem.folders import run
from vcem.folders.log import Record, read_epochs
from vcem.folders.scores import FACTS, is_reference, is_scored, read_scores

TOLD = (
    "method",
    "protocol",
    "origin",
    "size",
    "frame",
    "pixel_mm",
    "device",
    "threads",
    "computes_in",
    "torch",
    "vcem",
)
OUTCOME = ("finished", "epochs", "best_epoch", "best_val_l1")


@dataclass(frozen=True)
class Point:
    """One value of a curve: after which epoch, and how many seconds of training."""

    name: str
    epoch: int
    seconds: float
    value: float


@dataclass(frozen=True)
class Tracked:
    """One run. `key` is made of recipe, fold and data, and is the same wherever the folder lies.

    `facts` are there from its beginning, `outcome` is known at its end.
    """

    recipe: str
    fold: int
    key: str
    facts: dict[str, str]
    outcome: dict[str, str]
    recipe_text: str
    points: tuple[Point, ...]

    @cached_property
    def digest(self) -> str:
        """Check sum of all that is told."""
        return sha256_text(json.dumps(asdict(self), sort_keys=True))

    @property
    def epochs(self) -> int:
        """How many epochs are told of."""
        return max((point.epoch for point in self.points), default=0)


def tracked_below(roots: Sequence[Path]) -> list[Tracked]:
    """Read every run that lies at or up to two levels below these folders.

    Raises:
        UsageError: if there is none.
        FailureError: if a log is damaged.
    """
    folders = sorted({f.resolve() for root in roots for f in run.fold_folders(root) if run.is_run(f)})
    if not folders:
        raise UsageError(f"No run in {', '.join(map(str, roots))}.", "folders of vcem train or vcem crossval")
    return [_tracked(folder) for folder in folders]


def _tracked(folder: Path) -> Tracked:
    facts, text = run.open_run(folder).facts, run.recipe_text(folder)
    digest = str(facts.get("recipe_digest") or sha256_text(text)[:12])
    names = {"recipe_digest": digest, "fold": str(facts["fold"]), "data": str(facts.get("data", ""))}
    key = sha256_text(" ".join(names.values()))[:16]
    told = names | {name: str(facts[name]) for name in TOLD if facts.get(name) is not None}
    outcome = {name: str(facts[name]) for name in OUTCOME if facts.get(name) is not None}
    told |= dict(_flat("recipe", tomllib.loads(text)))
    records = read_epochs(folder) or []
    points = (*_curves(records), *_scores(folder, records))
    return Tracked(str(facts["recipe"]), int(facts["fold"]), key, told, outcome, text, points)


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 (whatever TOML can hold)
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(f"{name}.{key}", inner)
    else:
        yield name, str(value)


def _curves(records: Sequence[Record]) -> Iterator[Point]:
    seconds = 0.0
    for record in records:
        seconds += record.seconds
        values = {
            "validation/l1": record.val_l1,
            "speed/pairs_per_s": record.pairs_per_s,
            "lr_factor": record.lr_factor,
        }
        values |= {f"loss/{name}": value for name, value in record.losses.items()}
        for name, value in values.items():
            yield Point(name, record.epoch, seconds, value)


def _scores(folder: Path, records: Sequence[Record]) -> Iterator[Point]:
    """Yield the mean over the test images of every score, of the method and of each reference, at the last epoch."""
    epoch, seconds = (records[-1].epoch if records else 0), math.fsum(record.seconds for record in records)
    values = defaultdict(list)
    for row in read_scores(folder).images if is_scored(folder) else ():
        who = row["method"] if is_reference(row["method"]) else "method"
        for column, cell in row.items():
            if column not in FACTS and cell not in ("", None):
                values[f"scores/{column}/{who}"].append(float(cell))
    for name, several in values.items():
        yield Point(name, epoch, seconds, math.fsum(several) / len(several))
