import pytest

from vcem.core.errors import UsageError
from vcem.core.files import read_csv
from vcem.core.terms import Density, Energy, Origin, Side, View
from vcem.folders.catalogue import Outline, Pair, Skipped, read_catalogue, read_order, write_catalogue

PAIRS = (
    Pair("P1_L_CC", "P1", Side.LEFT, View.CC, "le/1.jpg", "des/1.jpg", 3.25, -7.0, 0.8, 1.0, Density.B, "4$2"),
    Pair("P2_R_MLO", "P2", Side.RIGHT, View.MLO, "le/2.jpg", "des/2.jpg", registration=0.1, des_window="2105/380"),
)
OUTLINES = (
    Outline("P1_L_CC", Energy.DES, "polygon", ((1.0, 2.0), (3.0, 2.0), (2.5, 5.0))),
    Outline("P1_L_CC", Energy.LE, "ellipse", ((9.0, 9.0), (3.0, 2.0)), 0.5),
)


def write(folder):
    write_catalogue(folder, PAIRS, OUTLINES, [Skipped("P3.jpg", "no DES")], {"source": "src", "origin": "clinical"})


def test_a_catalogue_survives_the_disk(tmp_path):
    write(tmp_path)
    catalogue = read_catalogue(tmp_path)
    assert catalogue.pairs == PAIRS
    assert catalogue.outlines == OUTLINES
    assert catalogue.origin is Origin.CLINICAL
    assert [p.registered for p in catalogue.pairs] == [True, False]
    assert read_csv(tmp_path / "skipped.csv") == [{"what": "P3.jpg", "why": "no DES"}]


@pytest.mark.parametrize(("right", "wrong"), [("3.25", "three"), (",L,", ",X,"), (",b,", ",e,")])
def test_a_cell_that_cannot_be_read_is_named(tmp_path, right, wrong):
    write(tmp_path)
    path = tmp_path / "pairs.csv"
    path.write_text(path.read_text().replace(right, wrong))
    with pytest.raises(UsageError, match="P1_L_CC"):
        read_catalogue(tmp_path)


def test_the_authors_order_is_kept_and_taken_away_with_the_next_catalogue(tmp_path):
    facts = {"source": "src", "origin": "clinical"}
    write_catalogue(tmp_path, PAIRS, OUTLINES, [], facts, ["P2_R_MLO", "P9_L_CC", "P1_L_CC"])
    assert read_order(tmp_path) == ("P2_R_MLO", "P9_L_CC", "P1_L_CC")
    assert "order.csv" in read_catalogue(tmp_path).manifest["files"]
    write_catalogue(tmp_path, PAIRS, OUTLINES, [], facts)
    assert read_order(tmp_path) is None
