"""`vcem detect`: what virtual DES adds to finding lesions, beside LE and real DES."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import Positional, arg

from vcem.cli.words import parse, say
from vcem.core.errors import FailureError


@dataclass(frozen=True)
class Detect:
    """Train small detectors of lesions on LE, on real DES and on virtual DES, and have each judge its test images.

    What is done is skipped, what was stopped goes on.
    """

    runs: Annotated[Positional[tuple[Path, ...]], arg(metavar="RUNS...")]
    """Folders that vcem crossval filled, all folds of each recipe; without any LE and real DES alone are compared."""
    data: Path
    """The prepared folder of these runs."""
    out: Path
    """Folder of detectors: OUT/le/fold-00, OUT/des/fold-00, OUT/RECIPE/fold-00 and so on."""
    find: Literal["outlined", "enhancing", "malignant"] = "outlined"
    """Which lesions: every outlined one, those that take up contrast, or the malignant ones."""
    recipe: Path = Path("detect/small")
    """TOML recipe of the detector."""
    folds_file: Path | None = None
    """Folds; the data folder's folds.json if not given."""
    jobs: int = 1
    """Detectors trained at a time, each in a process of its own."""
    threads: int | None = None
    """CPU threads of each job; the cores shared out evenly if not given."""
    device: str = "auto"
    """auto, cpu or cuda."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Detect, words, "detect")
    from vcem.engine import Failed
    from vcem.score.detect import Setting, detect
    from vcem.score.sought import Find

    failed, count = [], 0
    for result in detect(Setting(**{**vars(args), "find": Find(args.find)})):
        count += 1
        failed += [result.name] if isinstance(result, Failed) else []
        say(f"failed: {result.error}" if isinstance(result, Failed) else result)
    if failed:
        raise FailureError(
            f"{len(failed)} of {count} detectors failed: {', '.join(failed)}; their messages are above.",
            "",
            "mend that and run the same command again: the others are done and are skipped",
        )
    say(f"{args.out}: {count} detectors; next: vcem report RUNS --detectors {args.out} --out REPORT")
    return 0
