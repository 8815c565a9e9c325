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
        ("DERIVED\\PRIMARY\\POST_CONTRAST\\\\LOW_ENERGY", Energy.LE),  # newer GE
        ("DERIVED\\PRIMARY\\POST_CONTRAST\\SUBTRACTION", Energy.DES),
        ("DERIVED\\PRIMARY\\SUBTRACTION", Energy.DES),
        ("DERIVED\\PRIMARY\\\\IODINE", Energy.DES),
        ("DERIVED\\PRIMARY\\\\CESM", Energy.DES),
        ("DERIVED\\PRIMARY\\IODINE", None),  # at another place nobody says so
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
    assert rules[: len(RULES)] == RULES
    ours = replace(header, series_description="L CC Low Energy", manufacturer="HOLOGIC, Inc.")
    assert decide(ours, rules).image is Energy.LE
    assert "our unit" in decide(ours, rules).why
    assert "our unit" not in decide(replace(ours, manufacturer="Other"), rules).why
    assert decide(replace(ours, image_type=("O", "P", "", "RECOMBINED")), rules).image is None  # both of order 1
    table.write_text(table.read_text().replace("order=1", "order=0"))
    assert decide(replace(ours, image_type=("O", "P", "", "RECOMBINED")), read_rules(table)).image is Energy.LE
    table.write_text("alone = true\n" + table.read_text())
    assert [rule.evidence for rule in read_rules(table)] == ["our unit"]


@pytest.mark.parametrize(
    ("description", "energy"),
    [
        ("R CC LOW ENERGY", Energy.LE),
        ("low_energy r mlo", Energy.LE),
        ("High-Energy", Energy.HE),
        ("DES R CC", Energy.DES),
        ("Iodine map", Energy.DES),
        ("I-View L MLO", Energy.DES),
        ("RECOMBINED", Energy.DES),
        ("CESM R CC", None),  # the name of the exam, of which LE and HE are parts
        ("L CC LE", None),
        ("MAMMOGRAPHIE DESSUS", None),
        ("DES low energy", None),  # rules disagree
        ("Virtual DES, AI, research only", None),
        ("synthetic iodine", None),
    ],
)
def test_descriptions_speak_last_and_from_a_single_source(header, description, energy):
    decision = decide(replace(header, series_description=description), RULES)
    assert decision.image is energy
    assert ("single source" in decision.why) == (energy is not None)
    known = replace(header, series_description=description, image_type=("O", "P", "", "HIGH_ENERGY"))
    assert decide(known, RULES).image is Energy.HE


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no toml [", "own.toml"),
        ("a = 1", "'a'"),
        ("alone = true", "'rule'"),
        ('[[rule]]\nimage="LE"\norder="1"\nattribute="ImageType"\nvalues=["A"]\nevidence=""', "not a whole number"),
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
