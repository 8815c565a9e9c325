import numpy as np

from vcem.core.files import read_json
from vcem.report.build import build_page, write_report
from vcem.report.cases import choose
from vcem.report.study import read_study

SECTIONS = ["pictures", "lesions", "strata", "fidelity", "training"]


def test_the_page_has_every_section(page):
    assert [s.anchor for s in page.sections] == SECTIONS
    assert page.date == "2026-01-01"


def test_every_table_carries_origin_and_protocol(page, study):
    assert len(page.tables) >= 12
    assert {t.stamp for t in page.tables} == {study.stamp}
    assert {p.stamp for p in page.panels} == {study.stamp}


def test_without_pictures_the_section_says_so(study):
    page = build_page(study, choose(study), None, "T")
    section = page.sections[0]
    assert page.panels == []
    assert "No pictures" in section.intro
    assert section.tables


def test_writing_ends_with_a_manifest_of_every_file(page, study, tmp_path):
    write_report(tmp_path, page, study)
    manifest = read_json(tmp_path / "manifest.json", "m")
    names = {p.name for p in tmp_path.iterdir()} - {"manifest.json"}
    assert {name.partition("/")[0] for name in manifest["files"]} == names
    assert {"index.html", "tables.md", "table-4-1-breast.csv", "glance.csv", "psnr-by-density.csv"} < names
    kept = read_study([tmp_path / "scores"], None, 0)
    assert np.array_equal(kept.scores.cube, study.scores.cube, equal_nan=True)
    assert manifest["warnings"] == list(page.warnings)
    assert (manifest["kind"], manifest["origin"], manifest["protocol"]) == ("report", "simulated", "strict")


def test_the_machine_is_added_on_request(page, study, tmp_path):
    write_report(tmp_path, page, study, with_machine=True)
    assert "Processor" in (tmp_path / "index.html").read_text()


def test_truth_stands_behind_the_pictures_and_only_where_there_is_one(truth_study):
    page = build_page(truth_study, choose(truth_study), None, "T")
    assert [s.anchor for s in page.sections] == ["pictures", "truth", *SECTIONS[1:]]
    truth = page.sections[1]
    assert [t.name for t in truth.tables] == ["truth", "truth-look", "truth-density"]
    assert "no evidence of clinical use" in truth.intro


def test_every_picture_of_numbers_has_its_csv(page):
    drawn = [page.glance, *(d for section in page.sections for d in section.dots)]
    assert {d.name for d in drawn} <= {t.name for t in page.tables}
    assert len({t.name for t in page.tables}) == len(page.tables)
