"""`vcem crossval`: every fold of every recipe, trained, predicted and scored."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from vcem.cli.words import parse, say
from vcem.core.errors import FailureError


@dataclass(frozen=True)
class Crossval:
    """Train, predict and score all folds of all recipes; what is done is skipped, what was stopped goes on."""

    recipes: Annotated[Positional[tuple[Path, ...]], arg(metavar="RECIPE...")]
    """TOML recipes."""
    data: Path
    """Folder made by vcem prepare."""
    out: Path
    """Folder of runs: OUT/RECIPE/fold-00 and so on."""
    folds_file: Path | None = None
    """Folds; the data folder's folds.json if not given."""
    init_from: Path | None = None
    """Run whose best networks every fold starts from, or OUT/RECIPE of a pre-training: fold K then from its fold K."""
    beside: Path | None = None
    """Prepared folder that gives every batch the recipes' share training.beside, such as simulated women."""
    jobs: int = 1
    """Folds trained at a time, each in a process of its own."""
    threads: int | None = None
    """CPU threads of each job; the cores shared out evenly if not given."""
    device: str = "auto"
    """auto, cpu or cuda."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Crossval, words, "crossval")
    from vcem.engine import Failed
    from vcem.score.crossval import Setting, cross_validate
    from vcem.train.fold import Options
    from vcem.train.recipe import load

    options = Options(args.threads, args.device, args.init_from, args.beside)
    setting = Setting(args.data, args.out, args.folds_file, options, args.jobs)
    failed, count = [], 0
    for result in cross_validate([load(path) for path in args.recipes], setting):
        count += 1
        if isinstance(result, Failed):
            failed.append(result.name)
        say(f"failed: {result.error}" if isinstance(result, Failed) else result)
    if failed:
        raise FailureError(
            f"{len(failed)} of {count} folds failed: {', '.join(failed)}; their messages are above.",
            "",
            "mend that and run the same command again: the others are done and are skipped",
        )
    say(f"{args.out}: {count} folds of {len(args.recipes)} recipe(s) are trained, predicted and scored")
    return 0
