"""One training step: every turn of a method, with autocast, backward, averaging over ranks, clipping, stepping."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from vcem.methods.method import Batch, Loss, Method
from vcem.nets.fast import put_in
from vcem.train.memory import keep_freed_memory
from vcem.train.precision import computing_in
from vcem.train.ranks import Ranks, average_gradients


class Stepper:
    """A method with its optimisers, in the layout and the precision in which it trains."""

    def __init__(
        self,
        method: Method,
        device: torch.device,
        dtype: torch.dtype = torch.float32,
        clip_norm: float | None = None,
        ranks: Ranks | None = None,
    ) -> None:
        self.method, self.device, self.dtype, self.clip_norm, self.ranks = method, device, dtype, clip_norm, ranks
        keep_freed_memory()
        method.nets.to(device)
        if device.type == "cpu" and dtype is torch.float32:
            put_in(method.nets)
        to_channels_last(method.nets)
        self.optimisers = {name: group.optimiser.build(self._weights(name)) for name, group in method.groups.items()}
        self._rates = {name: [g["lr"] for g in o.param_groups] for name, o in self.optimisers.items()}

    def take(self, batch: Batch, share: float = 1.0) -> dict[str, float]:
        """Take one step and return every loss term; `share` is this process's part of the whole batch."""
        terms: dict[str, Tensor] = {}
        turns = self.method.turns(batch)
        while turn := self._next(turns):
            whose, loss = turn
            self._update(whose, loss, share)
            terms |= {f"{whose}.{name}": term.detach() for name, term in loss.items()}
        return {name: term.item() for name, term in terms.items()}

    def set_learning_rate(self, factor: float) -> None:
        """Set every learning rate to the recipe's times the factor."""
        for name, optimiser in self.optimisers.items():
            for group, rate in zip(optimiser.param_groups, self._rates[name], strict=True):
                group["lr"] = rate * factor

    def _next(self, turns: Iterator[tuple[str, Loss]]) -> tuple[str, Loss] | None:
        with computing_in(self.dtype, self.device):
            return next(turns, None)

    def _update(self, whose: str, loss: Loss, share: float) -> None:
        nets = self._nets(whose)
        self.optimisers[whose].zero_grad()
        torch.autograd.backward(torch.stack(list(loss.values())).sum())
        if self.ranks:
            average_gradients(nets, share, self.ranks)
        if self.clip_norm is not None:
            nn.utils.clip_grad_norm_(self._weights(whose), self.clip_norm)
        self.optimisers[whose].step()

    def _nets(self, whose: str) -> list[nn.Module]:
        return [self.method.nets[name] for name in self.method.groups[whose].nets]

    def _weights(self, whose: str) -> list[Tensor]:
        return [p for net in self._nets(whose) for p in net.parameters()]


def to_channels_last(nets: nn.Module) -> None:
    """Lay the filters out as convolutions read them fastest; the numbers stay."""
    for weight in nets.parameters():
        if weight.ndim == 4:
            weight.data = weight.data.contiguous(memory_format=torch.channels_last)
