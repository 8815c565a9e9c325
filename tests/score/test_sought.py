from dataclasses import replace

import numpy as np
import pytest

from hidden_lesions import hidden_store
from simulated import simulated_store
from vcem.core.errors import UsageError
from vcem.folders.prepared import UNKNOWN
from vcem.folders.truth import read_known
from vcem.metrics.lesion import LEAST_AREA_PX
from vcem.score.sought import Find, sought_of


def changed(store, lesion=None, pathology=None):
    pairs = store.pairs if pathology is None else tuple(replace(p, pathology=pathology) for p in store.pairs)
    return replace(store, pairs=pairs, lesion=store.lesion if lesion is None else lesion)


@pytest.fixture
def store(tmp_path):
    return hidden_store(tmp_path / "prepared")


def test_every_outlined_lesion_is_sought_and_a_tiny_one_cannot_be_judged(store):
    lesion = np.array(store.lesion)
    lesion[0, 16, 20:22] = 2
    found = sought_of(changed(store, lesion), Find.OUTLINED)
    assert found.kinds[0] == {1: True, 2: None}
    assert set(found.labels[0][lesion[0] == 2]) == {UNKNOWN}
    assert (found.labels[0] == 1).sum() == (lesion[0] == 1).sum() >= LEAST_AREA_PX


def test_an_image_of_which_nobody_knows_is_not_judged_and_a_normal_one_is(store):
    lesion = np.array(store.lesion)
    lesion[0] = 0
    unknown = sought_of(changed(store, lesion), Find.OUTLINED)
    assert (unknown.is_known(0), unknown.is_known(1)) == (False, True)
    pairs = (replace(store.pairs[0], pathology="Normal"), *store.pairs[1:])
    normal = sought_of(replace(changed(store, lesion), pairs=pairs), Find.OUTLINED)
    assert normal.is_known(0)
    assert not normal.labels[0].any()


def test_enhancing_is_what_real_des_shows(store):
    y = np.array(store.y)
    y[0] = 0.4 * store.mask[0]
    found = sought_of(replace(store, y=y), Find.ENHANCING)
    assert found.kinds[0] == {1: False}
    assert found.kinds[1] == {1: True}
    assert not found.labels[0].any()


@pytest.mark.parametrize(("pathology", "kind"), [("Malignant", True), ("benign mass", False), ("", None)])
def test_malignant_is_what_the_pathology_says(store, pathology, kind):
    one = (replace(store.pairs[0], pathology="Malignant"), *changed(store, pathology=pathology).pairs[1:])
    assert sought_of(replace(store, pairs=one), Find.MALIGNANT).kinds[1] == {1: kind}


def test_without_any_there_is_nothing_to_find(store):
    with pytest.raises(UsageError, match="no malignant lesion"):
        sought_of(changed(store, pathology="Benign"), Find.MALIGNANT)


def test_of_a_simulation_the_truth_decides(tmp_path):
    store = simulated_store(tmp_path, patients=8)
    for find in (Find.ENHANCING, Find.MALIGNANT):
        found = sought_of(store, find)
        judged = {(store.pairs[row].pair, n): kind for row, own in enumerate(found.kinds) for n, kind in own.items()}
        told = {(r["pair"], int(r["lesion"])): r[find] == "True" for r in read_known(store.folder)}
        known = {key: kind for key, kind in judged.items() if kind is not None}
        assert known == {key: told[key] for key in known}
        assert set(known.values()) == {True, False}
