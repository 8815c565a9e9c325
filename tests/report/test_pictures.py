from runs_tree import digest_of, write_prepared, write_runs
from vcem.report.cases import choose
from vcem.report.pictures import write_pictures
from vcem.report.study import read_study


def test_without_images_there_are_no_pictures_and_older_ones_stay(tmp_path):
    prepared = write_prepared(tmp_path / "prepared", folds=2)
    runs = write_runs(tmp_path / "runs", folds=2, patients=8, data=digest_of(prepared))
    study = read_study([runs], None, 0)
    older = tmp_path / "out" / "pictures" / "older.png"
    older.parent.mkdir(parents=True)
    older.touch()
    assert write_pictures(study, choose(study), older.parent) is None
    assert older.is_file()
