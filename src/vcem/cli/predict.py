"""`vcem predict`: virtual DES images of a run."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Literal

from tyro.conf import Positional, arg

from vcem.cli.words import parse, say


@dataclass(frozen=True)
class Predict:
    """Make virtual DES images with the best weights of a finished run, or the mean image of several."""

    runs: Annotated[Positional[tuple[Path, ...]], arg(metavar="RUN...")]
    """Folder of one fold, such as runs/small-pix2pix/fold-00, or exported weights; several make one mean image."""
    data: Path
    """Prepared folder."""
    out: Path | None = None
    """Folder to write; the run's own predictions/ if left out, for the test pairs only."""
    part: Literal["train", "val", "test"] = "test"
    """Which pairs of the run's fold."""
    fold: int | None = None
    """Which fold of the folds file, for runs that were trained on other data."""
    pairs: tuple[str, ...] = ()
    """Pair names, in place of a part."""
    folds_file: Path | None = None
    """Folds file; folds.json of the prepared folder if left out."""
    dose: int | None = None
    """Of a run of the method lowdose: from which percent of the dose to predict, in place of its recipe's."""
    device: str = "auto"
    """auto, cpu or cuda; a GPU rounds the last bits otherwise than a CPU, so the manifest names it."""
    onto: Path | None = None
    """Another prepared folder of the same images: write the predictions on its grid, to be scored there."""
    png: bool = False
    """Also write 16-bit PNGs on the rows and columns of the given LE images, in OUT/png."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Predict, words, "predict")
    from vcem.core.errors import UsageError
    from vcem.folders.folds import file_of, read_folds
    from vcem.folders.predictions import PICTURES, of_run, refuse_other_files
    from vcem.folders.prepared import open_store
    from vcem.score.ensemble import pairs_of, predict_together, refuse_trained, trained_on
    from vcem.score.onto import bring
    from vcem.score.predict import write_native
    from vcem.train.rundir import at_dose, read_trained

    if not args.runs:
        raise UsageError("There is no run to predict with.", "vcem predict RUN... --data DIR")
    if args.out is None and (args.pairs or args.part != "test" or len(args.runs) > 1 or args.onto
                             or args.fold is not None or args.dose is not None):  # fmt: skip
        raise UsageError(
            "Predictions of several runs, of other than a run's own test pairs, at another dose, or on another grid "
            "need a folder.",
            "--out DIR",
        )
    runs, store = [at_dose(read_trained(folder), args.dose) for folder in args.runs], open_store(args.data, whole=True)
    out = args.out or of_run(args.runs[0])
    refuse_other_files(out)
    folds_file = file_of(args.data, args.folds_file)
    pairs = args.pairs or pairs_of(runs, read_folds(folds_file), args.part, args.fold)
    if args.fold is not None and trained_on(runs, store):
        raise UsageError("A run has its own fold of the data that it was trained on.", "--fold for other data only")
    if args.pairs and len(runs) > 1 and trained_on(runs, store):
        refuse_trained(runs, store, read_folds(folds_file), pairs)
    if args.onto:
        other = open_store(args.onto, whole=True)
        with TemporaryDirectory() as made:
            own = predict_together(runs, store, pairs, Path(made), args.device, args.fold)
            predictions = bring(own, store, other, out)
    else:
        other, predictions = store, predict_together(runs, store, pairs, out, args.device, args.fold)
    if args.png:
        write_native(predictions, other, out / PICTURES)
    say(f"{out}: {len(predictions.pairs)} virtual DES images by {predictions.maker.method}, origin {store.origin}")
    return 0
