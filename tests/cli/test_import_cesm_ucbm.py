import json

import pytest

from fakes.toy_ucbm import HEAD, IDS, line, write_dicom, write_nrrd, write_order
from vcem.cli.main import main
from vcem.core.files import read_csv
from vcem.folders.prepared import open_store


@pytest.fixture
def release(tmp_path):
    write_order(tmp_path / "all.txt")
    return write_nrrd(tmp_path / "in")


def run(release, *words, order="all.txt"):
    given = [str(release), str(release.parent / "out"), "--order", str(release.parent / order), "--jobs", "1"]
    return main(["import", "cesm-ucbm", *given, *map(str, words)])


def test_nrrd_become_a_catalogue(release, tmp_path, capsys):
    assert run(release, "--axes", "columns-first", "--machine", "Senographe Pristina", "--late", "series") == 0
    assert capsys.readouterr().out.splitlines() == [
        f"7 pairs of 2 patients, clinical, from NRRD -> {tmp_path / 'out'}",
        "7 of 7 pairs registered",
        "7 pairs in the authors' order, 0 of them not here",
    ]
    rows = read_csv(tmp_path / "out" / "pairs.csv")
    assert {row["machine"] for row in rows} == {"Senographe Pristina"}
    assert [row["tags"] for row in rows].count("late phase, by series number") == 2


def test_dicom_become_a_catalogue_and_late_phases_are_told_by_time(tmp_path, capsys):
    write_order(tmp_path / "all.txt")
    assert run(write_dicom(tmp_path / "in"), "--windows", "header") == 0
    assert "7 pairs of 2 patients, simulated, from DICOM" in capsys.readouterr().out
    rows = {row["pair"]: row for row in read_csv(tmp_path / "out" / "pairs.csv")}
    assert rows["P1_32_RCC"]["tags"] == "late phase, 8 min after the first"
    assert rows["P1_32_RCC"]["le_window"] == "2353/750"


def bad_order(release):
    (release.parent / "all.txt").write_text("\n".join([HEAD, line(IDS[0]), line(IDS[0])]))


def bad_reports(release):
    (release.parent / "r.csv").write_text("Nome,Esito\nRossi,4\n")


@pytest.mark.parametrize(
    ("damage", "words", "code", "message"),
    [
        (None, [], 2, "which of their axes"),
        (None, ["--axes", "rows-first"], 2, "do not show the breast at its side's edge"),
        (None, ["--axes", "columns-first", "--windows", "header"], 2, "no windows in their headers"),
        (None, ["--form", "dicom"], 1, "no pair that can be read"),
        (None, ["--axes", "columns-first", "--min-quality", "7"], 2, "least quality of 7.0"),
        (bad_order, ["--axes", "columns-first"], 2, "more than once"),
        (bad_reports, ["--axes", "columns-first", "--reports", "REPORTS"], 2, "does not say of whom it speaks"),
        (None, ["--axes", "columns-first", "--reports", "none.csv"], 2, "none.csv cannot be read"),
        (None, ["--axes", "columns-first", "--columns", "none.toml"], 2, "none.toml cannot be read"),
    ],
)
def test_bad_use_is_one_clear_message(release, capsys, damage, words, code, message):
    if damage:
        damage(release)
    assert run(release, *(w.replace("REPORTS", str(release.parent / "r.csv")) for w in words)) == code
    told = capsys.readouterr().err
    assert message in told
    assert "expected:" in told
    assert "Traceback" not in told
    assert not (release.parent / "out").exists()


def test_the_paper_protocol_splits_in_the_authors_order_what_is_there(tmp_path, capsys):
    ids = [f"P{1 + i // 2}_{2 * (i % 2) + 2}_{'RCC' if i % 2 else 'LMLO'}" for i in range(30)][::-1]
    write_order(tmp_path / "all.txt", ids)
    release = write_nrrd(tmp_path / "in", ids[4:], rows=40, columns=24)
    assert run(release, "--axes", "columns-first", "--align", "grid") == 0
    assert "30 pairs in the authors' order, 4 of them not here" in capsys.readouterr().out
    prepared = tmp_path / "prepared"
    assert main(["prepare", str(tmp_path / "out"), str(prepared), "--protocol", "paper", "--size", "16"]) == 0
    assert main(["split", str(prepared), "--protocol", "paper"]) == 0
    assert "4 of 30 pairs that the authors list are not here" in capsys.readouterr().out
    assert main(["split", "--ids", str(tmp_path / "all.txt"), "--protocol", "paper", "--out", str(tmp_path / "f")]) == 0
    ours, theirs = (json.loads(p.read_text())["folds"] for p in (prepared / "folds.json", tmp_path / "f"))
    here = {p.pair for p in open_store(prepared).pairs}
    assert len(here) == 26
    for mine, whole in zip(ours, theirs, strict=True):
        assert mine == {part: [p for p in pairs if p in here] for part, pairs in whole.items()}


@pytest.mark.needs("shared")
def test_the_papers_splits_and_their_leaks_come_out_of_the_authors_table(shared, tmp_path, capsys):
    order = shared / "cesm-ucbm-pairs.tsv"
    ids = [row.split("\t")[0] for row in order.read_text().splitlines()[1:]]
    release = write_nrrd(tmp_path / "in", ids, rows=40, columns=24)
    assert run(release, "--axes", "columns-first", "--align", "grid", "--jobs", "2", order=order) == 0
    assert "569 pairs of 105 patients" in capsys.readouterr().out
    prepared = tmp_path / "prepared"
    assert main(["prepare", str(tmp_path / "out"), str(prepared), "--protocol", "paper", "--size", "16"]) == 0
    assert main(["split", str(prepared), "--protocol", "paper"]) == 0
    told = capsys.readouterr().out
    assert "paper: 570 test places hold 378 different pairs; 566 share a patient with train, 257 a breast-view" in told
    assert main(["split", "--ids", str(order), "--protocol", "paper", "--out", str(tmp_path / "f.json")]) == 0
    folds, by_ids = (json.loads(path.read_text()) for path in (prepared / "folds.json", tmp_path / "f.json"))
    assert folds.pop("called") != by_ids.pop("called")  # two commands,
    assert folds == by_ids  # one result
    windows = {row["pair"]: (row["le_window"], row["des_window"]) for row in read_csv(tmp_path / "out" / "pairs.csv")}
    assert windows["P1_22_RCC"] == ("2191/900", "2105/380")
    assert windows["P46_22_LMLO"][1] == "2041/145"
