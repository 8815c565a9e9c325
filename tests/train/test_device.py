import pytest
import torch

from vcem.core.errors import UsageError
from vcem.train.device import device_of


def test_a_device_that_is_not_there_is_refused():
    assert device_of("cpu") == torch.device("cpu")
    assert device_of("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")
    for name in ("abacus", "cuda:99"):
        with pytest.raises(UsageError, match=f"Device {name} cannot be used"):
            device_of(name)
