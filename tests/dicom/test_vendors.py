from dataclasses import replace

import pytest

from toy_dicom import write
from vcem.core.errors import UsageError
from vcem.core.terms import Energy
from vcem.dicom.scan import read_header
from vcem.dicom.vendors import decide, read_rules

RULES = read_rules()


@pytest.fixture
def header(tmp_path):
    plain = read_header(tmp_path, write(tmp_path / "a.dcm").name)
    return replace(plain, image_type=(), manufacturer="", series_description="")


def image(header, text, **changes):
    return decide(replace(header, image_type=tuple(text.split("\\")), **changes), RULES).image


@pytest.mark.parametrize(
    ("text", "energy"),
    [
        ("ORIGINAL\\PRIMARY\\POST_CONTRAST\\\\LOW_ENERGY", Energy.LE),
        ("ORIGINAL\\PRIMARY\\POST_CONTRAST\\\\HIGH_ENERGY", Energy.HE),
        ("DERIVED\\PRIMARY\\POST_CONTRAST\\SUBTRACTION\\", Energy.DES),
        ("ORIGINAL\\PRIMARY\\\\LOW_ENERGY", Energy.LE),
        ("ORIGINAL\\PRIMARY\\\\HIGH_ENERGY", Energy.HE),
        ("DERIVED\\PRIMARY\\\\RECOMBINED", Energy.DES),
        ("DERIVED\\SECONDARY\\\\LOW_ENER", Energy.LE),
        ("DERIVED\\PRIMARY\\\\recombined", Energy.DES),
        ("ORIGINAL\\PRIMARY", None),
        ("ORIGINAL\\PRIMARY\\", None),
        ("DERIVED\\PRIMARY\\TOMO\\GENERATED_2D", None),
        ("DERIVED\\SECONDARY\\\\VIRTUAL_DES", None),
        ("LOW_ENERGY\\PRIMARY", None),  # values 1 and 2 do not count
    ],
)
def test_image_types(header, text, energy):
    assert image(header, text) is energy


def test_the_processing_code_speaks_where_the_image_type_does_not(header):
    assert image(header, "DERIVED\\PRIMARY\\", processing_code="GEMS_CESM_1") is Energy.DES
    assert image(header, "DERIVED\\PRIMARY\\", processing_code="GEMS_FFDM_PV") is None
    assert image(header, "ORIGINAL\\PRIMARY\\\\LOW_ENERGY", processing_code="GEMS_CESM_1") is Energy.LE


def test_rules_that_disagree_decide_nothing(header):
    decision = decide(replace(header, image_type=("A", "B", "", "RECOMBINED", "LOW_ENERGY")), RULES)
    assert decision.image is None
    assert "rules disagree" in decision.why


def test_every_decision_shows_what_it_rests_on(header):
    known = decide(replace(header, image_type=("O", "P", "", "LOW_ENERGY")), RULES)
    assert "LOW_ENERGY" in known.why
    assert "GE headers" in known.why
    unknown = decide(replace(header, image_type=("O", "P"), manufacturer="Acme"), RULES)
    assert "O\\P" in unknown.why
    assert "Acme" in unknown.why
    assert all(rule.evidence for rule in RULES)


def test_a_table_of_ones_own(header, tmp_path):
    table = tmp_path / "own.toml"
    table.write_text(
        '[[rule]]\nimage="LE"\norder=1\nattribute="SeriesDescription"\nmaker="holo"\npattern=".*low energy.*"\n'
        'evidence="our unit"\n'
    )
    rules = read_rules(table)
    ours = replace(header, series_description="L CC Low Energy", manufacturer="HOLOGIC, Inc.")
    assert decide(ours, rules).image is Energy.LE
    assert decide(replace(ours, manufacturer="Other"), rules).image is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no toml [", "own.toml"),
        ("a = 1", "'rule'"),
        ('[[rule]]\nimage="LE"\norder=1\nattribute="ImageType"\nvalues=["A"]', "evidence"),
        ('[[rule]]\nimage="XE"\norder=1\nattribute="ImageType"\nvalues=["A"]\nevidence=""', "XE"),
        ('[[rule]]\nimage="LE"\norder=1\nattribute="Rows"\nvalues=["A"]\nevidence=""', "unknown attribute 'Rows'"),
        ('[[rule]]\nimage="LE"\norder=1\nattribute="ImageType"\nevidence=""', "values or a pattern"),
        ('[[rule]]\nimage="LE"\norder=1\nattribute="ImageType"\npattern="("\nevidence=""', "own.toml"),
        ('[[rule]]\nimage="LE"\ncolour=1\norder=1\nattribute="ImageType"\npattern="A"\nevidence=""', "'colour'"),
    ],
)
def test_a_wrong_table_is_one_clear_error(tmp_path, text, message):
    (tmp_path / "own.toml").write_text(text)
    with pytest.raises(UsageError, match=message.replace("(", "\\(")):
        read_rules(tmp_path / "own.toml")


def test_a_missing_table_is_told(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        read_rules(tmp_path / "none.toml")
