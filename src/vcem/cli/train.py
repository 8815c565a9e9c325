"""`vcem train`: one recipe on one fold, or several on several."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, UseAppendAction, arg

from vcem.cli.words import Placed, parse, say, say_each


@dataclass(frozen=True)
class Train(Placed):
    """Train recipes on folds, each a run of its own; the same command goes on with runs that were stopped."""

    recipes: Annotated[Positional[tuple[Path, ...]], arg(metavar="RECIPE...")]
    """TOML recipes."""
    data: Path
    """Folder made by vcem prepare."""
    fold: tuple[int, ...]
    """Numbers of the folds, from 0."""
    out: Path
    """Folder of runs; each goes to OUT/RECIPE/fold-00."""
    seeds: tuple[int, ...] = ()
    """Train every recipe with each of these seeds, in OUT/RECIPE-seed-1 and so on; with its own if not given."""
    folds_file: Path | None = None
    """Folds; the data folder's folds.json if not given."""
    init_from: Path | None = None
    """Run whose best networks to start from (pre-training), or OUT/RECIPE of one: fold K then from its fold K."""
    beside: Path | None = None
    """Prepared folder that gives every batch the recipe's share training.beside, such as simulated women."""
    threads: int | None = None
    """CPU threads of each run, which keeps the number that it was begun with; one with --on if not given."""
    jobs: int = 1
    """Runs at a time, each in a process of its own."""
    device: str = "auto"
    """auto, cpu or cuda."""
    checkpoint_steps: int = 0
    """Checkpoint also every so many steps within an epoch, in one process; 0: at the end of each epoch only."""
    dry_run: bool = False
    """Check everything and print the whole recipe, but train nothing."""
    set: Annotated[tuple[str, ...], UseAppendAction] = ()
    """Replace a field of the recipe: --set training.batch=4. May be given several times."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Train, words, "train")
    from vcem.core.recipe import dump
    from vcem.engine import elsewhere
    from vcem.train.fold import Options
    from vcem.train.recipe import load
    from vcem.train.several import Setting, line_of, refuse_starts, seeded, tasks_of, train_one, train_several

    recipes = seeded([load(path, args.set) for path in args.recipes], args.seeds)
    options = Options(args.threads, args.device, args.init_from, args.beside, args.checkpoint_steps)
    setting = Setting(args.data, args.out, args.folds_file, options, args.jobs)
    tasks = tasks_of(recipes, setting, args.fold)
    if args.dry_run:
        refuse_starts(setting, tasks)
        say("\n".join(dump(recipe).rstrip() for recipe in recipes))
    elif len(tasks) == 1 and not elsewhere():  # in this very process, which torchrun may have started beside others
        say(line_of(train_one(setting, tasks[0])))
    else:
        count = say_each(train_several(tasks, setting), "runs")
        say(f"{args.out}: {count} runs are trained")
    return 0
