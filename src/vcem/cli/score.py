"""`vcem score`: predictions against the truth, beside trivial references."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from vcem.cli.words import Placed, parse, say, say_each
from vcem.core.errors import UsageError
from vcem.core.terms import Protocol
from vcem.engine import How, each, elsewhere


@dataclass(frozen=True)
class Score(Placed):
    """Score predictions over the whole image, inside the breast and in the lesions, beside trivial references."""

    predictions: Annotated[Positional[tuple[Path, ...]], arg(metavar="PREDICTIONS...")]
    """Folders made by vcem predict."""
    data: Path
    """The prepared folder that they were predicted from."""
    folds_file: Path | None = None
    """Folds file; folds.json of the prepared folder if left out."""
    fold: int | None = None
    """Fold whose test pairs are scored and whose training pairs make the references; the predictions' if left out."""
    out: Path | None = None
    """Folder for scores.csv, lesions.csv, marks.csv and textures.csv of one PREDICTIONS; beside them if left out."""
    protocol: Protocol | None = None
    """Variant of the metrics; as the data were prepared if left out."""
    device: str = "auto"
    """auto, cpu or cuda: where metrics are computed."""
    half: bool = False
    """SSIM in half precision as in the authors' code; with the paper's protocol only."""
    jobs: int = 1
    """Folders at a time, each in a process of its own."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Score, words, "score")
    if not args.predictions or (args.out and len(args.predictions) > 1) or args.jobs < 1:
        raise UsageError("This cannot be scored into one place.", "one PREDICTIONS, or several without --out",
                         "vcem score PREDICTIONS... --data DIR")  # fmt: skip
    if len(args.predictions) == 1 and not elsewhere():
        say(_one(args, args.predictions[0]))
        return 0
    how = How(args.jobs, gpu=args.device.startswith("cuda"))
    say_each(each(partial(_one, args), args.predictions, how), "folders")
    return 0


def _one(args: Score, folder: Path) -> str:
    """Score one folder and tell its means."""
    from vcem.folders.folds import file_of, read_folds
    from vcem.folders.predictions import read_predictions
    from vcem.folders.prepared import open_store
    from vcem.folders.scores import SCORES
    from vcem.score.protocols import variant_of
    from vcem.score.score import fold_of, means, score, write_scores
    from vcem.score.truth import score_truth, truth_lines, write_truth

    store, predictions = open_store(args.data, whole=True), read_predictions(folder, whole=True)
    fold = fold_of(predictions, read_folds(file_of(args.data, args.folds_file)), args.fold)
    protocol = args.protocol or store.protocol
    scores = score(predictions, store, fold, variant_of(protocol, args.half), device=args.device)
    truth = score_truth(predictions, store, fold)
    out = args.out or folder.parent
    write_truth(truth, out)
    write_scores(scores, out)
    first = f"{out / SCORES}: {len(fold.test)} test images, protocol {protocol}, origin {store.origin}"
    return "\n".join([first, *means(scores), *truth_lines(truth)])
