import pytest

from vcem.core.errors import FailureError, UsageError
from vcem.folders.detection import DETECTOR, TABLES, begin, is_judged, read_detection, write_found

FACTS = {"detector": "le", "fold": 0}
ROWS = {name: [dict.fromkeys(columns, "1")] for name, columns in TABLES.items()}


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "le" / "fold-00"
    begin(place, FACTS)
    write_found(place, FACTS | {"judges": {}}, ROWS)
    return place


def test_tables_come_back_as_they_were(folder):
    (found,) = read_detection(folder.parent.parent)
    assert found.facts["detector"] == "le"
    assert (found.images, found.lesions, found.marks) == tuple(tuple(ROWS[name]) for name in TABLES)


def test_a_detector_is_judged_where_facts_and_files_are_the_same(folder):
    assert is_judged(folder, FACTS | {"judges": {}})
    assert not is_judged(folder, FACTS | {"judges": {"other": "digest"}})
    assert not is_judged(folder.parent, FACTS)
    (folder / "marks.csv").write_text("changed")
    assert not is_judged(folder, FACTS)
    with pytest.raises(FailureError, match=r"marks\.csv was changed"):
        read_detection(folder.parent)


def test_the_folder_of_another_detector_is_refused(folder):
    begin(folder, FACTS)
    with pytest.raises(UsageError, match="its fold differ"):
        begin(folder, FACTS | {"fold": 1})


def test_a_folder_without_detectors_or_with_an_unfinished_one_is_refused(folder, tmp_path):
    (folder / "manifest.json").unlink()
    with pytest.raises(UsageError, match="not a finished detection"):
        read_detection(tmp_path)
    (folder / DETECTOR).unlink()
    with pytest.raises(UsageError, match="holds no detector"):
        read_detection(tmp_path)
