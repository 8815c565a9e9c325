"""`vcem track`: what runs have logged, for TensorBoard or an MLflow server."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import Positional, arg

from vcem.cli.words import parse, say
from vcem.core.errors import UsageError


@dataclass(frozen=True)
class Track:
    """Export curves, mean scores and recipes of runs; the same command again adds what is new and nothing twice."""

    runs: Annotated[Positional[tuple[Path, ...]], arg(metavar="RUNS...")]
    """Folders of runs, each of a fold or above such."""
    to: Literal["tensorboard", "mlflow"]
    """Where to: files for TensorBoard, or an MLflow server."""
    out: Path | None = None
    """Folder for TensorBoard to read."""
    server: str | None = None
    """Address of the MLflow server, such as http://127.0.0.1:5000; nothing is sent without it."""
    experiment: str = "vcem"
    """Name of the experiment on the server."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Track, words, "track")
    wanted = {"tensorboard": args.out, "mlflow": args.server}
    if not args.runs or wanted[args.to] is None or None not in wanted.values():
        raise UsageError("It is not said what goes where.",
                         "vcem track RUNS... --to tensorboard --out DIR, or --to mlflow --server ADDRESS")  # fmt: skip
    from vcem.report.mlflow import Server, send
    from vcem.report.tensorboard import write_events
    from vcem.report.tracked import tracked_below

    runs = tracked_below(args.runs)
    if args.out:
        done, before = write_events(runs, args.out)
        say(f"{args.out}: {done} runs written, {before} already there; next: tensorboard --logdir {args.out}")
    elif args.server:
        done, before = send(runs, Server(args.server), args.experiment)
        say(f"{args.server}: {done} runs sent to experiment {args.experiment}, {before} already there")
    return 0
