import numpy as np
import pytest

from fakes.toy_ucbm import HEAD, IDS, line, write_dicom, write_nrrd, write_order
from vcem.core.errors import FailureError, UsageError
from vcem.core.files import read_csv, sha256
from vcem.core.grid import framing_of
from vcem.core.nrrd import Axes
from vcem.core.terms import Density, Origin, Protocol
from vcem.data.decode import prepare
from vcem.folders.catalogue import read_catalogue, read_order
from vcem.ingest.ucbm.options import Align, Late, UcbmOptions
from vcem.ingest.ucbm.release import import_cesm_ucbm

NRRD = UcbmOptions(axes=Axes.COLUMNS_FIRST)


def imported(tmp_path, options=NRRD, write=write_nrrd, ids=IDS, out="out"):
    write_order(tmp_path / "all.txt")
    if not (tmp_path / "in").exists():
        write(tmp_path / "in", ids)
    made = import_cesm_ucbm(tmp_path / "in", tmp_path / out, tmp_path / "all.txt", options)
    return made, read_catalogue(tmp_path / out)


@pytest.mark.parametrize(
    ("options", "write", "origin"),
    [(NRRD, write_nrrd, Origin.CLINICAL), (UcbmOptions(), write_dicom, Origin.SIMULATED)],
)
def test_both_forms_become_the_same_catalogue(tmp_path, options, write, origin):
    made, catalogue = imported(tmp_path, options, write)
    assert [p.pair for p in catalogue.pairs] == list(IDS)
    assert read_order(catalogue.folder) == IDS
    assert {p.le_window for p in catalogue.pairs} == {"2353/750"}
    assert {p.des_window for p in catalogue.pairs} == {"2105/380"}
    assert catalogue.origin is made.origin is origin
    assert all(p.registered and abs(p.dx_px) < 0.5 and abs(p.dy_px) < 0.5 for p in catalogue.pairs)
    assert (made.listed, made.missing) == (7, 0)


@pytest.mark.parametrize("protocol", list(Protocol))
def test_arrays_lie_as_the_user_says(tmp_path, protocol):
    _, catalogue = imported(tmp_path)
    store, skipped = prepare(catalogue, tmp_path / "a", protocol, framing_of({"size": 32}))
    assert not skipped
    (tmp_path / "in").rename(tmp_path / "columns")
    write_nrrd(tmp_path / "in", rows_first=True)
    _, turned = imported(tmp_path, UcbmOptions(axes=Axes.ROWS_FIRST), out="turned")
    other, _ = prepare(turned, tmp_path / "b", protocol, framing_of({"size": 32}))
    assert (store.x == other.x).all()
    assert (store.y == other.y).all()
    assert read_order(store.folder) == IDS
    right, left = store.mask[0], store.mask[1]
    assert right[:, -4:].mean() > 0.5 > right[:, :4].mean() == 0
    assert left[:, :4].mean() > 0.5 > left[:, -4:].mean() == 0


def test_the_papers_chain_clips_to_the_tables_windows(tmp_path):
    _, catalogue = imported(tmp_path)
    store, _ = prepare(catalogue, tmp_path / "a", Protocol.PAPER, framing_of({"size": 90}))
    assert '"center": 2353.0, "width": 750.0' in store.pairs[0].chain
    assert (store.x[0].min(), store.y[0].min()) == (0, 0)  # the window's floor, from the padding
    assert np.isfinite(store.x).all()


def test_what_is_not_said_must_be_asked(tmp_path):
    with pytest.raises(UsageError, match="which of their axes"):
        imported(tmp_path, UcbmOptions())
    with pytest.raises(UsageError, match=r"7 of 7 images do not show the breast at its side's edge"):
        imported(tmp_path, UcbmOptions(axes=Axes.ROWS_FIRST))
    assert not (tmp_path / "out").exists()


def test_half_of_the_files_may_be_missing(tmp_path):
    made, catalogue = imported(tmp_path, ids=IDS[::2])
    assert [p.pair for p in catalogue.pairs] == list(IDS[::2])
    assert read_order(catalogue.folder) == IDS
    assert made.missing == 3
    skipped = {s.what: s.why for s in made.skipped}
    assert skipped["P1_32_RCC"] == "no file P1_32_RCC_LOW_ENERGY"


