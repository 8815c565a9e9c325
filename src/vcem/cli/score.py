"""`vcem score`: predictions against the truth, beside trivial references."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from vcem.cli.words import parse, say
from vcem.core.terms import Protocol


@dataclass(frozen=True)
class Score:
    """Score predictions over the whole image, inside the breast and in the lesions, beside trivial references."""

    predictions: Annotated[Positional[Path], arg(metavar="PREDICTIONS")]
    """Folder made by vcem predict."""
    data: Path
    """The prepared folder that they were predicted from."""
    folds: Path | None = None
    """Folds file; folds.json of the prepared folder if left out."""
    fold: int | None = None
    """Fold whose test pairs are scored and whose training pairs make the references; the predictions' if left out."""
    out: Path | None = None
    """Folder for scores.csv, lesions.csv, marks.csv and textures.csv; beside the predictions if left out."""
    protocol: Protocol | None = None
    """Variant of the metrics; as the data were prepared if left out."""
    device: str = "auto"
    """auto, cpu or cuda: where metrics are computed."""
    half: bool = False
    """SSIM in half precision as in the authors' code; with the paper's protocol only."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Score, words, "score")
    from vcem.folders.folds import file_of, read_folds
    from vcem.folders.predictions import read_predictions
    from vcem.folders.prepared import open_store
    from vcem.folders.scores import SCORES
    from vcem.score.score import fold_of, means, score, write_scores
    from vcem.score.truth import score_truth, truth_lines, write_truth
    from vcem.train.device import device_of

    store, predictions = open_store(args.data, whole=True), read_predictions(args.predictions, whole=True)
    fold = fold_of(predictions, read_folds(file_of(args.data, args.folds)), args.fold)
    protocol = args.protocol or store.protocol
    with device_of(args.device):
        scores = score(predictions, store, fold, protocol, args.half)
    truth = score_truth(predictions, store, fold)
    out = args.out or args.predictions.parent
    write_truth(truth, out)
    write_scores(scores, out)
    say(f"{out / SCORES}: {len(fold.test)} test images, protocol {protocol}, origin {store.origin}")
    for line in (*means(scores), *truth_lines(truth)):
        say(line)
    return 0
