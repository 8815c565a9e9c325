from dataclasses import replace
from importlib.metadata import PackageNotFoundError

import pytest

from runs_tree import write_runs
from vcem.core.called import calling
from vcem.core.files import read_csv, write_csv
from vcem.core.terms import Protocol
from vcem.report.facts import commands, facts, machine, recipes_table, warnings
from vcem.report.study import read_study


def test_facts_name_data_folds_and_draws(study):
    found = dict(facts(study))
    assert found["Protocol"] == "strict"
    assert found["Tested"] == "80 tests of 80 pairs, 40 patients"
    assert found["Prepared data"] == f"80 pairs, check sum {study.prepared.digest[:16]}"
    assert found["Folds"] == "5, seed 0"
    assert found["Intervals and tests"] == "10000 draws of patients, seed 0"


def test_protocols_that_differ_are_all_named(study):
    other = replace(
        study, prepared=replace(study.prepared, folds=replace(study.prepared.folds, protocol=Protocol.PAPER))
    )
    assert dict(facts(other))["Protocol"] == "scored strict, prepared strict, split paper"


def test_commands_are_those_that_were_run_in_their_order_or_none(study):
    assert commands(study) == [], "nothing keeps any, so none is made up"
    made = {**study.prepared.manifest, "called": ["vcem import dicom SOURCE OUT", "vcem prepare CATALOGUE OUT"]}
    folds = replace(study.prepared.folds, called=("vcem split PREPARED",))
    runs = tuple(replace(r, facts={"called": [f"vcem train a.toml --fold {r.fold}"]}) for r in study.runs)
    with calling("vcem report RUNS"):
        found = commands(replace(study, prepared=replace(study.prepared, manifest=made, folds=folds), runs=runs))
    assert found[:3] == [*made["called"], "vcem split PREPARED"]
    assert found[3:] == [*(f"vcem train a.toml --fold {k}" for k in range(5)), "vcem report RUNS"]


def test_simulated_images_and_missing_folds_are_warned_of(tmp_path):
    runs = write_runs(tmp_path / "runs", folds=4, patients=8)
    for fold in (1, 3):
        (runs / "small-pix2pix" / f"fold-0{fold}" / "scores.csv").unlink()
    path = runs / "small-cyclegan" / "fold-02" / "recipe.toml"
    path.write_text(path.read_text() + "# changed\n")
    found = warnings(read_study([runs], None, 0))
    assert "These images are simulated: no figure here says anything about patients." in found
    assert "pix2pix: only 2 of 4 folds are scored; folds 1 and 3 are missing." in found
    assert "cyclegan: its folds were trained with different recipes." in found
    assert not [w for w in found if "came" in w]
    assert any("prepared folder was not found" in w for w in found)


def test_folds_scored_before_a_metric_came_are_named(tmp_path):
    runs = write_runs(tmp_path / "runs", folds=2, patients=4)
    for path in runs.glob("small-pix2pix/*/scores.csv"):
        rows = [row | {"ms_ssim": "0.5"} for row in read_csv(path)]
        write_csv(path, list(rows[0]), rows)
    told = [w for w in warnings(read_study([runs], None, 0)) if "ms_ssim" in w]
    assert [w.partition(":")[0] for w in told] == ["autoencoder", "cyclegan"]
    assert "run vcem score" in told[0]


def test_clinical_images_are_not_called_simulated(tmp_path):
    runs = write_runs(tmp_path / "runs", folds=2, patients=4, origin="clinical")
    assert not [w for w in warnings(read_study([runs], None, 0)) if "simulated" in w]


def test_recipes_with_their_digests(study):
    table = recipes_table(study)
    assert [r["recipe"] for r in table.records] == ["small-autoencoder", "small-pix2pix", "small-cyclegan"]
    assert table.rows[0][2].text == study.recipes["autoencoder"][0].recipe_digest
    assert table.rows[0][3].text == "5 of 5"
    assert table.rows[0][4].text == "cpu, float32, PyTorch 2.0"


@pytest.mark.parametrize("name", ["Processor", "Cores", "PyTorch"])
def test_the_machine(name):
    assert dict(machine())[name]


def test_a_machine_without_torch_is_described_too(monkeypatch):
    def version(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr("vcem.report.facts.version", version)
    assert dict(machine())["PyTorch"] == "not installed"
