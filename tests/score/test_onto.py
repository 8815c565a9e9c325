from dataclasses import replace

import numpy as np
import pytest

from vcem.core.errors import UsageError
from vcem.core.grid import Framing, Size, framing_of
from vcem.core.terms import Frame, Protocol
from vcem.data.decode import prepare
from vcem.folders.catalogue import read_catalogue
from vcem.folders.predictions import Maker, belongs_to, write_predictions
from vcem.score.onto import bring


@pytest.fixture
def both(toy_catalogue, tmp_path):
    """The toy pairs in the frame of the breast and on the whole field."""
    framings = {"breast": Framing(Size(96, 64), Frame.BREAST), "field": framing_of({"size": 96})}
    opened = read_catalogue(toy_catalogue)
    return [prepare(opened, tmp_path / name, Protocol.STRICT, f)[0] for name, f in framings.items()]


def predicted(store, folder):
    pairs = [p.pair for p in store.pairs][::-1]
    return write_predictions(folder, Maker("m", "r", 0, "w"), store, pairs, np.asarray(store.y[::-1]))


def test_the_true_des_of_one_frame_is_that_of_the_other(both, tmp_path):
    breast, field = both
    made = bring(predicted(breast, tmp_path / "a"), breast, field, tmp_path / "b")
    belongs_to(made, field)
    assert made.pairs == tuple(p.pair for p in field.pairs)[::-1]
    for y_hat, row in zip(made.y_hat, field.rows(made.pairs), strict=True):
        inside = field.mask[row]
        assert np.abs(y_hat - field.y[row])[inside].mean() < 0.02
        assert np.corrcoef(y_hat[inside], field.y[row][inside])[0, 1] > 0.95
        assert not y_hat[~inside].any()


def test_folders_of_other_images_are_refused(both, tmp_path):
    breast, field = both
    other = replace(field, manifest=field.manifest | {"catalogue": {"pairs.csv": "0" * 64}})
    with pytest.raises(UsageError, match=r"catalogue differ\(s\)(.|\n)*--frame field --size 96"):
        bring(predicted(breast, tmp_path / "a"), breast, other, tmp_path / "b")
