from dataclasses import replace

import numpy as np
import pytest

from vcem.core.errors import UsageError
from vcem.core.seeds import rng_for
from vcem.stats.roe_metz import STRUCTURES, simulate
from vcem.study.imrmc import read_imrmc, write_imrmc


@pytest.fixture
def study():
    return simulate(STRUCTURES["HH"], 3, 5, 4, rng_for(0, "imrmc"))


def test_what_is_written_comes_back_to_the_last_bit(tmp_path, study):
    write_imrmc(tmp_path / "a.imrmc", study)
    back = read_imrmc(tmp_path / "a.imrmc")
    assert np.array_equal(back.scores, study.scores)
    assert np.array_equal(back.truth, study.truth)
    assert (back.treatments, back.readers, back.cases) == (study.treatments, study.readers, study.cases)


def test_the_file_has_the_form_of_the_manual(tmp_path, study):
    write_imrmc(tmp_path / "a.imrmc", study, "Three readers")
    lines = (tmp_path / "a.imrmc").read_text().splitlines()
    assert lines[:8] == ["Three readers", "", "N0: 5", "N1: 4", "NR: 3", "NM: 2", "", "BEGIN DATA:"]
    assert lines[8] == "-1,1,0,0"
    assert lines[16] == "-1,9,0,1"
    assert lines[17].startswith("1,1,1,")
    assert len(lines) == 8 + 9 + 2 * 3 * 9


def test_free_text_before_the_data_is_passed_over(tmp_path):
    rows = [f"-1,{c},0,{c % 2}" for c in range(4)] + [f"{r},{c},x,{c + 1}" for r in "ab" for c in range(4)]
    (tmp_path / "b.imrmc").write_text("anything, at all\nN0: 7\nBEGIN DATA:\n" + "\n".join(rows) + "\n\n")
    assert read_imrmc(tmp_path / "b.imrmc").scores.tolist() == [[[1, 2, 3, 4], [1, 2, 3, 4]]]


@pytest.mark.parametrize(("text", "message"), [
    ("a,1,x,3\n", "has no line `BEGIN DATA:`"),
    ("BEGIN DATA:\na 1 x 3\n", "line 2: 'a 1 x 3' is not a rating"),
    ("BEGIN DATA:\na,1,x,3\n", "no truth for case 1"),
    ("BEGIN DATA:\n-1,1,0,1\n", "holds no ratings"),
    ("BEGIN DATA:\n-1,1,0,1\n-1,1,0,0\na,1,x,3\n", "truth of a case twice"),
    ("BEGIN DATA:\n-1,1,0,2\na,1,x,3\n", "truth '2' cannot be read"),
    ("BEGIN DATA:\n-1,1,0,1\na,1,x,many\n", "line 3: rating 'many'"),
])  # fmt: skip
def test_a_wrong_file_is_one_clear_error(tmp_path, text, message):
    (tmp_path / "c.imrmc").write_text(text)
    with pytest.raises(UsageError) as error:
        read_imrmc(tmp_path / "c.imrmc")
    assert message in str(error.value)


def test_names_that_the_format_cannot_hold_are_refused(tmp_path, study):
    with pytest.raises(UsageError, match="cannot be in"):
        write_imrmc(tmp_path / "d.imrmc", replace(study, treatments=("LE, DES", "LE")))
    with pytest.raises(UsageError, match="called -1"):
        write_imrmc(tmp_path / "d.imrmc", replace(study, readers=("-1", "2", "3")))
    assert not list(tmp_path.iterdir())
