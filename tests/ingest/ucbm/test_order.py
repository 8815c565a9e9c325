import pytest

from fakes.toy_ucbm import HEAD, IDS, line, write_order
from vcem.core.errors import UsageError
from vcem.ingest.ucbm.order import read_order


def test_rows_have_names_windows_and_their_order(tmp_path):
    order = read_order(write_order(tmp_path / "all.txt"))
    assert order.ids == IDS
    first = order.listed[0]
    assert (first.key.patient, first.key.side, first.key.view, first.key.repeat) == ("P2", "R", "CC", "8")
    assert (first.le, first.des) == ("P2_8_RCC_LOW_ENERGY", "P2_8_RCC_RECOMBINED")
    assert (first.le_window, first.des_window) == ("2353/750", "2105/380")
    assert not order.skipped


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (line("P3_2_LCC").replace("\tL\t", "\tR\t"), "side R in r_l and L"),
        (line("P3_2_LCC", (2353, 0)), "a window of the table"),
        (line("P3_2_LCC").replace("2105", ""), "a window of the table"),
        (line("P3_2_LCC").replace("2105", "nan"), "a window of the table"),
        (line("P3_2_LCC").replace("Dataset\\Recombined\\P3_2_LCC_RECOMBINED.nrrd", ""), "names no files"),
    ],
)
def test_a_wrong_row_is_left_out_but_keeps_its_place_in_the_order(tmp_path, row, why):
    path = tmp_path / "all.txt"
    path.write_text("\n".join([HEAD, row, line("P4_2_LCC")]))
    order = read_order(path)
    assert order.ids == ("P3_2_LCC", "P4_2_LCC")
    assert [row.key.pair for row in order.listed] == ["P4_2_LCC"]
    assert why in order.skipped[0].why


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n".join([HEAD, line("P1_2_LCC"), line("P1_2_LCC")]), r"more than once: P1_2_LCC \(2 times\)"),
        ("\n".join([HEAD, line("P1_2_LCC").replace("P1_2_LCC\t", "IMG_1\t")]), "IMG_1"),
        (HEAD, "lists no pair"),
        ("id\timg_x\nP1_2_LCC\ta.nrrd", "lacks the columns img_y"),
    ],
)
def test_a_wrong_table_is_one_clear_error(tmp_path, text, message):
    (tmp_path / "all.txt").write_text(text)
    with pytest.raises(UsageError, match=message):
        read_order(tmp_path / "all.txt")


@pytest.mark.needs("shared")
def test_the_authors_own_table_is_read_whole(shared):
    order = read_order(shared / "cesm-ucbm-pairs.tsv")
    assert len(order.listed) == len(order.ids) == 569
    assert len({row.key.patient for row in order.listed}) == 105
    assert not order.skipped
