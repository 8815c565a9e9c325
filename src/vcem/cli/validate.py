"""`vcem validate`: runs on data of another hospital, machine or cohort."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from vcem.cli.progress import watching
from vcem.cli.words import Placed, parse, say
from vcem.core.errors import UsageError


@dataclass(frozen=True)
class Validate(Placed):
    """Score runs on all pairs of other data: each fold apart, their mean image and their training's references."""

    runs: Annotated[Positional[tuple[Path, ...]], arg(metavar="RUN...")]
    """Folders of one fold, of all folds of a recipe, or models that vcem export wrote (weights, not ONNX)."""
    data: Path
    """Prepared folder of the other data; no patient of it may be one of the training."""
    out: Path
    """Folder to write: RECIPE/fold-00 and so on, and mean/RECIPE."""
    shared_patients: bool = False
    """Allow patients with the id of one in the training, because equal ids are other women."""
    jobs: int = 1
    """Runs at a time, each in a process of its own."""
    device: str = "auto"
    """auto, cpu or cuda."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Validate, words, "validate")
    if not args.runs:
        raise UsageError("validate needs a run.", "vcem validate RUN... --data OTHER --out DIR")
    from vcem.score.validate import Setting, runs_of, validate

    runs = runs_of(args.runs)
    setting = Setting(args.data, args.out, args.shared_patients, args.jobs, args.device)
    for warning in validate(runs, setting, watching("validating", "runs")):
        say(f"beware: {warning}")
    say(f"{args.out}: {len(runs)} run(s) scored; next: vcem report RUNS --external {args.out} --out REPORT")
    return 0
