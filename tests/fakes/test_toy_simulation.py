import numpy as np

from fakes.toy_simulation import PER_MG, ZERO, write_simulation
from vcem.core.files import read_csv, sha256
from vcem.core.pictures import read_picture
from vcem.folders.catalogue import read_catalogue


def test_the_same_bytes_twice(tmp_path):
    for name in "ab":
        write_simulation(tmp_path / name, patients=1)
    for path in (tmp_path / "a" / "source").rglob("*"):
        if path.is_file() and path.suffix != ".npz":
            assert sha256(path) == sha256(tmp_path / "b" / path.relative_to(tmp_path / "a")), path


def test_des_shows_the_iodine_and_le_before_does_not(tmp_path):
    catalogue = read_catalogue(write_simulation(tmp_path, patients=1))
    rows = {row["pair"]: row for row in read_csv(catalogue.folder / "truth_lesions.csv")}
    for pair in catalogue.pairs:
        with np.load(catalogue.source / "truth" / f"{pair.pair}.npz") as held:
            iodine, lesion, before = (held[k] for k in ("iodine", "lesion", "le_before"))
        inside = (lesion == 1) & (iodine > 0)
        stored = read_picture(catalogue.source / pair.des)[inside].mean()
        assert abs(stored - ZERO - PER_MG * iodine[inside].mean()) < 2
        assert (iodine[inside].mean() > 1) == (rows[pair.pair]["enhancing"] == "True")
        assert (read_picture(catalogue.source / pair.le)[inside].astype(int) >= before[inside]).all()
