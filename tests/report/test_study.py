import shutil

import pytest

from runs_tree import digest_of, write_prepared, write_runs
from vcem.core.errors import UsageError
from vcem.report.study import item_name, read_study


def test_the_prepared_folder_is_found_beside_the_runs_by_its_check_sum(work, study):
    assert study.prepared.folder == work / "prepared"
    assert study.prepared.digest == study.scores.common["data"]
    assert (study.prepared.split, len(study.prepared.folds.folds), study.prepared.folds.seed) == ("strict", 5, 0)


def test_a_neighbour_with_other_data_is_not_taken(tmp_path):
    write_prepared(tmp_path / "prepared")
    write_runs(tmp_path / "runs", folds=2, patients=4)
    assert read_study([tmp_path / "runs"], None, 0).prepared is None


def test_data_that_the_runs_did_not_use_are_refused(tmp_path):
    prepared = write_prepared(tmp_path / "prepared")
    runs = write_runs(tmp_path / "runs", folds=2, patients=4)
    with pytest.raises(UsageError, match="has data"):
        read_study([runs], prepared, 0)
    other = write_runs(tmp_path / "other", folds=2, patients=4, size="32", data=digest_of(prepared))
    with pytest.raises(UsageError, match="has size 64"):
        read_study([other], prepared, 0)


def test_a_folder_that_is_not_prepared_is_refused(tmp_path):
    runs = write_runs(tmp_path / "runs", folds=2, patients=4)
    with pytest.raises(UsageError, match="is not a prepared folder"):
        read_study([runs], tmp_path, 0)
    (tmp_path / "manifest.json").write_text('{"kind": "catalogue"}')
    with pytest.raises(UsageError, match="holds a catalogue"):
        read_study([runs], tmp_path, 0)


def test_missing_folds_are_known_by_folds_json_or_by_the_folders(tmp_path):
    prepared = write_prepared(tmp_path / "prepared", folds=5)
    runs = write_runs(tmp_path / "runs", folds=4, patients=8, data=digest_of(prepared))
    shutil.rmtree(runs / "small-pix2pix" / "fold-01")
    with_folds = read_study([runs], None, 0)
    assert with_folds.folds == 5
    assert with_folds.missing("pix2pix") == [1, 4]
    assert with_folds.missing("autoencoder") == [4]
    shutil.rmtree(prepared)
    without = read_study([runs], None, 0)
    assert (without.folds, without.missing("pix2pix"), without.missing("cyclegan")) == (4, [1], [])


def test_the_stamp_names_origin_protocol_size_and_numbers(study):
    assert (
        study.stamp == "Origin: simulated · protocol: strict · 64 × 64, the whole field · 80 test pairs of 40 patients"
    )


def test_a_pair_tested_in_two_folds_is_counted_as_such(tmp_path):
    runs = write_runs(tmp_path / "runs", folds=2, patients=4)
    for path in (runs / r / "fold-01" / f for r in ("small-autoencoder", "small-pix2pix", "small-cyclegan")
                 for f in ("scores.csv", "lesions.csv")):  # fmt: skip
        path.write_text((path.parent.parent / "fold-00" / path.name).read_text().replace(",0,P", ",1,P"))
    assert "4 test pairs in 8 tests of 2 patients" in read_study([runs], None, 0).stamp


def test_items_are_named_with_density_and_fold(study):
    assert item_name(study.scores.items[0]).startswith(study.scores.items[0].pair)
    known = next(i for i in study.scores.items if i.density)
    assert f"ACR {known.density}" in item_name(known)
