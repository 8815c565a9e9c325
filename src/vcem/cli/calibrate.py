"""`vcem calibrate`: intervals around virtual DES images, from patients who validate, and how much they cover."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from tyro.conf import Positional, arg

from vcem.cli.progress import watching
from vcem.cli.words import parse, say
from vcem.core.errors import UsageError

if TYPE_CHECKING:
    from vcem.folders.calibration import Calibration


@dataclass(frozen=True)
class Calibrate:
    """State how unsure virtual DES images are, widen that to intervals by validation patients, and test what they hold.

    Runs of one fold are taken together: their mean image is drawn. Those of several folds share their patients.
    """

    runs: Annotated[Positional[tuple[Path, ...]], arg(metavar="RUN...")]
    """Folders of one fold, or of all folds of a recipe; the same recipes in each fold."""
    data: Path
    """Prepared folder of these runs."""
    out: Path
    """Folder to write."""
    source: Literal["quantiles", "ensemble", "samples", "constant"] = "quantiles"
    """Where the spread comes from: a quantile head fitted beside the frozen network, how far several runs are apart, or
    several passes of a method that draws more than one image, or the same everywhere, to compare with."""
    level: float = 0.9
    """Share of a patient's pixels that the intervals should hold."""
    confidence: float = 0.9
    """How sure the bound is that they do; expected has none."""
    bound: Literal["betting", "hoeffding-bentkus", "expected"] = "betting"
    """Bound on the mean over patients to come; expected promises it only on average over calibrations."""
    passes: int = 10
    """Images of each LE image, for samples."""
    steps: int = 300
    """In which a quantile head is fitted."""
    seed: int = 0
    """Of quantile heads and passes."""
    folds_file: Path | None = None
    """Folds; the data folder's folds.json if not given."""
    external: tuple[Path, ...] = ()
    """Prepared folders of other women, such as another machine's images, whose coverage is measured too."""
    shared_patients: bool = False
    """Allow patients there with the id of one in the training, because equal ids are other women."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Calibrate, words, "calibrate")
    if not args.runs:
        raise UsageError("calibrate needs a run.", "vcem calibrate RUN... --data DIR --out DIR")
    from vcem.score.calibrate import Setting, calibrate
    from vcem.score.validate import runs_of
    from vcem.stats.risk_control import Bound
    from vcem.train.spread import Source

    given = {name: value for name, value in vars(args).items() if name != "runs"}
    setting = Setting(**{**given, "source": Source(args.source), "bound": Bound(args.bound)})
    made = calibrate(runs_of(args.runs), setting, watching("stating", "folds"))
    _tell(made)
    return 0


def _tell(made: "Calibration") -> None:
    from vcem.folders.calibration import EVERY
    from vcem.score.covered import summary

    for factor in (f for f in made.factors if f.fold == EVERY):
        say(f"{factor.region}: factor {factor.factor:.3g} by {factor.patients} patients")
    for line in summary(made.folder):
        say(line)
    say(f"{made.folder}: research only; what is promised: docs/explain/uncertainty.md")