def test_damaged_files_and_foreign_windows_are_told_and_the_others_kept(tmp_path):
    write_nrrd(tmp_path / "in")
    path = tmp_path / "in" / "Dataset" / "Low Energy" / "P2_8_RCC_LOW_ENERGY.nrrd"
    path.write_bytes(path.read_bytes()[:-40])
    write_order(tmp_path / "all.txt")
    rows = [HEAD, *(line(p, des=(50000, 100)) if p == "P2_4_LMLO" else line(p) for p in IDS)]
    (tmp_path / "all.txt").write_text("\n".join(rows))
    made = import_cesm_ucbm(tmp_path / "in", tmp_path / "out", tmp_path / "all.txt", NRRD)
    skipped = {s.what: s.why for s in made.skipped}
    assert "fewer bytes" in skipped["P2_8_RCC"]
    assert "lie outside its window 50000/100" in skipped["P2_4_LMLO"]
    assert len(made.pairs) == 5


def test_reports_and_biopsies_are_joined(tmp_path):
    (tmp_path / "r.csv").write_text("patient,density,birads,age,notes\nP1,c,2,61,x\nP9,a,1,40,x\n")
    (tmp_path / "b.csv").write_text("patient,side,pathology\nP1,R,Malignant\n")
    options = UcbmOptions(axes=Axes.COLUMNS_FIRST, reports=tmp_path / "r.csv", biopsies=tmp_path / "b.csv")
    made, catalogue = imported(tmp_path, options)
    pairs = {p.pair: p for p in catalogue.pairs}
    first = pairs["P1_22_RCC"]
    assert (first.density, first.birads, first.age, first.pathology) == (Density.C, "2", "61", "Malignant")
    assert pairs["P1_24_LCC"].pathology == ""
    assert pairs["P2_8_RCC"].density is None
    told = {s.what: s.why for s in made.skipped}
    assert told["r.csv"] == "columns that were not read: notes"
    assert told["reports and biopsies"] == "1 rows speak of no listed pair"
    assert set(catalogue.manifest["tables"]) == {"order", "reports", "biopsies"}


def test_late_phases_are_told_by_series_only_if_asked(tmp_path):
    made, _ = imported(tmp_path)
    assert not any(p.tags for p in made.pairs)
    assert any("--late series" in s.why for s in made.skipped)
    made, _ = imported(tmp_path, UcbmOptions(axes=Axes.COLUMNS_FIRST, late=Late.SERIES))
    assert [p.pair for p in made.pairs if p.tags] == ["P1_32_RCC", "P1_34_RMLO"]
    assert not any("--late series" in s.why for s in made.skipped)


def test_one_grid_is_the_users_word(tmp_path):
    options = UcbmOptions(axes=Axes.COLUMNS_FIRST, align=Align.GRID, min_quality=1.0)
    made, _ = imported(tmp_path, options)
    assert {(p.dx_px, p.dy_px) for p in made.pairs} == {(0.0, 0.0)}
    made, _ = imported(tmp_path, UcbmOptions(axes=Axes.COLUMNS_FIRST, min_quality=1.0))
    assert not any(p.registered for p in made.pairs)


def test_the_same_release_gives_the_same_bytes_with_kept_readings_or_without(tmp_path):
    sums = []
    for out in ("one", "one", "two"):
        imported(tmp_path, out=out)
        sums.append({p.name: sha256(p) for p in (tmp_path / out).iterdir()})
    assert sums[0] == sums[1] == sums[2]
    rows = read_csv(tmp_path / "one" / "registration.csv")
    assert [row["pair"] for row in rows] == list(IDS)


def test_nothing_to_read_is_one_clear_error(tmp_path):
    write_order(tmp_path / "all.txt")
    write_nrrd(tmp_path / "in", IDS[:1])
    for path in (tmp_path / "in").rglob("*.nrrd"):
        path.write_bytes(b"NRRD0004\n")
    with pytest.raises(FailureError, match="no pair that can be read"):
        import_cesm_ucbm(tmp_path / "in", tmp_path / "out", tmp_path / "all.txt", NRRD)
    with pytest.raises(UsageError, match="least quality"):
        import_cesm_ucbm(
            tmp_path / "in", tmp_path / "out", tmp_path / "all.txt", UcbmOptions(axes=Axes.COLUMNS_FIRST, min_quality=2)
        )
