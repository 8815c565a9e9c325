"""What networks compute in; parameters and losses stay float32."""

from contextlib import AbstractContextManager, nullcontext
from typing import Literal

import torch

Precision = Literal["auto", "float32", "bfloat16"]


def chosen(precision: Precision, device: torch.device) -> torch.dtype:
    """Return the type to compute in: "auto" takes bfloat16 only where the hardware multiplies it faster than float32.

    A CPU with AVX512-BF16 but no AMX tiles is slower in bfloat16 (benchmarks/training_step.py).
    """
    if precision == "float32":
        return torch.float32
    if precision == "bfloat16" or _has_fast_bfloat16(device):
        return torch.bfloat16
    return torch.float32


def computing_in(dtype: torch.dtype, device: torch.device) -> AbstractContextManager[object]:
    """Return the context in which networks and losses are evaluated."""
    return torch.autocast(device.type, dtype) if dtype is torch.bfloat16 else nullcontext()


def _has_fast_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return bool(torch.cpu._is_amx_tile_supported())
