import random

import numpy as np
import pytest

from vcem.core.errors import UsageError
from vcem.study.ratings import read_ratings

HEADER = "reader,treatment,case,truth,rating"


def rows(readers=("A", "B"), treatments=("LE", "LE+DES"), cases=6):
    return [
        f"{r},{t},{c},{c % 2},{(7 * c + 3 * len(t) + ord(r)) % 5}"
        for r in readers
        for t in treatments
        for c in range(1, cases + 1)
    ]


def table(tmp_path, lines, header=HEADER):
    path = tmp_path / "ratings.csv"
    path.write_text("\n".join([header, *lines]) + "\n")
    return path


def test_scores_stand_by_treatment_reader_case(tmp_path):
    found = read_ratings(table(tmp_path, rows()))
    assert (found.treatments, found.readers) == (("LE", "LE+DES"), ("A", "B"))
    assert found.cases == ("1", "2", "3", "4", "5", "6")
    assert found.scores.shape == (2, 2, 6)
    assert found.scores[1, 0, 2] == (7 * 3 + 3 * 6 + 65) % 5
    assert found.truth.tolist() == [True, False] * 3
    assert not found.clustered


def test_row_order_is_without_effect_and_names_are_in_natural_order(tmp_path):
    lines = rows(cases=12)
    plain = read_ratings(table(tmp_path, lines))
    random.Random(0).shuffle(lines)
    shuffled = read_ratings(table(tmp_path, lines))
    assert shuffled.cases == plain.cases == tuple(map(str, range(1, 13)))
    assert np.array_equal(shuffled.scores, plain.scores)


def test_column_names_of_other_programs_and_words_for_truth(tmp_path):
    lines = [line.replace(",1,", ",x,", 0) for line in rows()]
    words = [",".join([*(p := line.split(","))[:3], "malignant" if p[3] == "1" else "Benign", p[4]]) for line in lines]
    other = read_ratings(table(tmp_path, words, "Reader_ID,modalityID,Case ID,STATUS,Score"))
    assert np.array_equal(other.scores, read_ratings(table(tmp_path, rows())).scores)
    assert other.truth.sum() == 3


def test_a_patient_column_joins_cases(tmp_path):
    lines = [f"{line},P{(int(line.split(',')[2]) + 1) // 2}" for line in rows(cases=8)]
    found = read_ratings(table(tmp_path, lines, HEADER + ",patient"))
    assert found.clustered
    assert found.patients.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]


def changed(index, text):
    lines = rows()
    lines[index] = text
    return lines


@pytest.mark.parametrize(("lines", "header", "message"), [
    ([], HEADER, "holds no ratings"),
    (rows(), "reader,treatment,case,truth,x", "no column for rating"),
    ([line + ",1" for line in rows()], HEADER + ",score", "2 columns for rating"),
    (changed(3, "A,LE,4,0,"), HEADER, "line 5: no rating"),
    (changed(3, "A,LE,4,0"), HEADER, "line 5: no rating"),
    (changed(3, "A,LE,4,0,NA"), HEADER, "line 5: no rating"),
    (changed(3, "A,LE,4,0,nan"), HEADER, "line 5: rating 'nan' is not a finite number"),
    (changed(3, "A,LE,4,0,inf"), HEADER, "line 5: rating 'inf' is not a finite number"),
    (changed(3, "A,LE,4,0,high"), HEADER, "line 5: rating 'high' is not a finite number"),
    (changed(3, "A,LE,4,perhaps,2"), HEADER, "line 5: truth 'perhaps' cannot be read"),
    (changed(3, "A,LE,4,1,2"), HEADER, "case 4 is positive in one row and negative in another"),
    (changed(3, "A,LE,3,1,2"), HEADER, "line 5: reader A rated case 3 under treatment LE before"),
    (rows()[:-1], HEADER, "1 of 24 ratings are missing; the first is treatment LE+DES, reader B, case 6"),
    (rows()[:12] + rows(("B",), ("LE",)), HEADER, "6 of 24 ratings are missing"),
    ([f"{r},{t},{c},0,{c}" for r in "AB" for t in "xy" for c in range(6)], HEADER, "0 positive case(s)"),
    (rows(cases=2), HEADER, "1 positive case(s)"),
    (rows(("A",)), HEADER, "one reader only"),
    ([f"{line},P{n % 3}" for n, line in enumerate(rows(cases=7))], HEADER + ",patient", "belongs to patients"),
    ([f"{line},{'' if n == 2 else 'P1'}" for n, line in enumerate(rows())], HEADER + ",patient", "line 4: no patient"),
])  # fmt: skip
def test_what_cannot_be_analysed_is_refused_by_name(tmp_path, lines, header, message):
    with pytest.raises(UsageError) as error:
        read_ratings(table(tmp_path, lines, header))
    assert message in str(error.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"absent\.csv"):
        read_ratings(tmp_path / "absent.csv")
