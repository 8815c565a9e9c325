"""The checkpoint: everything that training goes on from. Random states are not in it: each step seeds itself."""

import io
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from pickle import UnpicklingError
from typing import Any
from zipfile import BadZipFile, ZipFile

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from vcem.core.errors import FailureError
from vcem.core.files import atomic
from vcem.folders.run import STATE
from vcem.train.stop import Standing


@dataclass(frozen=True)
class Position:
    """How far a run is: whole epochs, and steps of the next with the sums of its losses."""

    epoch: int = 0
    step: int = 0
    sums: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    standing: Standing = field(default_factory=Standing)


def save_state(
    folder: Path,
    position: Position,
    nets: nn.Module,
    optimisers: Mapping[str, Optimizer],
    average: nn.Module | None = None,
) -> None:
    """Write the checkpoint, whole or not at all; torch's own writer hides a full disk behind another error."""
    content = {
        "position": asdict(position),
        "nets": nets.state_dict(),
        "optimisers": {name: o.state_dict() for name, o in optimisers.items()},
    } | ({} if average is None else {"average": average.state_dict()})
    whole = io.BytesIO()
    torch.save(content, whole)
    with atomic(folder / STATE) as partial, partial.open("wb") as file:
        file.write(whole.getbuffer())


def load_state(
    folder: Path, nets: nn.Module, optimisers: Mapping[str, Optimizer], average: nn.Module | None = None
) -> Position:
    """Go back to the checkpoint, or to the beginning where there is none.

    Raises:
        FailureError: if the file is damaged or of other networks.
    """
    if not (folder / STATE).is_file():
        return Position()
    content = read_state(folder)
    try:
        _refuse_other_networks(folder / STATE, nets, content["nets"])
        nets.load_state_dict(content["nets"])
        for name, optimiser in optimisers.items():
            optimiser.load_state_dict(content["optimisers"][name])
        if average is not None:
            average.load_state_dict(content["average"])
        position = dict(content["position"])
        return Position(**{**position, "standing": Standing(**position["standing"])})
    except (LookupError, AttributeError, TypeError, ValueError, RuntimeError) as error:
        raise _damaged(folder / STATE, error) from error


def load_moments(folder: Path, optimisers: Mapping[str, Optimizer]) -> None:
    """Take over the moments of another run's optimisers, but not their learning rates.

    Raises:
        FailureError: if that run's checkpoint is missing, damaged or of other networks.
    """
    content = read_state(folder)
    try:
        for name, optimiser in optimisers.items():
            own = [{k: v for k, v in g.items() if k != "params"} for g in optimiser.param_groups]
            theirs = content["optimisers"][name]["param_groups"]
            if [g.keys() - {"params"} for g in theirs] != [g.keys() for g in own]:
                raise ValueError(f"{name} steps by another optimiser than {type(optimiser).__name__}")
            optimiser.load_state_dict(content["optimisers"][name])
            for group, values in zip(optimiser.param_groups, own, strict=True):
                group.update(values)
    except (LookupError, AttributeError, TypeError, ValueError, RuntimeError) as error:
        raise _damaged(folder / STATE, error) from error


def read_state(folder: Path) -> dict[str, Any]:
    """Read a checkpoint; tensors and plain values only, nothing in it can run.

    Raises:
        FailureError: if it is missing, cut short or something else.
    """
    try:
        with ZipFile(folder / STATE) as archive:
            if broken := archive.testzip():  # torch reads on over a wrong check sum
                raise ValueError(f"{broken} does not fit its check sum")
        content = torch.load(folder / STATE, map_location="cpu", weights_only=True)
        if not isinstance(content, dict):
            raise TypeError(f"it holds a {type(content).__name__}")
    except (OSError, LookupError, RuntimeError, TypeError, ValueError, BadZipFile, UnpicklingError) as error:
        raise _damaged(folder / STATE, error) from error
    return content


def differing(nets: nn.Module, tensors: Mapping[str, Tensor]) -> list[str]:
    """Return the names of tensors that only one side has, or that differ in shape."""
    own = nets.state_dict()
    shared = own.keys() & tensors.keys()
    return sorted((own.keys() ^ tensors.keys()) | {n for n in shared if own[n].shape != tensors[n].shape})


def _refuse_other_networks(path: Path, nets: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    if other := differing(nets, tensors):
        raise FailureError(
            f"The checkpoint {path} is of other networks: {len(other)} tensor(s) differ, the first is {other[0]}.",
            "the checkpoint of this very run",
            f"put it back, or remove {path.parent} and train this fold again from its beginning",
        )


def _damaged(path: Path, error: Exception) -> FailureError:
    lines = str(error).splitlines() or [type(error).__name__]
    return FailureError(
        f"The checkpoint {path} is damaged: {lines[0]:.200}",
        "a whole checkpoint of this run",
        f"put back a copy of it, or remove {path.parent} and train this fold again from its beginning",
    )
