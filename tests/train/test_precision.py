import pytest
import torch

from vcem.train import precision
from vcem.train.precision import chosen, computing_in

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


def test_what_is_asked_for_is_done():
    assert chosen("float32", CPU) is torch.float32
    assert chosen("bfloat16", CPU) is torch.bfloat16


@pytest.mark.parametrize(("tiles", "dtype"), [(False, torch.float32), (True, torch.bfloat16)])
def test_auto_takes_bfloat16_on_a_cpu_with_amx_tiles_only(monkeypatch, tiles, dtype):
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: tiles)
    assert chosen("auto", CPU) is dtype


@pytest.mark.parametrize(("native", "dtype"), [(False, torch.float32), (True, torch.bfloat16)])
def test_auto_takes_bfloat16_on_a_gpu_that_has_it_in_hardware(monkeypatch, native, dtype):
    asked = {}

    def supported(including_emulation):
        asked["emulated"] = including_emulation
        return native

    monkeypatch.setattr(precision.torch.cuda, "is_bf16_supported", supported)
    assert chosen("auto", CUDA) is dtype
    assert asked == {"emulated": False}


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_products_are_computed_in_that_type(dtype):
    a = torch.ones(2, 2)
    with computing_in(dtype, CPU):
        assert (a @ a).dtype is dtype
    assert (a @ a).dtype is torch.float32
