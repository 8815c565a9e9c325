"""`vcem crossval`: every fold of every recipe, trained, predicted and scored."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from vcem.cli.words import Placed, parse, say, say_each


@dataclass(frozen=True)
class Crossval(Placed):
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
    """CPU threads of each job; if not given the cores shared out evenly, and one with --on."""
    device: str = "auto"
    """auto, cpu or cuda."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Crossval, words, "crossval")
    from vcem.score.crossval import cross_validate
    from vcem.train.fold import Options
    from vcem.train.recipe import load
    from vcem.train.several import Setting

    options = Options(args.threads, args.device, args.init_from, args.beside)
    setting = Setting(args.data, args.out, args.folds_file, options, args.jobs)
    count = say_each(cross_validate([load(path) for path in args.recipes], setting), "folds")
    say(f"{args.out}: {count} folds of {len(args.recipes)} recipe(s) are trained, predicted and scored")
    return 0
