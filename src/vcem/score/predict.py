"""From a trained run to virtual DES images."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from vcem.core.arrays import MaskStack, Stack
from vcem.core.errors import FailureError, UsageError
from vcem.core.pictures import write_png
from vcem.core.recipe import digest
from vcem.folders.folds import Fold, Folds
from vcem.folders.predictions import Maker, Predictions, are_finished, of_run, read_predictions, write_predictions
from vcem.folders.prepared import Store
from vcem.prepare import chain
from vcem.train import rundir
from vcem.train.device import device_of

Images: TypeAlias = Float[Tensor, "b 1 h w"]
Generator: TypeAlias = Callable[..., Images]
"""LE images x and breast masks, and a method's inputs by name, to virtual DES images y_hat."""
Every: TypeAlias = Float[np.ndarray, "every h w"]
AT_ONCE = 8
Part = Literal["train", "val", "test"]


def predict_fold(run_dir: Path, store: Store, folds: Folds, device: str = "cpu") -> Predictions:
    """Write the virtual DES images of a finished run's test pairs into its `predictions/`.

    Raises:
        UsageError: if the run is not finished, or was trained on other data or another folds file.
    """
    run = rundir.read_run(run_dir)
    pairs = part_of(run, folds, "test")
    return predict_run(run, store, pairs, of_run(run_dir), device)


def predict_run(
    run: rundir.Run, store: Store, pairs: Sequence[str], out: Path, device: str = "cpu", fold: int | None = None
) -> Predictions:
    """Write the virtual DES images that a run's best weights make of these pairs.

    `fold`: which fold of the data these are, if not the run's own.

    Raises:
        UsageError: if the run is not finished, or was trained on images of another protocol, size or frame, or there
            is no such device.
    """
    recipe = run.recipe
    rundir.refuse_other_images(run, store)
    predict = rundir.predict_of(rundir.load_method(run), device)
    number = run.fold if fold is None else fold
    maker = Maker(recipe.method.kind, recipe.name, number, run.weights, device_of(device).type)
    return predict_pairs(predict, maker, store, pairs, out, recipe.method.inputs)


def part_of(run: rundir.Run, folds: Folds, part: Part) -> tuple[str, ...]:
    """Return the train, val or test pairs of a run's fold.

    Raises:
        UsageError: if it was trained on another fold than the file's of that number.
    """
    fold = folds.folds[run.fold] if run.fold < len(folds.folds) else None
    if fold is None or digest(fold) != run.facts.get("pairs", {}).get("digest"):
        raise UsageError(
            f"{run.folder} was trained on another fold {run.fold} than this folds file has.",
            "the folds file of the training",
            "name it with --folds-file",
        )
    return pairs_in(fold, part)


def pairs_in(fold: Fold, part: Part) -> tuple[str, ...]:
    """Return the pairs of one part of a fold."""
    return {"train": fold.train, "val": fold.val, "test": fold.test}[part]


def predict_pairs(
    generator: Generator, maker: Maker, store: Store, pairs: Sequence[str], out: Path, inputs: Sequence[str] = ()
) -> Predictions:
    """Write the virtual DES images of these pairs; nothing is done where the same ones already stand.

    With `inputs`, channels that the generator takes too, nothing is drawn from LE before contrast: they hold contrast.
    """
    earlier = None if inputs else store.x_before
    if _stands(out, maker, store, pairs, earlier is not None):
        return read_predictions(out)
    before = None if earlier is None else virtual_des(generator, store, pairs, earlier)
    return write_predictions(out, maker, store, pairs, virtual_des(generator, store, pairs, store.x, inputs), before)


def virtual_des(
    generator: Generator, store: Store, pairs: Sequence[str], x: Every, inputs: Sequence[str] = ()
) -> Stack:
    """Return the virtual DES images that the generator makes of `x`, the store's LE after or before contrast."""
    rows = store.rows(pairs)
    batches = [rows[a : a + AT_ONCE] for a in range(0, len(rows), AT_ONCE)]
    channels = {name: store.channel(name) for name in inputs}
    made = [_batch(generator, x[b], store.mask[b], {n: a[b] for n, a in channels.items()}) for b in batches]
    return np.concatenate(made)


@torch.no_grad()
def _batch(generator: Generator, le: Stack, breast: MaskStack, inputs: Mapping[str, np.ndarray]) -> Stack:
    x, mask, *others = (torch.from_numpy(np.array(a, np.float32))[:, None] for a in (le, breast, *inputs.values()))
    array: Stack = generator(x, mask, **dict(zip(inputs, others, strict=True)))[:, 0].float().cpu().numpy()
    return array


def _stands(out: Path, maker: Maker, store: Store, pairs: Sequence[str], both: bool) -> bool:
    if not are_finished(out):
        return False
    try:
        old = read_predictions(out, whole=True)
    except FailureError:
        return False  # they were changed, and are made again
    if both and old.y_hat_before is None:
        return False
    return (old.maker, old.prepared, old.pairs) == (maker, store.digest, tuple(pairs))


def write_native(predictions: Predictions, store: Store, folder: Path) -> None:
    """Write each prediction as a 16-bit PNG on the rows and columns of its given LE image."""
    for pair, row, y_hat in zip(predictions.pairs, store.rows(predictions.pairs), predictions.y_hat, strict=True):
        write_png(folder / f"{pair}.png", chain.undo(np.array(y_hat), store.pairs[row].chain), bits=16)
