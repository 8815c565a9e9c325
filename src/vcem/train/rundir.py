"""A run folder for those who know networks: its recipe, its weights, and a method that is ready to predict."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor, nn

from vcem.core.errors import FailureError, UsageError
from vcem.core.files import write_bytes
from vcem.core.grid import Framing, framing_of
from vcem.core.recipe import digest
from vcem.core.terms import Origin, Protocol
from vcem.core.threads import one_thread
from vcem.folders import run
from vcem.folders.bundled import found
from vcem.folders.folds import Fold
from vcem.folders.model import Form, is_model, open_model
from vcem.folders.prepared import Store
from vcem.folders.run import BEST, KIND, LEARNED_FROM, RECIPE, refuse_unfinished, whole_best_of
from vcem.methods import METHODS
from vcem.methods.method import Method
from vcem.train.device import device_of
from vcem.train.recipe import TrainRecipe, load
from vcem.train.state import differing

Predict = Callable[..., Tensor]


@dataclass(frozen=True)
class Run(run.Run):
    """An opened run folder with its recipe."""

    recipe: TrainRecipe

    @property
    def framing(self) -> Framing:
        """The grid that it was trained on, and what of the given images it showed."""
        return framing_of({"size": self.recipe.size, **self.facts})


def facts_of(recipe: TrainRecipe, store: Store, index: int, fold: Fold, init_from: Path | None) -> dict[str, Any]:
    """Return what names a run: recipe, data, fold and the run it starts from.

    Raises:
        UsageError: if that run is not finished, or learned from a patient whom this fold tests.
    """
    return {
        "kind": KIND,
        "recipe": recipe.name,
        "recipe_digest": digest(recipe),
        "method": recipe.method.kind,
        **({"package": package} if (package := METHODS.package(recipe.method.kind)) else {}),
        "protocol": recipe.protocol.value,
        "origin": store.origin.value,
        **store.framing.facts,
        "fold": index,
        "data": store.digest,
        "pairs": {"train": len(fold.train), "val": len(fold.val), "test": len(fold.test), "digest": digest(fold)},
        "patients": _patients(store, fold),
        LEARNED_FROM: _learned_from(store, (*fold.train, *fold.val)),
        "init_from": _started_from(init_from, store, fold).weights if init_from else None,
    }


def _started_from(folder: Path, store: Store, fold: Fold) -> Run:
    """Return the run that this one starts from, whose networks must not know by heart what is held out here.

    Names mean the same patients in the same data and, since they may be pseudonyms, among clinical images; simulations
    count their women from 1. Folds of the paper's protocol share patients anyway.
    """
    source = refuse_unfinished(read_run(folder))
    same = source.facts.get("data") == store.digest or {source.facts.get("origin"), store.origin} == {Origin.CLINICAL}
    learned = source.facts.get("learned_from", {}).get("patients", []) if same else []
    held = {store.pairs[row].patient for row in store.rows(fold.test)}
    if store.protocol is Protocol.STRICT and (both := sorted(held.intersection(learned))):
        raise UsageError(
            f"{folder} learned from {len(both)} patient(s) whom this fold tests, such as {both[0]}.",
            "a run of other patients, such as the same fold of a pre-training on these: scores would flatter",
            "name the same fold with --init-from, or a folder of one run a fold",
        )
    return source


def _patients(store: Store, fold: Fold) -> dict[str, int]:
    """Count the patients of each part, and those of the test part who are in another part too."""
    train, val, test = ({store.pairs[r].patient for r in store.rows(p)} for p in (fold.train, fold.val, fold.test))
    return {"train": len(train), "val": len(val), "test": len(test), "shared": len(test & (train | val))}


def _learned_from(store: Store, pairs: Sequence[str]) -> dict[str, Any]:
    """Say whom a run saw: the patients by their names in the data, and its images by machine and density."""
    seen = [store.pairs[row] for row in store.rows(pairs)]
    counts = {what: dict(sorted(Counter(getattr(p, what) for p in seen).items())) for what in ("machine", "density")}
    return {"patients": sorted({p.patient for p in seen}), **counts}


def read_run(folder: Path) -> Run:
    """Open a run folder, or by its name a model that comes with vcem.

    Raises:
        UsageError: if it is none.
    """
    opened = run.open_run(found(folder))
    return Run(opened.folder, opened.facts, load(opened.folder / RECIPE, package=str(opened.facts.get("package", ""))))


def read_trained(folder: Path) -> Run:
    """Open a run folder, or an exported folder of weights, which is a finished run without its training.

    Raises:
        UsageError: if it is neither.
        FailureError: if an exported folder is damaged.
    """
    folder = found(folder)
    if run.is_run(folder):
        return read_run(folder)
    opened = open_model(folder)
    if opened.form is not Form.FOLDER:
        raise UsageError(
            f"{folder} holds an ONNX graph, which takes one image at a time.", "a run, or a model exported as weights",
            "vcem export RUN --to folder",
        )  # fmt: skip
    return Run(folder, opened.facts, load(folder / RECIPE, package=str(opened.card.get("package", ""))))


def save_best(folder: Path, nets: nn.Module) -> None:
    """Write the networks, whole or not at all."""
    tensors = {name: t.detach().cpu().contiguous().clone() for name, t in nets.state_dict().items()}
    write_bytes(folder / BEST, save(tensors))


def load_best(opened: run.Run, nets: nn.Module) -> None:
    """Fill the networks with the best weights of a run.

    Raises:
        UsageError: if that run has none yet, or its networks are of another shape.
        FailureError: if the file is damaged, or was changed after training.
    """
    again = "export the model" if is_model(opened.folder) else f"remove {opened.folder} and train this fold"
    load_weights(whole_best_of(opened), nets, f"{again} again")


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


def at_dose(opened: Run, dose: int | None) -> Run:
    """Return the run as it predicts from exams at this percent of the dose, which its name then says; None: as it is.

    Raises:
        UsageError: if its method takes no exam at a low dose, or there is no such dose.
    """
    recipe = opened.recipe
    if dose is None:
        return opened
    if recipe.method.dose is None:
        raise UsageError(f"{recipe.name} takes no DES at a low dose.", "a run of the method lowdose",
                         "leave --dose out")  # fmt: skip
    method = replace(cast(Any, recipe.method), dose=dose)
    return replace(opened, recipe=replace(recipe, name=f"{recipe.name}-{dose}", method=method))


def refuse_inputs(recipe: TrainRecipe) -> None:
    """Refuse to draw from images of an exam by a method that takes what no exam brings.

    Raises:
        UsageError: if the recipe's method has other inputs than LE, or LE and DES at a low dose.
    """
    if (inputs := recipe.method.inputs) and recipe.method.dose is None:
        raise UsageError(
            f"{recipe.name} draws from {', '.join(inputs)} too, which no LE image brings with it.",
            "a method that draws from LE alone",
            "predict pairs of a prepared folder that has these channels, with vcem predict",
        )


def refuse_other_images(opened: Run, store: Store) -> None:
    """Refuse data that a run's networks have never seen the like of.

    Raises:
        UsageError: if they were prepared by another protocol, at another size or in another frame.
    """
    recipe = opened.recipe
    if (recipe.protocol, opened.framing) != (store.protocol, store.framing):
        raise UsageError(
            f"{opened.folder} was trained on {recipe.protocol} images of {opened.framing}, {store.folder} holds "
            f"{store.protocol} images of {store.framing}.",
            "data prepared as for the training",
            f"vcem prepare --protocol {recipe.protocol} {opened.framing.options}",
        )


def load_method(opened: Run) -> Method:
    """Build a finished run's method with its best weights, ready to predict.

    Raises:
        UsageError: if training has not ended.
    """
    refuse_unfinished(opened)
    method = unfilled(opened.recipe)
    load_best(opened, method.nets)
    return method


def unfilled(recipe: TrainRecipe) -> Method:
    """Build a recipe's method to predict with, weights still to come; torch's random state is left alone."""
    with torch.random.fork_rng(devices=[]):
        method = recipe.build()
    method.nets.eval()
    return method


def predict_of(method: Method, device: str = "cpu") -> Predict:
    """Return `predict(x, mask, **inputs) -> y_hat` (b 1 h w in [0, 1], on the CPU) of a method that is ready to.

    It computes on one thread, or on another device.

    Raises:
        UsageError: if there is no such device.
    """
    place = device_of(device)
    method.nets.to(place)

    def predict(x: Tensor, mask: Tensor, **inputs: Tensor) -> Tensor:
        with torch.inference_mode(), one_thread():
            others = {name: values.to(place) for name, values in inputs.items()}
            return method.predict(x.to(place), mask.float().to(place), **others).float().cpu()

    return predict
