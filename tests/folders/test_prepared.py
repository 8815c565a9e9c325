import numpy as np
import pytest

from vcem.core.errors import FailureError, UsageError
from vcem.core.terms import Origin, Protocol
from vcem.folders.prepared import add_channel, open_store


def test_a_prepared_folder_opens(toy_store):
    assert toy_store.x.shape == toy_store.y.shape == toy_store.mask.shape == toy_store.lesion.shape == (12, 32, 32)
    assert (toy_store.size, toy_store.protocol, toy_store.origin) == ((32, 32), Protocol.STRICT, Origin.SIMULATED)
    assert toy_store.rows([p.pair for p in toy_store.pairs[3:5]]) == [3, 4]


def test_pairs_of_other_data_are_refused(toy_store):
    with pytest.raises(UsageError, match=r"P99_L_CC.*\n.*folds file"):
        toy_store.rows(["P1_L_CC", "P99_L_CC"])


def test_another_folder_is_refused(tmp_path):
    with pytest.raises(UsageError, match="vcem prepare"):
        open_store(tmp_path)


def test_a_cut_array_is_told(toy_store):
    path = toy_store.folder / "y.npy"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(FailureError, match=r"y\.npy"):
        open_store(toy_store.folder)


def test_an_array_of_another_length_is_told(toy_store):
    np.save(toy_store.folder / "mask.npy", np.zeros((3, 32, 32), bool))
    with pytest.raises(FailureError, match="shape"):
        open_store(toy_store.folder)


def test_the_digest_names_these_data(toy_store):
    before = toy_store.digest
    manifest = toy_store.folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace("strict", "paper"))
    assert open_store(toy_store.folder).digest != before


def test_a_channel_is_added_under_its_name_and_checked(toy_store):
    level = np.full(toy_store.x.shape, 0.25, np.float32)
    before = toy_store.digest
    store = add_channel(toy_store.folder, "low_dose", level)
    np.testing.assert_array_equal(store.channel("low_dose"), level)
    assert store.manifest["extra"] == [*toy_store.extra, "low_dose"]
    assert store.manifest["files"]["low_dose.npy"]
    assert (store.protocol, store.origin) == (toy_store.protocol, toy_store.origin)
    assert store.digest != before
    for name, array in (("low_dose", level), ("mask", level), ("chance", level), ("../x", level), ("flat", level[0])):
        with pytest.raises(UsageError, match="cannot be a channel"):
            add_channel(toy_store.folder, name, array)
    assert open_store(toy_store.folder).digest == store.digest
