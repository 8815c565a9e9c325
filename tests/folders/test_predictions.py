import json

import numpy as np
import pytest

from vcem.core.errors import FailureError, UsageError
from vcem.core.files import MANIFEST, write_array
from vcem.folders.predictions import Maker, belongs_to, read_predictions, refuse_other_files, write_predictions

MAKER = Maker("pix2pix", "small-pix2pix", 2, "ab12")


def test_what_is_written_is_read(store, tmp_path):
    pairs = [p.pair for p in store.pairs[:3]]
    y_hat = np.linspace(0, 1, 3 * 48 * 48, dtype=np.float64).reshape(3, 48, 48)
    write_predictions(tmp_path / "p", MAKER, store, pairs, y_hat)
    read = read_predictions(tmp_path / "p")
    assert (read.maker, read.pairs, read.prepared) == (MAKER, tuple(pairs), store.digest)
    assert read.y_hat.dtype == np.float32
    assert np.allclose(read.y_hat, y_hat)
    manifest = json.loads((tmp_path / "p" / MANIFEST).read_text())
    assert (manifest["origin"], manifest["protocol"], manifest["size"]) == ("simulated", "strict", 48)
    belongs_to(read, store)


def test_values_that_are_not_finite_name_their_pair_and_leave_no_folder(store, tmp_path):
    y_hat = np.zeros((2, 48, 48), np.float32)
    y_hat[1, 3, 4] = np.nan
    with pytest.raises(FailureError, match=store.pairs[1].pair):
        write_predictions(tmp_path / "p", MAKER, store, [p.pair for p in store.pairs[:2]], y_hat)
    assert not (tmp_path / "p" / MANIFEST).exists()


def test_a_rewritten_folder_is_unfinished_until_its_end(predictions, store, monkeypatch):
    def full(path, array):
        raise FailureError("The disk is full.")

    monkeypatch.setattr("vcem.folders.predictions.write_array", full)
    with pytest.raises(FailureError, match="full"):
        write_predictions(predictions.folder, MAKER, store, predictions.pairs, np.array(predictions.y_hat))
    with pytest.raises(UsageError, match="not a finished predictions folder"):
        read_predictions(predictions.folder)


@pytest.mark.parametrize(
    "array", [np.zeros((3, 48, 48), np.float32), np.zeros((4, 48), np.float32), np.zeros((4, 48, 48), np.uint8)]
)
def test_images_that_do_not_fit_their_table_are_refused(predictions, array):
    write_array(predictions.folder / "y_hat.npy", array)
    with pytest.raises(FailureError, match="4 images of floats"):
        read_predictions(predictions.folder)


def test_a_damaged_array_or_manifest_is_one_clear_error(predictions):
    (predictions.folder / "y_hat.npy").write_bytes(b"\x93NUMPY")
    with pytest.raises(FailureError, match=r"y_hat\.npy cannot be read"):
        read_predictions(predictions.folder)
    (predictions.folder / MANIFEST).write_text(json.dumps({"kind": "predictions", "method": "x"}))
    (predictions.folder / "y_hat.npy").write_bytes(b"")
    with pytest.raises((UsageError, FailureError)):
        read_predictions(predictions.folder)


def test_a_manifest_without_its_maker_is_refused(predictions):
    manifest = json.loads((predictions.folder / MANIFEST).read_text())
    del manifest["recipe"]
    (predictions.folder / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(UsageError, match="lacks 'recipe'"):
        read_predictions(predictions.folder)


def test_predictions_of_other_data_or_another_size_are_refused(store, predictions):
    path = store.folder / MANIFEST
    other = json.loads(path.read_text())
    path.write_text(json.dumps(other | {"size": 48, "more": 1}))
    with pytest.raises(UsageError, match="other data"):
        belongs_to(predictions, type(store)(**{f: getattr(store, f) for f in store.__dataclass_fields__}))


def test_only_an_unfinished_folder_of_predictions_may_be_written_again(predictions, tmp_path):
    refuse_other_files(tmp_path / "new")
    (predictions.folder / MANIFEST).unlink()
    refuse_other_files(predictions.folder)
    (predictions.folder / "mine.txt").write_text("precious")
    with pytest.raises(UsageError, match=r"mine\.txt"):
        refuse_other_files(predictions.folder)


def test_predictions_of_another_size_are_refused(store, tmp_path):
    pairs = [store.pairs[0].pair]
    made = write_predictions(tmp_path / "p", MAKER, store, pairs, np.zeros((1, 32, 32), np.float32))
    with pytest.raises(UsageError, match="32 x 32"):
        belongs_to(made, store)
