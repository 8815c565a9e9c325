import json
import subprocess
import sys

import pytest

from vcem.cli.main import main
from vcem.core.files import write_csv
from vcem.core.seeds import rng_for
from vcem.stats.roe_metz import STRUCTURES, simulate
from vcem.study.imrmc import read_imrmc


@pytest.fixture
def ratings(tmp_path):
    study = simulate(STRUCTURES["HH"], 3, 15, 12, rng_for(0, "cli"))
    rows = [
        {"reader": r, "treatment": t, "case": c, "truth": int(study.truth[k]), "rating": float(study.scores[i, j, k])}
        for i, t in enumerate(study.treatments) for j, r in enumerate(study.readers) for k, c in enumerate(study.cases)
    ]  # fmt: skip
    write_csv(tmp_path / "ratings.csv", list(rows[0]), rows)
    return tmp_path / "ratings.csv"


def test_lines_name_the_study_and_the_three_analyses(ratings, capsys):
    assert main(["study", "mrmc", str(ratings)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("2 treatments, 3 readers, 27 cases (12 positive) of 27 patients; empirical AUC, jackknife")
    for part in ("readers and cases random: F(1, ", "these readers, cases random", "readers random, these cases"):
        assert part in out
    assert "plan" not in out


def test_json_with_a_plan_and_an_exchange_file(ratings, capsys):
    words = ["--json", "--effect", "0.1", "--readers", "6", "--cases", "80", "--imrmc", str(ratings.parent / "x.imrmc")]
    assert main(["study", "mrmc", str(ratings), "--covariance", "delong", *words]) == 0
    found = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert found["covariance"] == "delong"
    assert [p["asked"]["to"] for p in found["plan"]] == ["readers-and-cases", "cases", "readers"]
    assert (found["plan"][0]["asked"]["readers"], found["plan"][0]["asked"]["cases"]) == (6, 80)
    assert read_imrmc(ratings.parent / "x.imrmc").cases == tuple(str(k + 1) for k in range(27))


def test_the_exchange_file_gives_the_same_analysis(ratings, capsys):
    main(["study", "mrmc", str(ratings), "--imrmc", str(ratings.parent / "x.imrmc")])
    first = capsys.readouterr().out
    main(["study", "mrmc", str(ratings.parent / "x.imrmc")])
    assert capsys.readouterr().out == first


@pytest.mark.needs("shared")
def test_van_dyke_through_the_command(shared, capsys):
    assert main(["study", "mrmc", str(shared / "vandyke.csv"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    random = found["random_readers_random_cases"]
    assert random["statistic"] == pytest.approx(4.45631869, abs=5.01e-9)
    assert random["p"] == pytest.approx(0.05166569, abs=5.01e-9)
    assert found["areas"]["2"]["5"] == pytest.approx(0.92995169, abs=5.01e-9)
    assert found["dbm"]["components"]["c"] == pytest.approx(0.02724923, abs=5.01e-9)
    assert found["fixed_readers_random_cases"]["df2"] is None


@pytest.mark.parametrize(("words", "message"), [
    (["absent.csv"], "absent.csv cannot be read"),
    (["RATINGS", "--effect", "0"], "cannot be planned"),
    (["RATINGS", "--effect", "0.1", "--power", "80"], "power of 80"),
])  # fmt: skip
def test_wrong_use_is_one_clear_message(ratings, capsys, words, message):
    assert main(["study", "mrmc", *(str(ratings) if w == "RATINGS" else w for w in words)]) == 2
    out, error = capsys.readouterr()
    assert message in error
    assert out == ""


def test_a_torn_table_names_its_line(ratings, capsys):
    text = ratings.read_text().splitlines()
    ratings.write_text("\n".join([*text[:5], text[5].rsplit(",", 1)[0] + ",", *text[6:]]))
    assert main(["study", "mrmc", str(ratings)]) == 2
    assert "ratings.csv, line 6: no rating" in capsys.readouterr().err


def test_it_loads_no_torch(ratings):
    code = "import sys; from vcem.cli.main import main; main(sys.argv[1:]); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code, "study", "mrmc", str(ratings)], check=True, capture_output=True)
