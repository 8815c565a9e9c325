"""The folder of one recipe on one fold: what may be written into it, and what can be read out of it.

recipe.toml       the whole recipe         run.json           what, on which data, how, and whether it is finished
log.jsonl         one record an epoch      state.pt           the checkpoint
best.safetensors  networks of the best epoch
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor, nn

from vcem.core.errors import FailureError, UsageError
from vcem.core.files import read_json, sha256, write_bytes, write_json, write_text
from vcem.core.recipe import digest, dump
from vcem.folders.folds import Fold
from vcem.folders.prepared import Store
from vcem.methods import METHODS, build
from vcem.methods.method import Method
from vcem.train.precision import one_thread
from vcem.train.recipe import TrainRecipe, load
from vcem.train.state import differing

KIND = "run"
MADE_BY = "vcem train"
RECIPE, RUN, BEST = "recipe.toml", "run.json", "best.safetensors"
SAME = ("recipe_digest", "method", "fold", "data", "pairs", "init_from")  # a run cannot go on where one differs
Predict = Callable[..., Tensor]


@dataclass(frozen=True)
class Run:
    """An opened run folder; `facts` is run.json."""

    folder: Path
    recipe: TrainRecipe
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
    def weights(self) -> str:
        """Check sum of the best weights."""
        return sha256(best_of(self.folder))


def folder_of(out: Path, recipe: TrainRecipe, fold: int) -> Path:
    """Return the run folder of a recipe and fold."""
    return out / recipe.name / f"fold-{fold:02d}"


def facts_of(recipe: TrainRecipe, store: Store, index: int, fold: Fold, init_from: Path | None) -> dict[str, Any]:
    """Return what names a run: recipe, data, fold and the run it starts from.

    Raises:
        UsageError: if that run is not finished.
    """
    return {
        "kind": KIND,
        "recipe": recipe.name,
        "recipe_digest": digest(recipe),
        "method": recipe.method.kind,
        **({"package": package} if (package := METHODS.package(recipe.method.kind)) else {}),
        "protocol": recipe.protocol.value,
        "origin": store.origin.value,
        "size": recipe.size,
        "fold": index,
        "data": store.digest,
        "pairs": {"train": len(fold.train), "val": len(fold.val), "test": len(fold.test), "digest": digest(fold)},
        "patients": _patients(store, fold),
        "init_from": refuse_unfinished(read_run(init_from)).weights if init_from else None,
    }


def _patients(store: Store, fold: Fold) -> dict[str, int]:
    """Count the patients of each part, and those of the test part who are in another part too."""
    train, val, test = ({store.pairs[r].patient for r in store.rows(p)} for p in (fold.train, fold.val, fold.test))
    return {"train": len(train), "val": len(val), "test": len(test), "shared": len(test & (train | val))}


def begin(folder: Path, recipe: TrainRecipe, facts: dict[str, Any]) -> dict[str, Any]:
    """Make the run folder, or accept it if it is of this very run; return its facts.

    Raises:
        UsageError: if it holds another run or other files.
    """
    if (folder / RUN).is_file():
        old: dict[str, Any] = read_json(folder / RUN, f"the {RUN} of a run")
        _refuse_other(folder, old, facts)
        return old
    if folder.exists() and any(p.name != RECIPE and not p.name.startswith(".") for p in folder.iterdir()):
        raise UsageError(f"{folder} already holds other files.", "an empty or new folder", "name another --out")
    write_text(folder / RECIPE, dump(recipe))
    write_json(folder / RUN, facts)
    return facts


def _refuse_other(folder: Path, old: dict[str, Any], facts: dict[str, Any]) -> None:
    other = [name for name in SAME if old.get(name) != facts[name]]
    if other:
        raise UsageError(
            f"{folder} holds another run: its {' and '.join(other)} differ(s).",
            f"a run of recipe {facts['recipe']} ({facts['recipe_digest']}), fold {facts['fold']}, on these data",
            "name another --out, give the changed recipe another name, or remove that folder",
        )


def read_run(folder: Path) -> Run:
    """Open a run folder.

    Raises:
        UsageError: if it is none.
    """
    if not (folder / RUN).is_file():
        raise UsageError(f"{folder} is no run: it has no {RUN}.", "a fold's folder such as runs/small-pix2pix/fold-00",
                         f"run `{MADE_BY}`")  # fmt: skip
    facts = read_json(folder / RUN, f"the {RUN} of a run")
    if facts.get("kind") != KIND:
        raise UsageError(f"{folder / RUN} is of a {facts.get('kind')}, not of a run.", f"a folder made by `{MADE_BY}`")
    return Run(folder, load(folder / RECIPE, package=str(facts.get("package", ""))), facts)


def save_best(folder: Path, nets: nn.Module) -> None:
    """Write the networks, whole or not at all."""
    tensors = {name: t.detach().cpu().contiguous().clone() for name, t in nets.state_dict().items()}
    write_bytes(folder / BEST, save(tensors))


def load_best(folder: Path, nets: nn.Module) -> None:
    """Fill the networks with the best weights of a run.

    Raises:
        UsageError: if that run has none yet, or its networks are of another shape.
        FailureError: if the file is damaged.
    """
    load_weights(best_of(folder), nets, f"remove {folder} and train this fold again")


def load_weights(path: Path, nets: nn.Module, mend: str) -> None:
    """Fill the networks with the weights of a file; `mend` tells what to do where it is damaged.

    Raises:
        UsageError: if its networks are of another shape.
        FailureError: if it is damaged.
    """
    try:
        tensors = load_file(path)
    except (SafetensorError, OSError) as error:
        raise FailureError(f"{path} is damaged: {error}.", "a whole weights file", mend) from error
    if wrong := differing(nets, tensors):
        raise UsageError(
            f"The networks of {path.parent} differ from this recipe's in {len(wrong)} tensor(s), the first is "
            f"{wrong[0]}.",
            "a run of the same method with networks of the same shape",
        )
    nets.load_state_dict(tensors)


def best_of(folder: Path) -> Path:
    """Return the file of the best weights of a run.

    Raises:
        UsageError: if there is none yet.
    """
    path = folder / BEST
    if not path.is_file():
        raise UsageError(f"{folder} has no {BEST}.", "a trained run", f"run `{MADE_BY}` to its end")
    return path


def refuse_unfinished(run: Run) -> Run:
    """Return the run.

    Raises:
        UsageError: if its training has not ended.
    """
    if not run.finished:
        raise UsageError(f"Training in {run.folder} has not ended.", "a finished run", "run the same vcem train again")
    return run


def refuse_inputs(recipe: TrainRecipe) -> None:
    """Refuse to draw from an LE image alone by a method that takes more.

    Raises:
        UsageError: if the recipe's method has other inputs.
    """
    if inputs := recipe.method.inputs:
        raise UsageError(
            f"{recipe.name} draws from {', '.join(inputs)} too, which no LE image brings with it.",
            "a method that draws from LE alone",
            "predict pairs of a prepared folder that has these channels, with vcem predict",
        )


def load_method(run: Run) -> Method:
    """Build a finished run's method with its best weights, ready to predict.

    Raises:
        UsageError: if training has not ended.
    """
    refuse_unfinished(run)
    method = unfilled(run.recipe)
    load_best(run.folder, method.nets)
    return method


def unfilled(recipe: TrainRecipe) -> Method:
    """Build a recipe's method to predict with, weights still to come; torch's random state is left alone."""
    with torch.random.fork_rng(devices=[]):
        method = build(recipe.method, recipe.shape)
    method.nets.eval()
    return method


def load_generator(run_dir: Path) -> tuple[Predict, TrainRecipe]:
    """Return a finished run's `predict(x, mask, **inputs) -> y_hat` (b 1 h w in [0, 1]) and its recipe.

    Raises:
        UsageError: if the folder is no finished run.
    """
    run = read_run(run_dir)
    return predict_of(load_method(run)), run.recipe


def predict_of(method: Method) -> Predict:
    """Return `predict(x, mask, **inputs) -> y_hat` (b 1 h w in [0, 1]) of a method that is ready to, on one thread."""

    def predict(x: Tensor, mask: Tensor, **inputs: Tensor) -> Tensor:
        with torch.inference_mode(), one_thread():
            return method.predict(x, mask.float(), **inputs).float()

    return predict
