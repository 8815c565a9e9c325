from dataclasses import replace

import pytest

from study_designs import READINGS
from vcem.core.errors import UsageError


def test_millimetres_need_a_spacing(toy_store):
    reading = replace(READINGS["multi-reader"], mark_within_mm=5.0)
    with pytest.raises(UsageError, match="do not say their pixel spacing"):
        reading.check_data(toy_store)
    replace(reading, pixel_mm=0.1).check_data(toy_store)
    READINGS["multi-reader"].check_data(toy_store)
