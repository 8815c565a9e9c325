import numpy as np
import pytest

from calibrations import calibrating_store, trained
from vcem.apply.enhancer import load_enhancer
from vcem.apply.widths import load_widths
from vcem.core.errors import UsageError
from vcem.score.calibrate import Setting, calibrate
from vcem.stats.risk_control import Bound
from vcem.train.spread import Source


def test_a_constant_spread_is_as_wide_as_its_larger_factor_inside_the_breast(tmp_path):
    store = calibrating_store(tmp_path)
    runs = trained(tmp_path, store)
    made = calibrate(runs, Setting(store.folder, tmp_path / "c", Source.CONSTANT, 0.8, bound=Bound.EXPECTED))
    widths, x, mask = load_widths(made.folder, runs[0].folder), store.x[0], np.asarray(store.mask[0])
    half, y_hat = widths.predict(x, mask), load_enhancer(runs[0].folder).predict(x, mask)
    expected = (np.minimum(y_hat + made.widest, 1) - np.maximum(y_hat - made.widest, 0)) / 2
    np.testing.assert_allclose(half[mask], expected[mask], atol=1e-6)
    assert not half[~mask].any()
    assert widths.model.width.startswith(f"80 % interval, widened by {made.widest:.3g}")
    both = calibrate([*runs, *trained(tmp_path, store, name="other")],
                     Setting(store.folder, tmp_path / "e", Source.ENSEMBLE, 0.8, bound=Bound.EXPECTED))  # fmt: skip
    with pytest.raises(UsageError, match=r"did not calibrate .* alone"):
        load_widths(both.folder, runs[0].folder)
