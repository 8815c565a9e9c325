"""The folder of one recipe on one fold: its files, what it says of itself, and where it lies.

recipe.toml       the whole recipe         run.json           what, on which data, how, and whether it is finished
log.jsonl         one record an epoch      state.pt           the checkpoint
best.safetensors  networks of the best epoch
predictions/      and the tables of scores, once predicted and scored
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from vcem.core.called import FIELD, chain
from vcem.core.errors import FailureError, UsageError
from vcem.core.files import read_json, sha256, write_json, write_text

KIND = "run"
MADE_BY = "vcem train"
RECIPE, RUN, BEST, STATE = "recipe.toml", "run.json", "best.safetensors", "state.pt"
SAME = ("recipe_digest", "method", "fold", "data", "pairs", "init_from", "beside")
"""A run cannot go on where one of these differs."""
WEIGHTS = "weights"  # of run.json: check sum of the best weights
LEARNED_FROM = "learned_from"  # of run.json: whose images it saw, of which machines and densities
EXPORTED = "weights.safetensors"  # the best weights in a folder that vcem export wrote
EXAMPLE = "a fold's folder such as runs/small-pix2pix/fold-00"


@dataclass(frozen=True)
class Run:
    """An opened run folder; `facts` is run.json."""

    folder: Path
    facts: dict[str, Any]

    @property
    def finished(self) -> bool:
        """Whether training has ended."""
        return bool(self.facts.get("finished"))

    @property
    def fold(self) -> int:
        """Which fold of the folds file."""
        return int(self.facts["fold"])

    @property
    def pairs_digest(self) -> str:
        """Check sum of which pairs train, validate and test; "" where it is not known."""
        pairs = self.facts.get("pairs")
        return str(pairs.get("digest", "")) if isinstance(pairs, dict) else ""

    @property
    def weights(self) -> str:
        """Check sum of the best weights."""
        return sha256(best_of(self.folder))


AnyRun = TypeVar("AnyRun", bound=Run)


def folder_of(out: Path, recipe: str, fold: int) -> Path:
    """Return the run folder of a recipe and fold."""
    return out / recipe / name_of(fold)


def name_of(fold: int) -> str:
    """Return the name of a fold's folder."""
    return f"fold-{fold:02d}"


def number_of(folder: Path) -> int:
    """Return 3 for `fold-03`, -1 for a folder of another name."""
    head, _, number = folder.name.rpartition("-")
    return int(number) if head == "fold" and number.isdigit() else -1


def fold_folders(root: Path) -> Iterable[Path]:
    """Return every fold's folder at or up to two levels below a folder."""
    levels = [[root], list(root.glob("*")), list(root.glob("*/*"))]
    return [f for level in levels for f in level if f.is_dir() and number_of(f.resolve()) >= 0]


def is_run(folder: Path) -> bool:
    """Return whether a folder is one of `vcem train`."""
    return (folder / RUN).is_file()


def open_run(folder: Path) -> Run:
    """Open a run folder.

    Raises:
        UsageError: if it is none.
    """
    if not is_run(folder):
        raise UsageError(f"{folder} is not a run: it has no {RUN}.", EXAMPLE, f"run `{MADE_BY}`")
    facts = read_json(folder / RUN, f"the {RUN} of a run")
    if facts.get("kind") != KIND:
        raise UsageError(f"{folder / RUN} is of a {facts.get('kind')}, not of a run.", f"a folder made by `{MADE_BY}`")
    return Run(folder, facts)


def recipe_text(folder: Path) -> str:
    """Return the resolved recipe of a run as it was written; "" where there is none."""
    return (folder / RECIPE).read_text("utf-8") if (folder / RECIPE).is_file() else ""


def begin(folder: Path, recipe: str, facts: dict[str, Any]) -> dict[str, Any]:
    """Make the run folder with the text of its recipe, or accept it if it is of this very run; return its facts.

    The commands in `facts` led to its data; the one that is running is kept after them.

    Raises:
        UsageError: if it holds another run or other files.
    """
    if is_run(folder):
        old: dict[str, Any] = read_json(folder / RUN, f"the {RUN} of a run")
        _refuse_other(folder, old, facts)
        return old
    if folder.exists() and any(p.name != RECIPE and not p.name.startswith(".") for p in folder.iterdir()):
        raise UsageError(f"{folder} already holds other files.", "an empty or new folder", "name another --out")
    write_text(folder / RECIPE, recipe)
    facts = facts | {FIELD: chain(facts)}
    write_facts(folder, facts)
    return facts


def write_facts(folder: Path, facts: dict[str, Any]) -> None:
    """Write what a run says of itself."""
    write_json(folder / RUN, facts)


def _refuse_other(folder: Path, old: dict[str, Any], facts: dict[str, Any]) -> None:
    other = [name for name in SAME if old.get(name) != facts.get(name)]
    if other:
        raise UsageError(
            f"{folder} holds another run: its {' and '.join(other)} differ(s).",
            f"a run of recipe {facts['recipe']} ({facts['recipe_digest']}), fold {facts['fold']}, on these data",
            "name another --out, give the changed recipe another name, or remove that folder",
        )


def best_of(folder: Path) -> Path:
    """Return the file of the best weights of a run, or of one that was exported.

    Raises:
        UsageError: if there is none yet.
    """
    for path in (folder / BEST, folder / EXPORTED):
        if path.is_file():
            return path
    raise UsageError(f"{folder} has no {BEST}.", "a trained run", f"run `{MADE_BY}` to its end")


def whole_best_of(run: Run) -> Path:
    """Return the file of a run's best weights, held against the check sum that training wrote at its end.

    Raises:
        UsageError: if there is none yet.
        FailureError: if it was changed.
    """
    path, right = best_of(run.folder), run.facts.get(WEIGHTS)
    if right is not None and sha256(path) != right:
        raise FailureError(f"{path} was changed after training.", f"the file with the check sum {right}",
                           f"put it back, or remove {run.folder} and train this fold again")  # fmt: skip
    return path


def refuse_unfinished(run: AnyRun) -> AnyRun:
    """Return the run.

    Raises:
        UsageError: if its training has not ended.
    """
    if not run.finished:
        raise UsageError(f"Training in {run.folder} has not ended.", "a finished run", "run the same vcem train again")
    return run
