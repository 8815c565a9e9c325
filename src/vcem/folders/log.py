"""`log.jsonl`: one record an epoch; but for its two clock fields the same for a resumed run as for an unbroken one."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from vcem.core.errors import FailureError
from vcem.core.files import write_text

LOG = "log.jsonl"


@dataclass(frozen=True)
class Record:
    """One epoch: mean of every loss term (by turn and term, weighted as in the loss), and the mean validation L1."""

    epoch: int
    lr_factor: float
    losses: dict[str, float]
    val_l1: float
    best_epoch: int
    pairs_per_s: float
    seconds: float


def read_log(folder: Path, up_to: int) -> list[Record]:
    """Read the records of the first `up_to` epochs; later ones belong to epochs that will be trained again.

    Raises:
        FailureError: if one of them is missing or damaged.
    """
    path = folder / LOG
    try:
        lines = path.read_text("utf-8").splitlines()[:up_to] if path.is_file() else []
        records = [Record(**json.loads(line)) for line in lines]
    except (TypeError, ValueError) as error:
        raise _damaged(path, up_to, str(error)) from error
    if [r.epoch for r in records] != list(range(1, up_to + 1)):
        raise _damaged(path, up_to, "epochs are missing")
    return records


def read_epochs(folder: Path) -> list[Record] | None:
    """Read the records of all epochs, of one trained again the later; None where there is no log.

    Raises:
        FailureError: if it is damaged.
    """
    path = folder / LOG
    if not path.is_file():
        return None
    try:
        records = [Record(**json.loads(line)) for line in path.read_text("utf-8").splitlines() if line.strip()]
        return [record for _, record in sorted({int(r.epoch): r for r in records}.items())]
    except (TypeError, ValueError) as error:
        raise FailureError(f"{path} is damaged: {error}.", "a record an epoch", "train this fold again") from error


def write_log(folder: Path, records: list[Record]) -> None:
    """Write all records, whole or not at all."""
    write_text(folder / LOG, "".join(json.dumps(asdict(r)) + "\n" for r in records))


def _damaged(path: Path, up_to: int, why: str) -> FailureError:
    return FailureError(
        f"{path} is damaged: {why}.",
        f"records of the epochs 1 to {up_to}, which the checkpoint has trained",
        f"remove {path.parent} and train this fold again",
    )
