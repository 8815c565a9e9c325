"""From virtual women to what a network sees, by the commands alone."""

import numpy as np
import pytest

from vcem.cli.main import main
from vcem.core.files import read_csv
from vcem.folders.catalogue import read_catalogue
from vcem.folders.prepared import open_store
from vcem.ingest.register import MIN_QUALITY

SIZE = 48


def vcem(*words):
    assert main([str(word) for word in words]) == 0


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    work = tmp_path_factory.mktemp("river")
    vcem("simulate", work / "virtual", "--patients", 2, "--seed", 7, "--pixel-mm", 1.6, "--jobs", 1)
    vcem("import", "dicom", work / "virtual", work / "catalogue", "--jobs", 1)
    for protocol in ("strict", "paper"):
        vcem("prepare", work / "catalogue", work / protocol, "--protocol", protocol, "--size", SIZE, "--jobs", 1)
    return work


def test_the_catalogue_knows_the_women_and_the_truth(work):
    catalogue = read_catalogue(work / "catalogue")
    views = {view["pair"]: view for view in read_csv(work / "virtual" / "views.csv")}
    women = {woman["patient"]: woman for woman in read_csv(work / "virtual" / "patients.csv")}
    assert [p.pair for p in catalogue.pairs] == sorted(views)
    assert catalogue.origin == "simulated"
    for pair in catalogue.pairs:
        woman = women[pair.patient]
        assert (pair.le, pair.des) == (views[pair.pair]["le"], views[pair.pair]["des"])
        assert (pair.density, pair.age) == (woman["density"], woman["age"])
        side = pair.side.lower()
        assert (pair.birads, pair.pathology) == (woman[f"birads_{side}"], woman[f"pathology_{side}"])
    assert catalogue.manifest["truth"] == "truth"
    copied, written = (work / "catalogue/truth_lesions.csv").read_bytes(), (work / "virtual/lesions.csv").read_bytes()
    assert copied == written
    assert not [s for s in read_csv(work / "catalogue" / "skipped.csv") if s["why"] == "no DICOM file"]


@pytest.mark.parametrize("protocol", ["strict", "paper"])
def test_arrays_have_one_shape_and_the_chest_wall_at_its_side(work, protocol):
    store = open_store(work / protocol)
    assert store.x.shape == store.y.shape == store.mask.shape == (8, SIZE, SIZE)
    assert store.origin == "simulated"
    for row, pair in enumerate(store.pairs):
        columns = store.mask[row].sum(0)
        near, far = columns[: SIZE // 2].sum(), columns[SIZE // 2 :].sum()
        assert (near > far) == (store.side(row) == "L"), pair.pair


def test_truth_lies_where_the_images_lie(work):
    store = open_store(work / "strict")
    iodine, before = (np.load(work / "strict" / f"{name}.npy") for name in ("iodine", "x_before"))
    assert iodine.shape == before.shape == store.x.shape
    for row, pair in enumerate(store.pairs):
        assert np.corrcoef(before[row].ravel(), store.x[row].ravel())[0, 1] > 0.99, pair.pair
        assert (iodine[row] > 1e-3)[~store.mask[row]].mean() < 0.05, pair.pair


def test_the_table_describes_the_cohort(work, capsys):
    vcem("describe", work / "catalogue", "--out", work / "description")
    text = (work / "description" / "table-2.1.md").read_text()
    assert "simulated" in text
    assert "DICOM folder" in text


def test_every_folder_keeps_the_commands_that_led_to_it(work):
    assert open_store(work / "strict").manifest["called"] == [
        "vcem simulate OUT --patients 2 --seed 7 --pixel-mm 1.6",
        f"vcem import dicom SOURCE OUT --without-id leave-out --align header --min-quality {MIN_QUALITY}",
        "vcem prepare CATALOGUE OUT --protocol strict --size 48",
    ]
