"""Where networks and metrics compute: a CPU, or a GPU where there is one."""

import torch

from vcem.core.errors import UsageError


def device_of(name: str) -> torch.device:
    """Return the device; "auto" is the GPU where there is one.

    Raises:
        UsageError: if there is no such device here.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(0, device=name)
    except (RuntimeError, AssertionError) as error:
        told = (str(error).splitlines() or ["no reason given"])[0].rstrip(".")
        raise UsageError(f"Device {name} cannot be used: {told}.", "auto, cpu or cuda", "leave --device out") from error
    return torch.device(name)
