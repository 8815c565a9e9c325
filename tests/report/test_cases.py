from dataclasses import replace

import numpy as np

from runs_tree import write_runs
from vcem.report.cases import (
    MOST_PICTURED,
    cases_table,
    choose,
    describe,
    extreme_cases,
    left_out,
    middle_cases,
    pictured,
    ranked,
    shown_methods,
)
from vcem.report.study import read_study


def test_extremes_are_lowest_middle_and_highest(study):
    values = study.scores.of("pix2pix", "mse_breast")
    best, median, worst = extreme_cases(study.scores, "pix2pix")
    assert (best.value, worst.value) == (values.min(), values.max())
    assert median.value == np.sort(values)[39]  # lower middle of 80
    assert [c.why for c in (best, median, worst)] == ["best", "median", "worst"]


def test_a_density_shows_the_middle_of_its_own_images(study):
    found = middle_cases(study)[1:]
    assert [c.item.density for c in found] == ["a", "b", "c", "d"]
    mean = np.mean([study.scores.of(m, "mse_breast") for m in study.scores.learned], axis=0)
    for c, case in enumerate(found):
        own = np.sort(mean[study.scores.densities == c])
        assert case.value == own[(own.size - 1) // 2]


def test_ties_are_broken_by_name_so_that_nobody_picks(study):
    items = study.scores.items[:3]
    order = ranked(np.zeros(3), items, range(3))
    assert [items[i].pair for i in order] == sorted(i.pair for i in items)


def test_images_without_a_score_are_never_shown(study):
    values = np.array([np.nan, 1.0, 0.5])
    assert ranked(values, study.scores.items[:3], range(3)) == [2, 1]


def test_a_fold_that_one_method_lacks_shows_no_density_case(tmp_path):
    runs = write_runs(tmp_path / "runs", folds=2, patients=12)
    (runs / "small-pix2pix" / "fold-01" / "scores.csv").unlink()
    lacking = read_study([runs], None, 0)
    assert {c.item.fold for c in middle_cases(lacking)} == {0}
    assert {c.item.fold for c in extreme_cases(lacking.scores, "pix2pix")} == {0}


def test_the_table_states_rule_and_every_case(study):
    cases = choose(study)
    table = cases_table(study, cases)
    assert len(table.rows) == len(cases) == 1 + 4 + 3 * 3
    assert "lowest, middle and highest" in table.caption
    assert [r["pair"] for r in table.records] == [c.item.pair for c in cases]


def test_only_the_mean_des_stands_for_the_references(study):
    assert shown_methods(study) == ("autoencoder", "pix2pix", "cyclegan", "reference-mean-des")


def test_a_case_is_described_with_pair_density_and_fold(study):
    density, best = choose(study)[1], choose(study)[5]
    assert describe(density) == f"ACR a: {density.item.pair}, fold {density.item.fold}"
    assert describe(best).startswith(f"best: {best.item.pair}")


def test_the_first_case_lies_in_the_middle_of_those_with_enhancement(study):
    case = middle_cases(study)[0]
    mean = np.mean([study.scores.of(m, "mse_breast") for m in study.scores.learned], axis=0)
    lit = {name[:2] for name, on in zip(study.lesions.names, study.lesions.enhancing, strict=True) if on}
    own = np.sort([v for i, v in zip(study.scores.items, mean, strict=True) if (i.fold, i.pair) in lit])
    assert 0 < len(own) < 80
    assert (case.why, case.method, case.value) == ("median", "", own[(own.size - 1) // 2])


def test_without_enhancement_the_first_case_lies_in_the_middle_of_all(study):
    dark = replace(study, lesions=replace(study.lesions, enhancing=np.zeros_like(study.lesions.enhancing)))
    mean = np.mean([study.scores.of(m, "mse_breast") for m in study.scores.learned], axis=0)
    assert middle_cases(dark)[0].value == np.sort(mean)[39]


def test_of_many_methods_the_first_of_each_kind_are_shown(tmp_path):
    recipes = [f"s{k}-{kind}" for kind in ("autoencoder", "pix2pix", "cyclegan") for k in range(4)]
    many = read_study([write_runs(tmp_path / "runs", recipes, folds=1, patients=6)], None, 0)
    shown = pictured(many)
    assert len(many.scores.learned) == 12
    assert len(shown) == MOST_PICTURED
    assert {many.kinds[m] for m in shown} == {"autoencoder", "pix2pix", "cyclegan"}
    assert "4 methods have no panel" in left_out(many)


def test_seeds_of_one_recipe_do_not_crowd_out_other_recipes(tmp_path):
    recipes = [f"{size}-autoencoder-seed-{k}" for size in "abc" for k in range(4)]
    many = read_study([write_runs(tmp_path / "runs", recipes, folds=1, patients=6)], None, 0)
    shown = pictured(many)
    assert [m for m in shown if m.endswith("seed-0")] == [f"{size}-autoencoder-seed-0" for size in "abc"]
    assert len(shown) == MOST_PICTURED
