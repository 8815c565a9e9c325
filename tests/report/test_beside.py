import numpy as np
import pytest

from runs_tree import write_runs
from vcem.core.errors import UsageError
from vcem.core.files import read_csv, read_json, write_manifest
from vcem.report.beside import compare_reports, headline, is_report, keep_scores
from vcem.report.facts import warnings
from vcem.report.paired import Both, differences, why_apart
from vcem.report.study import read_study

BETTER = {"autoencoder": 0.78, "pix2pix": 0.60, "cyclegan": 0.50}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A function that makes what a comparison reads of a report of small synthetic runs, once each."""
    root, done = tmp_path_factory.mktemp("reports"), {}

    def make(name, folds=2, **runs):
        if name not in done:
            write_runs(root / f"runs-{name}", folds=folds, patients=20, **runs)
            study = read_study([root / f"runs-{name}"], None, 0)
            keep_scores(study, root / name)
            write_manifest(root / name, "report", {"warnings": warnings(study)})
            done[name] = root / name
        return done[name]

    return make


def rows(folder, method):
    return {r["column"]: r for r in read_csv(folder / "beside.csv") if r["method"] == method}


def test_paired_differences_are_those_of_the_same_images(made, tmp_path):
    page = compare_reports(made("march"), made("april", quality=BETTER), tmp_path / "both")
    own = rows(tmp_path / "both", "autoencoder")
    one, two = (read_study([made(n) / "scores"], None, 0) for n in ("march", "april"))
    by_hand = two.scores.of("autoencoder", "ssim_breast") - one.scores.of("autoencoder", "ssim_breast")
    found = own["ssim_breast"]
    assert float(found["difference"]) == pytest.approx(by_hand.mean())
    assert float(found["april"]) - float(found["march"]) == pytest.approx(by_hand.mean())
    assert (found["outcome"], found["n"], found["patients"]) == ("better", "40", "20")
    assert own["mse_breast"]["outcome"] == "better"  # less is better
    same = rows(tmp_path / "both", "pix2pix")["ssim_breast"]  # the same scores in both
    assert (float(same["difference"]), same["outcome"]) == (0, "no better")
    assert {"found_at_0.5", "contrast_error", "missed", "hallucinated"} < set(own)
    assert own["found_at_0.5"]["p"]
    assert page.headline[0] == "better"
    assert "Both: Origin: simulated" in (tmp_path / "both" / "index.html").read_text()


def test_the_other_way_round_it_is_worse(made):
    one, two = (read_study([made(n) / "scores"], None, 0) for n in ("april", "march"))
    both = Both(("april", "march"), (one, two), why_apart(one, two))
    found = differences(both)
    assert {c.outcome for c in found if c.first == "autoencoder" and c.quantity.column == "ssim_breast"} == {"worse"}
    assert headline(both, found)[0] == "worse"


def test_a_report_beside_itself_shows_nothing_and_gives_the_same_bytes(made, tmp_path):
    read = []
    for _ in range(2):
        page = compare_reports(made("march"), made("march"), tmp_path / "both")
        read.append({p.name: p.read_bytes() for p in (tmp_path / "both").iterdir()})
    assert read[0] == read[1]
    assert read_json(tmp_path / "both" / "manifest.json", "")["kind"] == "comparison of reports"
    assert not is_report(tmp_path / "both")
    assert "0 in favour of second, 0 against it" in page.headline[1]
    found = [float(r["difference"]) for r in read_csv(tmp_path / "both" / "beside.csv")]
    assert found
    assert not any(found)


def test_other_folds_are_other_networks_on_the_same_images(made, tmp_path):
    compare_reports(made("march"), made("other-folds", folds=4, quality=BETTER), tmp_path / "both")
    found = rows(tmp_path / "both", "autoencoder")
    assert (found["ssim_breast"]["outcome"], found["ssim_breast"]["n"]) == ("better", "40")
    assert found["found_at_0.5"]["p"]


def test_other_images_stand_side_by_side_and_are_not_tested(made, tmp_path):
    page = compare_reports(made("march"), made("external", origin="clinical"), tmp_path / "both")
    assert "they differ in origin, simulated and clinical" in page.headline[1]
    assert page.warnings[0].startswith("No difference is tested")
    assert not [r for r in read_csv(tmp_path / "both" / "beside.csv") if r.get("p") or r.get("difference")]
    assert rows(tmp_path / "both", "reference-le")  # what training cannot change shows how much the images differ


def test_images_that_only_have_the_same_names_are_not_paired(made):
    one, two = (read_study([made(n) / "scores"], None, 0) for n in ("march", "march"))
    assert why_apart(one, two) == ""
    k = two.scores.methods.index("reference-le")
    two.scores.cube[k, 0, 0] *= 1.01
    assert "the images or the metrics were changed" in why_apart(one, two)
    both = Both(("a", "b"), (one, two), why_apart(one, two))
    assert differences(both) == []
    assert "side by side only" in headline(both, [])[1]


def test_what_is_no_report_or_keeps_no_scores_is_refused(made, tmp_path):
    with pytest.raises(UsageError, match="report"):
        compare_reports(made("march"), tmp_path, tmp_path / "both")
    other = made("others", recipes=("small-resunet",), quality={"resunet": 0.5})
    with pytest.raises(UsageError, match="no method in common"):
        compare_reports(made("march"), other, tmp_path / "both")
    assert not (tmp_path / "both").exists()
    assert np.isfinite(read_study([other / "scores"], None, 0).scores.of("resunet", "ssim")).all()
