import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vcem.core.terms import View
from vcem.folders.catalogue import read_catalogue
from vcem.simulate.check_realism import (
    Measured,
    Setting,
    cohort_rows,
    exponent_rows,
    pair_rows,
    real_ranges,
    realism_rows,
)
from vcem.simulate.priors import Lesions, Priors
from vcem.simulate.realism import PairStatistics

NAMES = list(PairStatistics.__dataclass_fields__)
ROOT = Path(__file__).parents[2]


def test_every_statistic_has_a_range_of_many_real_pairs():
    ranges = real_ranges()
    assert [r["statistic"] for r in ranges] == NAMES
    for row in ranges:
        assert int(row["pairs"]) > 200
        values = [float(row[p]) for p in ("p05", "p25", "p50", "p75", "p95")]
        assert values == sorted(values)


def test_medians_of_real_pairs_pass_and_absurd_ones_do_not():
    middle = PairStatistics(*[float(r["p50"]) for r in real_ranges()])
    absurd = PairStatistics(*[1e6] * len(NAMES))
    assert all(row.passes for row in pair_rows([Measured(View.CC, middle, 3.1)] * 3))
    assert not any(row.passes for row in pair_rows([Measured(View.CC, absurd, 3.1)] * 3))
    nothing = PairStatistics(*[float("nan")] * len(NAMES))
    assert all(row.passes for row in pair_rows([Measured(View.CC, s, 3.1) for s in (middle, nothing)]))


def test_exponents_are_held_against_their_own_view():
    statistics = PairStatistics(*[1.0] * len(NAMES))
    rows = list(exponent_rows([Measured(View.CC, statistics, 3.0), Measured(View.MLO, statistics, 3.0)]))
    assert [row.passes for row in rows] == [True, False]


def test_a_cohort_enhances_as_often_as_the_papers():
    assert all(row.passes for row in cohort_rows(Setting()))
    none = Setting(priors=replace(Priors(), lesions=Lesions(per_breast=0.0)))
    assert not next(iter(cohort_rows(none))).passes


def test_rendered_views_give_every_row():
    rows = realism_rows(exams=1, spacing_mm=0.8)
    assert len(rows) == len(NAMES) + 4
    assert all(np.isfinite(row.found) for row in rows)


@pytest.mark.slow
@pytest.mark.needs("shared")
def test_the_table_is_what_the_script_measures(shared, tmp_path):
    from vcem.cli.main import main

    spec = importlib.util.spec_from_file_location("measure_real_pairs", ROOT / "tables" / "measure_real_pairs.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    source = shared / "cdd-cesm-mini"
    assert main(["import", "cdd-cesm", str(source), str(tmp_path / "catalogue")]) == 0
    pairs = [p for p in read_catalogue(tmp_path / "catalogue").pairs if p.registered][::40]
    found = [script.measure(source, p, 0.36) for p in pairs]
    for row in real_ranges():
        middle = np.nanmedian([getattr(f, row["statistic"]) for f in found])
        assert float(row["p05"]) < middle < float(row["p95"]), row["statistic"]
