import pytest

from vcem.core.errors import UsageError
from vcem.core.files import write_csv, write_json
from vcem.folders.truth import (
    FACTS,
    FILES,
    KNOWN,
    KNOWN_COLUMNS,
    has_facts,
    read_facts,
    read_known,
    read_truth,
    write_truth,
)

ROWS = {name: dict.fromkeys(columns, "1") for name, (_, columns) in FILES.items()}


@pytest.fixture
def scored(tmp_path):
    write_truth(tmp_path, **{name: [row] for name, row in ROWS.items()})
    return tmp_path


def test_tables_come_back_as_they_were_and_go_when_there_is_no_truth(scored):
    found = read_truth(scored)
    assert {name: getattr(found, name) for name in FILES} == {name: (row,) for name, row in ROWS.items()}
    write_truth(scored)
    assert read_truth(scored) is None
    assert list(scored.iterdir()) == []


@pytest.mark.parametrize("name", FILES)
def test_a_table_that_lacks_a_column_is_refused_by_name(scored, name):
    file, columns = FILES[name]
    text = (scored / file).read_text()
    (scored / file).write_text(text.replace(columns[-1], "other", 1))
    with pytest.raises(UsageError, match=rf"{file} lacks the columns {columns[-1]}\."):
        read_truth(scored)
    (scored / file).unlink()
    with pytest.raises(UsageError, match=f"{file} cannot be read"):
        read_truth(scored)


def test_what_a_simulation_knows_is_read_whole_or_refused(tmp_path):
    write_csv(tmp_path / KNOWN, KNOWN_COLUMNS, [dict.fromkeys(KNOWN_COLUMNS, "1")])
    assert read_known(tmp_path)[0]["look"] == "1"
    write_csv(tmp_path / KNOWN, KNOWN_COLUMNS[1:], [])
    with pytest.raises(UsageError, match="lacks the columns pair"):
        read_known(tmp_path)
    assert not has_facts(tmp_path)
    write_json(tmp_path / FACTS, {"iodine_at_grey_0": 0.0})
    with pytest.raises(UsageError, match="is not whole"):
        read_facts(tmp_path)
