import numpy as np
import pytest
from jaxtyping import TypeCheckError

from vcem.core.terms import Side
from vcem.prepare.breast import breast_mask


def test_a_wrong_shape_is_caught_while_testing():
    with pytest.raises(TypeCheckError, match="h w"):
        breast_mask(np.zeros((3, 3, 3)), Side.LEFT)
