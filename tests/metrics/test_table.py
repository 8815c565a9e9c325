import subprocess
import sys

import numpy as np
import pytest

from vcem.core.errors import UsageError
from vcem.folders.scores import BREAST, LATER
from vcem.folders.scores import METRICS as DECLARED
from vcem.metrics.table import METRICS, Area, Metric, columns, register_metric


def zero(y, y_hat, mask):
    return np.zeros(len(y))


@pytest.fixture
def registered(monkeypatch):
    monkeypatch.setattr(METRICS, "_registered", {})


def test_the_own_metrics_are_those_that_tables_of_scores_declare():
    assert set(columns()) == {*DECLARED, *BREAST, *LATER}
    assert columns(DECLARED) == (*DECLARED, *BREAST)


def test_a_registered_metric_has_columns_where_it_is_taken(registered):
    register_metric("edges", Metric("Edges", zero, False, 3, areas=(Area.BREAST,)))
    assert columns()[-1] == "edges_breast"
    assert columns(["edges", "mse"]) == ("mse", "edges_breast", "mse_breast")
    assert METRICS["edges"].of("paper-half") is zero
    for name in ("mse", "my edges"):
        with pytest.raises(UsageError):
            register_metric(name, Metric("Edges", zero, False, 3))


def test_a_variant_falls_back_to_the_one_it_is_of():
    assert METRICS["ssim"].of("strict") is not METRICS["ssim"].of("paper")
    assert METRICS["psnr"].of("paper-half") is METRICS["psnr"].of("paper")
    assert METRICS["vif"].of("paper-half") is METRICS["vif"].of("strict")


def test_reading_the_table_loads_no_torch():
    code = "import sys, vcem.metrics.table as t; t.columns(); sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
