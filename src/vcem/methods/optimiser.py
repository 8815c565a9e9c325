"""How a network's weights step: the paper's Adam, or any optimiser of torch by its name."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, cast, runtime_checkable

import torch
from torch import Tensor

from vcem.core.recipe import BelowOne, NotNegative, Positive, strict


@runtime_checkable
class Optimiser(Protocol):
    """What a recipe says of the steps of some networks."""

    def build(self, weights: Sequence[Tensor]) -> torch.optim.Optimizer:
        """Return the optimiser of these weights; the loop multiplies the learning rates that it begins with."""
        ...


@strict
@dataclass(frozen=True)
class Adam:
    """Adam (Kingma and Ba 2015). The paper's "beta of 0.9 and a momentum of 1" is betas 0.9 and 0.999 in its code."""

    lr: Positive
    beta1: BelowOne
    beta2: BelowOne = 0.999
    weight_decay: NotNegative = 0.0

    def build(self, weights: Sequence[Tensor]) -> torch.optim.Optimizer:
        """Return torch's Adam."""
        betas = (self.beta1, self.beta2)
        return torch.optim.Adam(weights, lr=self.lr, betas=betas, weight_decay=self.weight_decay, fused=True)


@strict
@dataclass(frozen=True)
class TorchOptimiser:
    """A class of torch.optim by its name, such as AdamW or SGD; `options` are its other arguments."""

    kind: str
    lr: Positive
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Take one step with weights of zero.

        Raises:
            ValueError: if torch has no such optimiser, it does not take these options or wants what no loop gives.
        """
        known = [name for name, value in vars(torch.optim).items() if _is_optimiser(value)]
        if self.kind not in known:
            raise ValueError(f"torch.optim has no {self.kind!r} but {', '.join(sorted(known))}")
        weights = [torch.zeros(shape, device="cpu", requires_grad=True) for shape in ((2, 1, 3, 3), (2,))]
        for weight in weights:
            weight.grad = torch.zeros_like(weight)
        try:
            cast(Any, self.build(weights)).step()
        except (TypeError, ValueError, RuntimeError) as error:
            raise ValueError(f"torch.optim.{self.kind} cannot train with these fields: {error}") from error

    def build(self, weights: Sequence[Tensor]) -> torch.optim.Optimizer:
        """Return the optimiser, fused where torch's Adam is."""
        given = {name: tuple(v) if isinstance(v, list) else v for name, v in self.options.items()}
        fused = {"fused": True} if self.kind in ("Adam", "AdamW") else {}
        made: torch.optim.Optimizer = getattr(torch.optim, self.kind)(weights, lr=self.lr, **(fused | given))
        return made


def _is_optimiser(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, torch.optim.Optimizer) and value is not torch.optim.Optimizer


@runtime_checkable
class Choosing(Protocol):
    """A recipe with the two tables of which one says how its networks step."""

    @property
    def adam(self) -> Adam | None: ...  # noqa: D102

    @property
    def optimiser(self) -> TorchOptimiser | None: ...  # noqa: D102


def settle(recipe: Choosing, paper: Adam) -> None:
    """Give a recipe with neither table the paper's Adam.

    Raises:
        ValueError: if it has both.
    """
    if recipe.adam and recipe.optimiser:
        raise ValueError("give one of the tables adam and optimiser, not both")
    if not recipe.adam and not recipe.optimiser:
        object.__setattr__(recipe, "adam", paper)


def chosen(recipe: Choosing) -> Optimiser:
    """Return how the networks of a settled recipe step."""
    return cast(Optimiser, recipe.optimiser or recipe.adam)
