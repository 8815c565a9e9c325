import numpy as np
import pytest

from vcem.core.errors import UsageError
from vcem.core.files import write_csv, write_json
from vcem.folders.truth import (
    FACTS,
    FILES,
    KNOWN,
    KNOWN_COLUMNS,
    chances,
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


def test_a_lesions_chance_is_that_of_its_look_and_nobody_judges_what_le_does_not_show(tmp_path):
    joint = (("x", "seen", 0.3, 1.0), ("y", "seen", 0.1, 0.2), ("x", "occult", 0.6, 0.9))
    table = [{"kind": k, "look": look, "density": "b", "probability": share, "p_enhance": p}
             for k, look, share, p in joint]  # fmt: skip
    write_json(tmp_path / FACTS, {**dict.fromkeys(("iodine_at_grey_0", "mg_cm2_per_grey", "spacing_mm"), 1.0),
                                  "seed": 0, "patients": 2, "joint_table": table})  # fmt: skip
    rows = [("A", "1", "seen"), ("A", "2", "occult"), ("B", "7", "seen"), ("C", "1", "seen")]
    write_csv(tmp_path / KNOWN, KNOWN_COLUMNS, [dict.fromkeys(KNOWN_COLUMNS, "1") | {"pair": p, "lesion": n, "look": k}
                                                for p, n, k in rows])  # fmt: skip
    found = chances(tmp_path, ["B", "A"], np.array([[[0, 7]], [[1, 2]]], np.uint8))
    assert found.tolist() == [[[0, 80]], [[80, 0]]]
