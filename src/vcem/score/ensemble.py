"""Several runs as one: the mean of their virtual DES images, over seeds, recipes or folds."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from vcem.core.errors import UsageError
from vcem.core.files import sha256_text
from vcem.folders.folds import Folds
from vcem.folders.predictions import Maker, Predictions
from vcem.folders.prepared import Store
from vcem.score.predict import Generator, Images, Part, pairs_in, part_of, predict_pairs, predict_run
from vcem.train import rundir
from vcem.train.device import device_of

TELLING = ("protocol", "size", "inputs")


def predict_together(
    runs: Sequence[rundir.Run], store: Store, pairs: Sequence[str], out: Path, device: str = "cpu",
    fold: int | None = None,
) -> Predictions:  # fmt: skip
    """Write the mean of the virtual DES images that these runs' best weights make of these pairs.

    `fold`: which fold of the data these are, if not the runs' own.

    Raises:
        UsageError: if a run is not finished, or they were trained on images of different protocols, sizes or channels,
            or on others than these, or there is no such device.
    """
    if len(runs) == 1:
        return predict_run(runs[0], store, pairs, out, device, fold)
    refuse_mixture_of(runs)
    rundir.refuse_other_images(runs[0], store)
    generators = [rundir.predict_of(rundir.load_method(run), device) for run in runs]
    maker = maker_of(runs, device)
    maker = maker if fold is None else replace(maker, fold=fold)
    return predict_pairs(mean_of(generators), maker, store, pairs, out, runs[0].recipe.method.inputs)


def refuse_mixture_of(runs: Sequence[rundir.Run]) -> None:
    """Refuse runs whose images are not the same images.

    Raises:
        UsageError: names the first that differs, and in what.
    """
    first = _of(runs[0])
    for run in runs[1:]:
        if other := [name for name in TELLING if _of(run)[name] != first[name]]:
            raise UsageError(
                f"{run.folder} cannot be averaged with {runs[0].folder}: {other[0]} {_of(run)[other[0]]} against "
                f"{first[other[0]]}.",
                "runs on images of one protocol, one size, one frame and the same channels",
            )


def _of(run: rundir.Run) -> dict[str, object]:
    recipe = run.recipe
    return {"protocol": recipe.protocol.value, "size": str(run.framing), "inputs": tuple(recipe.method.inputs)}


def pairs_of(runs: Sequence[rundir.Run], folds: Folds, part: Part, fold: int | None = None) -> tuple[str, ...]:
    """Return the pairs of a part of the one fold that all runs share, or of that fold of data that none of them saw.

    Raises:
        UsageError: if their folds differ: what one tests another trained with; or there is no such fold.
    """
    if fold is not None:
        if not 0 <= fold < len(folds.folds):
            raise UsageError(f"There is no fold {fold}.", f"0 to {len(folds.folds) - 1}")
        return pairs_in(folds.folds[fold], part)
    folds_of = sorted({run.fold for run in runs})
    if len(folds_of) > 1:
        raise UsageError(
            f"These runs are of folds {', '.join(map(str, folds_of))}: what one of them tests another saw in training.",
            "runs of one fold, or pairs of other data by name",
            "name --pairs of other data",
        )
    parts = [part_of(run, folds, part) for run in runs]
    return parts[0]


def refuse_trained(runs: Sequence[rundir.Run], store: Store, folds: Folds, pairs: Sequence[str]) -> None:
    """Refuse pairs that a run trained or validated with: their scores would flatter.

    Raises:
        UsageError: if there is one.
    """
    for run in runs:
        seen = {*part_of(run, folds, "train"), *part_of(run, folds, "val")} if _saw(run, store) else set()
        if known := seen & set(pairs):
            raise UsageError(
                f"{run.folder} trained or validated with {len(known)} of these pairs, such as {min(known)}.",
                "pairs that none of the runs saw before",
            )


def trained_on(runs: Sequence[rundir.Run], store: Store) -> bool:
    """Whether a run was trained on pairs of this folder."""
    return any(_saw(run, store) for run in runs)


def _saw(run: rundir.Run, store: Store) -> bool:
    return bool(run.facts.get("data") == store.digest)


def mean_of(generators: Sequence[Generator]) -> Generator:
    """Return the generator whose image is the mean of theirs."""

    def predict(x: Images, mask: Images, **inputs: Images) -> Images:
        return torch.stack([generator(x, mask, **inputs) for generator in generators]).mean(0)

    return predict


def maker_of(runs: Sequence[rundir.Run], device: str = "cpu") -> Maker:
    """Return what names an ensemble: its methods, recipes, fold and weights."""
    kinds = dict.fromkeys(run.recipe.method.kind for run in runs)
    names = dict.fromkeys(run.recipe.name for run in runs)
    folds = {run.fold for run in runs}
    weights = sha256_text("\n".join(sorted(run.weights for run in runs)))
    return Maker("+".join(kinds), "+".join(names), folds.pop() if len(folds) == 1 else None, weights,
                 device_of(device).type)  # fmt: skip
