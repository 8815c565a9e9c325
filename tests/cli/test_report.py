import json

import numpy as np
import pytest

from runs_tree import write_runs
from simulated import simulated_runs
from vcem.cli.main import main
from vcem.core.files import read_csv, read_json, write_json, write_text
from vcem.core.recipe import digest
from vcem.core.seeds import rng_for
from vcem.data.leaks import leaks
from vcem.data.splits import Member, strict_folds
from vcem.folders.folds import write_folds, write_leaks
from vcem.folders.predictions import Maker, write_predictions
from vcem.score.score import score_fold


@pytest.fixture
def scored(tmp_path, toy_store):
    """Two recipes on three folds of real arrays, scored by the program itself; one is sharper than the other."""
    folds = strict_folds([Member(p.pair, p.patient) for p in toy_store.pairs], 3, 0)
    write_folds(toy_store.folder / "folds.json", folds)
    write_leaks(toy_store.folder / "leak.csv", leaks(folds))
    for method, noise in (("autoencoder", 0.01), ("pix2pix", 0.2)):
        for k, fold in enumerate(folds.folds):
            folder = tmp_path / "runs" / f"small-{method}" / f"fold-{k:02d}"
            y = toy_store.y[toy_store.rows(fold.test)]
            y_hat = np.clip(y + noise * rng_for(0, method, k).normal(size=y.shape), 0, 1).astype(np.float32)
            maker = Maker(method, f"small-{method}", k, "w")
            write_predictions(folder / "predictions", maker, toy_store, fold.test, y_hat)
            score_fold(folder, toy_store, folds)
            write_text(folder / "recipe.toml", f'name = "small-{method}"\n')
            pairs = {"digest": digest(fold)}
            write_json(folder / "run.json", {"kind": "run", "data": toy_store.digest, "pairs": pairs, "fold": k})
    return tmp_path / "runs"


def test_one_command_from_runs_to_page_and_again(scored, tmp_path, capsys):
    out = tmp_path / "report"
    command = ["report", str(scored), "--out", str(out), "--date", "2026-01-01"]
    assert main(command) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[-1].startswith(f"{out / 'index.html'}: 6 runs, Origin: simulated · protocol: strict · 32 × 32")
    _page_is_whole((out / "index.html").read_text())
    for name in ("table-4-1-image", "table-4-2-breast", "differences-lesion", "lesions", "leak", "cases", "recipes"):
        assert read_csv(out / f"{name}.csv"), name
    assert read_json(out / "manifest.json", "m")["kind"] == "report"
    assert not [word for word in ("data:image", "Processor") if word in (out / "tables.md").read_text()]
    _every_case_has_its_pictures(out)

    assert main(["report", str(out), str(out), "--out", str(tmp_path / "both")]) == 0
    assert "0 in favour of second, 0 against it" in capsys.readouterr().out
    assert main(["report", str(out), str(scored), "--out", str(tmp_path / "mixed")]) == 2
    assert "two reports, or folders of runs" in capsys.readouterr().err

    first = {p: p.read_bytes() for p in out.rglob("*") if p.is_file()}
    (out / "pictures" / "stale").mkdir()
    (out / "pictures" / "stale" / "le.png").write_bytes(b"old")
    older = read_json(out / "manifest.json", "m")
    write_json(
        out / "manifest.json", older | {"files": older["files"] | {"pictures/stale/le.png": "of an older report"}}
    )
    assert main(command) == 0
    assert {p: p.read_bytes() for p in out.rglob("*") if p.is_file()} == first


def _page_is_whole(page):
    assert page.count(' src="') == page.count(' src="data:image/') > 20
    assert page.count('alt="Virtual DES of Autoencoder, ') > 3
    assert "2026-01-01" in page


def _every_case_has_its_pictures(out):
    names = {"le", "des", "autoencoder", "pix2pix", "reference-mean-des"}
    errors = {f"{n}-error" for n in names - {"le", "des"}}
    folders = list((out / "pictures").iterdir())
    cases = {(r["pair"], int(r["fold"])) for r in read_csv(out / "cases.csv")}
    assert {f.name for f in folders} == {f"{pair}-fold-{fold:02d}" for pair, fold in cases}
    assert any("<path d=" in (f / "lesions.svg").read_text() for f in folders)
    assert all({p.stem for p in f.iterdir()} == names | errors | {"lesions"} for f in folders)


def test_the_mean_des_of_other_folds_is_not_shown(scored, toy_store, tmp_path):
    content = json.loads((toy_store.folder / "folds.json").read_text())
    content["folds"].reverse()
    write_json(toy_store.folder / "folds.json", content)
    out = tmp_path / "report"
    assert main(["report", str(scored), "--out", str(out)]) == 0
    assert not [p for p in out.rglob("reference-mean-des.png") if p.parent.name.endswith(("00", "02"))]
    assert "no picture" in (out / "index.html").read_text()


def test_without_the_images_there_are_tables_and_a_warning(tmp_path, capsys):
    runs = write_runs(tmp_path / "elsewhere" / "runs", recipes=("small-pix2pix",), folds=2, patients=8)
    out = tmp_path / "report"
    assert main(["report", str(runs), "--out", str(out), "--machine", "--title", "Mine"]) == 0
    assert "beware: The prepared folder was not found" in capsys.readouterr().out
    assert not (out / "pictures").exists()
    text = (out / "tables.md").read_text()
    assert text.startswith("# Mine\n")
    assert "PyTorch: 2." in text


@pytest.mark.parametrize("words", [["nowhere"], ["."]])
def test_no_runs_is_wrong_use(tmp_path, monkeypatch, capsys, words):
    monkeypatch.chdir(tmp_path)
    assert main(["report", *words, "--out", "report"]) == 2
    assert "expected: " in capsys.readouterr().err


def test_a_folder_of_something_else_is_not_written_into(tmp_path, capsys):
    runs = write_runs(tmp_path / "runs", recipes=("small-pix2pix",), folds=2, patients=8)
    write_text(tmp_path / "report" / "thesis.txt", "mine")
    assert main(["report", str(runs), "--out", str(tmp_path / "report")]) == 2
    assert "already holds other files" in capsys.readouterr().err
    assert [p.name for p in (tmp_path / "report").iterdir()] == ["thesis.txt"]


def test_predictions_of_other_data_are_refused(scored, tmp_path, capsys):
    manifest = scored / "small-pix2pix" / "fold-00" / "predictions" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"prepared": "', '"prepared": "0'))
    assert main(["report", str(scored), "--out", str(tmp_path / "report")]) == 2
    assert "differ in data" in capsys.readouterr().err


def test_a_simulated_cohort_is_reported_with_its_truth_and_its_control(tmp_path, capsys):
    runs = simulated_runs(tmp_path / "a", patients=8)
    control = simulated_runs(tmp_path / "b", patients=8, decoupled=True)
    out = tmp_path / "report"
    words = ["report", str(runs), "--out", str(out), "--control", str(control)]
    assert main(words) == 0
    assert "beware: Leak test: Pix2Pix reads iodine" in capsys.readouterr().out
    page = (out / "index.html").read_text()
    for part in (
        "Truth: what was invented, what was missed",
        "Bayes ceiling",
        "Shuffle control",
        "no evidence of clinical",
    ):
        assert part in page
    for name in ("truth", "truth-look", "truth-density", "shuffle-control"):
        assert read_csv(out / f"{name}.csv"), name
    assert len(list((out / "pictures").glob("truth-*/iodine.png"))) == 3
    assert main([*words[:4], "--control", str(runs)]) == 2
    assert "no decoupled cohort" in capsys.readouterr().err
