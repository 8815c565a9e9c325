"""The moving average of a training's weights (Polyak and Juditsky 1992), which is smoother than its last step."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy

import torch
from torch import Tensor, nn

SLOWLY = 10  # the n-th average keeps at most (1 + n) / (10 + n) of the one before, so that the beginning fades


class Average(nn.Module):
    """The average of these networks so far; running statistics and other buffers are those of the last step."""

    def __init__(self, nets: nn.Module, decay: float) -> None:
        super().__init__()
        self.decay = decay
        self.nets = deepcopy(nets)
        self.taken: Tensor
        self.register_buffer("taken", torch.zeros((), dtype=torch.long))

    @torch.no_grad()
    def take(self, nets: nn.Module) -> None:
        """Take the networks after one more step into account."""
        self.taken += 1
        kept = min(self.decay, (1 + int(self.taken)) / (SLOWLY + int(self.taken)))
        for own, weight in zip(self.nets.parameters(), nets.parameters(), strict=True):
            own.lerp_(weight, 1 - kept)
        for last, buffer in zip(self.nets.buffers(), nets.buffers(), strict=True):
            last.copy_(buffer)

    @contextmanager
    def standing_in(self, nets: nn.Module) -> Iterator[None]:
        """Give the networks the average's numbers, and their own back at the end."""
        own = {name: tensor.clone() for name, tensor in nets.state_dict().items()}
        nets.load_state_dict(self.nets.state_dict())
        try:
            yield
        finally:
            nets.load_state_dict(own)
