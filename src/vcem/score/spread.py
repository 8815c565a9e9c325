"""What is stated of pairs of a prepared folder, and quantile heads fitted to what a frozen generator leaves over."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from vcem.core.arrays import Stack
from vcem.core.errors import UsageError
from vcem.core.seeds import rng_for, seed_for
from vcem.core.threads import one_thread
from vcem.folders.prepared import Store
from vcem.nets.quantiles import QuantileHead, pinball
from vcem.score.predict import AT_ONCE, Images
from vcem.train.spread import Draw

BATCH, RATE = 8, 2e-3
CUT = 8  # a head halves three times
MOST_PAIRS = 400  # a head is small, and a generator slow


@dataclass(frozen=True)
class Stated:
    """Virtual DES images, and distances below and above them before calibration; row i is of pair i."""

    y_hat: Stack
    lower: Stack
    upper: Stack


def stated(draw: Draw, store: Store, pairs: Sequence[str]) -> Stated:
    """Return what is stated of these pairs of a prepared folder."""
    rows = store.rows(pairs)
    batches = (rows[a : a + AT_ONCE] for a in range(0, len(rows), AT_ONCE))
    made = [draw(_tensor(store.x[b]), _tensor(store.mask[b])).numpy() for b in batches]
    return Stated(*np.concatenate(made).swapaxes(0, 1))


def _tensor(images: np.ndarray) -> Images:
    return torch.from_numpy(np.array(images, np.float32))[:, None]


def fit_head(draw: Draw, store: Store, pairs: Sequence[str], level: float, seed: int, steps: int) -> QuantileHead:
    """Fit a quantile head to what a frozen generator leaves over on the pairs of its training.

    Args:
        draw: the generator; its distances are not used.
        store: the prepared folder.
        pairs: those that the generator learned from; MOST_PAIRS of them are taken.
        level: of the interval; half of the rest lies below, half above.
        seed: of the first weights and the order of the pairs.
        steps: of Adam, its rate falling along half a cosine.

    Raises:
        UsageError: if the rows or columns are no multiple of 8.
    """
    if any(side % CUT for side in store.size):
        raise UsageError(f"A quantile head cannot take {store.size} pixels.", f"multiples of {CUT}")
    rng = rng_for(seed, "quantiles")
    some = [pairs[i] for i in sorted(rng.permutation(len(pairs))[:MOST_PAIRS])]
    y_hat, rows = stated(draw, store, some).y_hat, np.array(store.rows(some))
    with torch.random.fork_rng(devices=[]), one_thread():
        torch.manual_seed(seed_for(seed, "quantiles"))
        head = QuantileHead()
        adam = torch.optim.Adam(head.parameters(), RATE)
        rates = torch.optim.lr_scheduler.CosineAnnealingLR(adam, steps)
        for _ in range(steps):
            picked = np.sort(rng.choice(len(rows), min(BATCH, len(rows)), replace=False))
            adam.zero_grad()
            _loss(head, store, rows[picked], _tensor(y_hat[picked]), level).backward()  # type: ignore[no-untyped-call]
            adam.step()
            rates.step()
    return head.eval()


def _loss(head: nn.Module, store: Store, rows: np.ndarray, y_hat: Images, level: float) -> Tensor:
    x, y, mask = (_tensor(channel[rows]) for channel in (store.x, store.y, store.mask))
    distances, tail = head(x, y_hat, mask), (1 - level) / 2
    below = pinball(y - y_hat, -distances[:, :1], tail, mask)
    return below + pinball(y - y_hat, distances[:, 1:], 1 - tail, mask)
