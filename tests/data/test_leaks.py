import pytest

from vcem.core.errors import UsageError
from vcem.core.files import read_csv
from vcem.core.terms import Protocol
from vcem.data.leaks import leaks
from vcem.data.splits import Member, paper_folds
from vcem.folders.folds import Fold, Folds, write_leaks


def test_patients_and_breast_views_on_both_sides_are_counted():
    fold = Fold(train=("P1_2_RCC", "P2_2_LCC"), val=("P1_4_LCC",), test=("P1_8_RCC", "P1_6_RMLO", "P3_2_RCC"))
    [leak] = leaks(Folds(Protocol.PAPER, 0, (fold,)))
    assert (leak.train, leak.val, leak.test) == (2, 1, 3)
    assert (leak.shared_patients, leak.test_pairs_with_shared_patient) == (1, 2)
    assert (leak.shared_breast_views, leak.test_pairs_with_shared_breast_view) == (1, 1)
    assert leak.val_pairs_with_shared_patient == 1


def test_whose_a_pair_is_need_not_stand_in_its_name():
    fold = Fold(train=("IMG 1", "IMG 2"), val=(), test=("IMG 3", "IMG 4"))
    members = [Member(f"IMG {i}", patient, "", "L", view) for i, patient, view in
               ((1, "a", "CC"), (2, "b", "CC"), (3, "a", "MLO"), (4, "b", "CC"))]  # fmt: skip
    [leak] = leaks(Folds(Protocol.PAPER, 0, (fold,)), members)
    assert (leak.test_pairs_with_shared_patient, leak.test_pairs_with_shared_breast_view) == (2, 1)
    with pytest.raises(UsageError, match="IMG 1"):
        leaks(Folds(Protocol.PAPER, 0, (fold,)))


@pytest.mark.needs("shared")
def test_the_published_splits_leak_as_was_counted_from_the_authors_files(shared):
    ids = [line.split("\t")[0] for line in (shared / "cesm-ucbm-pairs.tsv").read_text().splitlines()[1:]]
    counted = leaks(paper_folds(ids))
    assert sum(leak.test_pairs_with_shared_patient for leak in counted) == 566
    assert sum(leak.test_pairs_with_shared_breast_view for leak in counted) == 257
    assert sum(leak.val_pairs_with_shared_patient for leak in counted) == 518


def test_the_table_has_a_row_a_fold(tmp_path):
    folds = paper_folds([f"P{i}_L_CC" for i in range(20)])
    write_leaks(tmp_path / "leak.csv", leaks(folds))
    rows = read_csv(tmp_path / "leak.csv", ["protocol", "fold", "shared_patients"])
    assert [r["fold"] for r in rows] == [str(k) for k in range(10)]
