from vcem.core.files import read_json
from vcem.report.build import build_page, write_report
from vcem.report.cases import choose

SECTIONS = [
    "fidelity",
    "lesions",
    "crowd",
    "density",
    "intervals",
    "differences",
    "pictures",
    "training",
    "leaks",
    "recipes",
]


def test_the_page_has_every_section(page):
    assert [s.anchor for s in page.sections] == SECTIONS
    assert page.date == "2026-01-01"


def test_every_table_carries_origin_and_protocol(page, study):
    tables = [t for section in page.sections for t in section.tables]
    assert len(tables) >= 12
    assert {t.stamp for t in tables} == {study.stamp}
    assert {p.stamp for section in page.sections for p in section.panels} == {study.stamp}


def test_without_pictures_the_section_says_so(study):
    page = build_page(study, choose(study), None, "T")
    section = next(s for s in page.sections if s.anchor == "pictures")
    assert section.panels == ()
    assert "No pictures" in section.intro
    assert section.tables


def test_writing_ends_with_a_manifest_of_every_file(page, study, tmp_path):
    write_report(tmp_path, page, study)
    manifest = read_json(tmp_path / "manifest.json", "m")
    names = {p.name for p in tmp_path.iterdir()} - {"manifest.json"}
    assert set(manifest["files"]) == names
    assert {"index.html", "tables.md", "table-4-1-breast.csv"} < names
    assert (manifest["kind"], manifest["origin"], manifest["protocol"]) == ("report", "simulated", "strict")


def test_the_machine_is_added_on_request(page, study, tmp_path):
    write_report(tmp_path, page, study, with_machine=True)
    assert "Processor" in (tmp_path / "index.html").read_text()


def test_truth_comes_first_and_only_where_there_is_one(truth_study):
    page = build_page(truth_study, choose(truth_study), None, "T")
    assert [s.anchor for s in page.sections] == ["truth", *SECTIONS]
    names = [t.name for t in page.sections[0].tables]
    assert names == ["truth", "truth-look", "truth-density"]
    assert "no evidence of clinical use" in page.sections[0].intro
    assert page.sections[0].panels == ()
