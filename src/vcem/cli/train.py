"""`vcem train`: one recipe on one fold."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, UseAppendAction, arg

from vcem.cli.words import parse, say


@dataclass(frozen=True)
class Train:
    """Train one recipe on one fold; the same command goes on with a run that was stopped."""

    recipe: Annotated[Positional[Path], arg(metavar="RECIPE")]
    """TOML recipe."""
    data: Path
    """Folder made by vcem prepare."""
    fold: int
    """Number of the fold, from 0."""
    out: Path
    """Folder of runs; this one goes to OUT/RECIPE/fold-00."""
    folds_file: Path | None = None
    """Folds; the data folder's folds.json if not given."""
    init_from: Path | None = None
    """Run folder whose best networks to start from (pre-training)."""
    beside: Path | None = None
    """Prepared folder that gives every batch the recipe's share training.beside, such as simulated women."""
    threads: int | None = None
    """CPU threads; a run keeps the number that it was begun with."""
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
    from vcem.folders.folds import file_of, read_folds
    from vcem.folders.prepared import open_store
    from vcem.train.fold import Options, beside_of, fold_of, method_of, train_fold
    from vcem.train.recipe import load

    recipe = load(args.recipe, args.set)
    store = open_store(args.data, whole=True)
    folds = read_folds(file_of(args.data, args.folds_file))
    if args.dry_run:
        fold_of(recipe, store, folds, args.fold)
        method_of(recipe, args.fold, args.init_from)
        beside_of(recipe, store, folds.folds[args.fold], args.beside)
        say(dump(recipe).rstrip())
        return 0
    options = Options(args.threads, args.device, args.init_from, args.beside, args.checkpoint_steps)
    done = train_fold(recipe, store, folds, args.fold, args.out, options)
    best, epochs, val = (done.facts[name] for name in ("best_epoch", "epochs", "best_val_l1"))
    say(f"{done.folder}: epoch {best} of {epochs} is best, validation L1 {val:.5f}")
    return 0
