"""What metrics are given: every test of one that takes `given` runs with NumPy's arrays and with torch's tensors."""

import numpy as np
import pytest
import torch


@pytest.fixture(params=[np.asarray, torch.from_numpy], ids=["numpy", "torch"])
def given(request):
    """Make a NumPy array what the metric is given."""
    return request.param
