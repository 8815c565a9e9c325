import shutil

import pytest

from fakes.toy_ucbm import IDS, write_nrrd
from vcem.core.nrrd import Axes
from vcem.core.terms import Side
from vcem.core.watch import unwatched
from vcem.ingest.kept_readings import digest_name, kept_digest, name_of, open_index, read_changed
from vcem.ingest.reading import Job, Reading, read_pairs


@pytest.fixture
def jobs(tmp_path):
    folder = write_nrrd(tmp_path / "in", IDS[:2]) / "Dataset"
    return [
        Job(folder / "Low Energy" / f"{pair}_LOW_ENERGY.nrrd", folder / "Recombined" / f"{pair}_RECOMBINED.nrrd",
            axes=Axes.COLUMNS_FIRST, windows=("2353/750", "2105/380"), side=side)
        for pair, side in zip(IDS, (Side.RIGHT, Side.LEFT), strict=False)
    ]  # fmt: skip


def again(jobs, tmp_path):
    """Read by way of the index; return the readings and how many pairs were read anew."""
    index, new = open_index(tmp_path / "index"), []

    def watch(readings, count):
        new.append(count)
        return readings

    found = read_changed(jobs, index, 1, watch)
    index.finish(map(name_of, jobs))
    return found, sum(new)


def test_kept_readings_are_the_same_as_fresh_ones(jobs, tmp_path):
    fresh = list(read_pairs(jobs, 1, unwatched))
    assert all(isinstance(r, Reading) and r.at_wall for r in fresh)
    assert again(jobs, tmp_path) == (fresh, 2)
    assert again(jobs, tmp_path) == (fresh, 0)


def test_a_changed_file_is_read_again(jobs, tmp_path):
    again(jobs, tmp_path)
    shutil.copyfile(jobs[0].des, jobs[0].des.with_suffix(".new"))
    jobs[0].des.with_suffix(".new").replace(jobs[0].des)
    assert again(jobs, tmp_path)[1] == 1
    turned = [Job(j.le, j.des, axes=Axes.ROWS_FIRST, windows=j.windows, side=j.side) for j in jobs]
    found, read = again(turned, tmp_path)
    assert read == 2
    assert not any(r.at_wall for r in found)


def test_what_failed_is_tried_again(jobs, tmp_path):
    kept = jobs[1].le.rename(jobs[1].le.with_suffix(".away"))
    found, read = again(jobs, tmp_path)
    assert (isinstance(found[1], str), read) == (True, 2)
    kept.rename(jobs[1].le)
    found, read = again(jobs, tmp_path)
    assert (isinstance(found[1], Reading), read) == (True, 1)


def test_a_files_digest_is_kept_until_the_file_changes(tmp_path):
    (tmp_path / "a").write_text("one")
    asked = []

    def of(path):
        asked.append(path.name)
        return path.read_text()

    for content, times in (("one", 1), ("one", 1), ("other", 2)):
        index = open_index(tmp_path / "index")
        if content == "other":
            (tmp_path / "a").write_text("other")
        assert kept_digest(index, tmp_path, of)("a") == content
        index.finish([digest_name("a")])
        assert len(asked) == times
