import math
from dataclasses import replace

import pytest

from vcem.report.dots import DENSE, Column, Dots, Line, kind_of
from vcem.stats.intervals import UNKNOWN, Interval

SHARE = Column("missed", "Missed ↓", False, share=True, ends=(0, 1))
PLAIN = Column("psnr", "PSNR ↑", True, 1)


def dots(*lines, columns=(PLAIN, SHARE)):
    return Dots("d", "Title", "stamp", "Caption.", columns, lines)


WON = Line("Net", "c0", (Interval(20, 18, 22), Interval(0.2, 0.1, 0.4)), ("better", "Wins."))
BASE = Line("LE", "reference", (Interval(12, 10, 14), Interval(0.5, math.nan, math.nan)))
TOP = Line("Ceiling", "ceiling", (UNKNOWN, Interval(0.1, 0.0, 0.3)))


def test_a_column_has_one_axis_from_its_least_to_its_greatest_bound():
    drawn = dots(WON, BASE, TOP)
    assert drawn.ends(0) == (10, 22)
    assert drawn.ends(1) == (0, 1)
    assert drawn.at(0, 10) == 6
    assert drawn.at(0, 22) == 114
    assert drawn.at(0, 16) == 60
    assert drawn.at(0, 99) == 114


def test_equal_values_and_none_still_have_an_axis():
    assert dots(Line("a", "c0", (Interval(3, 3, 3),)), columns=(PLAIN,)).ends(0) == (3, 4)
    assert dots(Line("a", "c0", (UNKNOWN,)), columns=(PLAIN,)).ends(0) == (0, 1)


def test_guides_are_the_best_reference_and_the_ceiling():
    worse = Line("mean", "reference", (Interval(11, 10, 12), Interval(0.9, 0.8, 1.0)))
    drawn = dots(WON, BASE, worse, TOP)
    assert drawn.guides(0) == [("reference", drawn.at(0, 12))]
    assert drawn.guides(1) == [("reference", drawn.at(1, 0.5)), ("ceiling", drawn.at(1, 0.1))]


def test_its_table_has_every_number_and_a_dash_for_none():
    table = dots(WON, BASE, TOP).table()
    assert [c.text for c in table.rows[0]] == ["Net", "20.0 (18.0 to 22.0)", "20 % (10 to 40 %)", "Wins."]
    assert [c.text for c in table.rows[1]][1:3] == ["12.0 (10.0 to 14.0)", "50 %"]
    assert table.rows[2][1].text == "–"
    assert table.records[0] == {"method": "Net", "psnr": 20, "psnr_low": 18, "psnr_high": 22,
                                "missed": 0.2, "missed_low": 0.1, "missed_high": 0.4}  # fmt: skip
    assert len(dots(BASE).table().header) == 3


@pytest.mark.parametrize(("count", "dense"), [(14, False), (15, True)])
def test_many_rows_are_low_and_folded_under_few(count, dense):
    drawn = dots(*[BASE] * count)
    assert drawn.dense is dense
    assert bool(drawn.short) is dense


def seeds(name, *values, verdict=("none", "Not shown to find more, p 1.")):
    return [Line(f"{name}-seed-{k}", "c0", (Interval(v, v - 3, v + 3), UNKNOWN), verdict) for k, v in enumerate(values)]


def test_the_seeds_of_a_recipe_share_a_row_with_their_mean_and_range():
    many = [line for k in range(5) for line in seeds(f"net-{k}", 20, 22, 27)]
    drawn = dots(*many, BASE, TOP).short
    assert [line.name for line in drawn.lines] == [*(f"net-{k}, 3 seeds" for k in range(5)), "LE", "Ceiling"]
    assert drawn.lines[0].found == (Interval(23, 20, 27), UNKNOWN)
    assert drawn.lines[0].verdict == ("none", "3 of 3 seeds: not shown to find more")
    assert "mean over its seeds" in drawn.caption
    assert not drawn.dense


def test_seeds_that_differ_are_told_apart():
    own = [*seeds("net", 20, 21), *seeds("net", 22, verdict=("better", "Finds more lesions, p 0.01."))]
    drawn = dots(*own, *[BASE] * 12).short
    assert drawn.lines[0].verdict == ("none", "2 of 3 seeds: not shown to find more; 1 of 3 seeds: finds more lesions")


def test_one_seed_alone_keeps_its_name_and_interval():
    (alone,) = seeds("net", 20)
    assert dots(alone, *[BASE] * 14).short.lines[0] == alone


def test_of_too_many_recipes_the_first_are_shown_and_who_wins_is_never_folded():
    lost = [replace(WON, name=f"n{k:02d}", verdict=("none", "No.")) for k in range(30)]
    drawn = dots(*lost, replace(WON, name="winner"), BASE, TOP).short
    assert len(drawn.lines) == DENSE
    assert [line.name for line in drawn.lines][-3:] == ["winner", "LE", "Ceiling"]
    assert drawn.caption == "Caption. 19 more rows stand below."


def test_learned_methods_have_colours_and_others_none(study):
    assert [kind_of(study, m) for m in study.scores.methods] == ["c0", "c1", "c2", *["reference"] * 3]
    assert kind_of(study, "reference-acquired-des") == "acquired"
