import math

import pytest

from vcem.metrics.table import Area
from vcem.report.quantities import (
    bounds,
    method_name,
    number,
    p_value,
    percent,
    quantities,
    short_name,
    with_bounds,
    with_spread,
)
from vcem.stats.intervals import Interval

NAN = math.nan


@pytest.mark.parametrize(
    ("value", "shown"), [(0.01234, "0.012"), (-0.5, "−0.500"), (-0.0001, "0.000"), (NAN, "–"), (-1e-9, "0.000")]
)
def test_numbers_have_true_minus_signs_and_no_negative_zero(value, shown):
    assert number(value, 3) == shown


def test_signed_numbers():
    assert number(0.5, 1, sign=True) == "+0.5"
    assert number(0.0, 1, sign=True) == "0.0"


def test_headings_say_which_way_is_better():
    MSE, PSNR, VIF, SSIM = quantities(Area.WHOLE, ["mse", "psnr", "ssim", "vif", "mse_breast"])
    assert (VIF.column, SSIM.column) == ("vif", "ssim"), "in the order of the paper's tables"
    assert MSE.heading == "MSE ↓"
    assert PSNR.heading == "PSNR (dB) ↑"
    assert PSNR.show(27.1234) == "27.12"


def test_a_single_fold_shows_no_spread():
    assert with_spread(0.5, NAN, 2) == "0.50"
    assert with_spread(0.5, 0.1, 2) == "0.50 ± 0.10"


def test_intervals_and_shares():
    assert with_bounds(Interval(0.5, 0.4, 0.6), 1) == "0.5 (0.4 to 0.6)"
    assert with_bounds(Interval(NAN, NAN, NAN), 1) == "–"
    assert bounds(Interval(0.5, NAN, NAN), 1) == "no interval"
    assert percent(Interval(0.5, 0.4, 0.615)) == "50 % (40 to 62 %)"
    assert percent(Interval(0.5, NAN, NAN)) == "50 % (no interval)"
    assert percent(Interval(NAN, NAN, NAN)) == "–"


def test_p_is_never_zero():
    assert p_value(0.0004) == "< 0.001"
    assert p_value(0.0312) == "0.031"
    assert p_value(NAN) == "–"


def test_names():
    assert method_name("cyclegan") == "CycleGAN"
    assert short_name("reference-mean-des") == "mean DES"
    assert method_name("long-pix2pix") == "long-pix2pix"
