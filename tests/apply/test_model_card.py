import pytest
import yaml

from enhancing import toy_run
from vcem.apply.about import About
from vcem.apply.export import export
from vcem.apply.model_card import NOT_TOLD, limits, page, scores_of
from vcem.core.files import read_csv, read_json, write_csv, write_json
from vcem.core.grid import framing_of
from vcem.core.terms import Origin, Protocol
from vcem.folders.folds import read_folds
from vcem.folders.model import Form
from vcem.folders.prepared import open_store
from vcem.score.predict import predict_fold
from vcem.score.score import score_fold
from vcem.train.rundir import read_run


@pytest.fixture
def scored(tmp_path):
    run = toy_run(tmp_path)
    store = open_store(tmp_path / "prepared")
    folds = read_folds(store.folder / "folds.json")
    predict_fold(run, store, folds)
    score_fold(run, store, folds)
    return run


def asked(run, weights=None):
    return scores_of(run, "toy-autoencoder", 0, weights or read_run(run).weights)


def test_scores_are_means_beside_the_trivial_references(scored):
    scores, why = asked(scored)
    assert why == ""
    assert (scores["images"], scores["patients"], scores["protocol"], scores["size"]) == (4, 1, "strict", 48)
    assert list(scores["methods"]) == ["autoencoder", "reference-le", "reference-mask-mean", "reference-mean-des"]
    rows = [row for row in read_csv(scored / "scores.csv") if row["method"] == "reference-le"]
    own = scores["methods"]["reference-le"]
    assert own["ssim_breast"] == pytest.approx(sum(float(r["ssim_breast"]) for r in rows) / 4, abs=1e-6)
    assert own["hallucinated"] == sum(int(r["hallucinated"]) for r in rows)


def test_scores_of_other_weights_do_not_count(scored):
    assert asked(scored, "0" * 64) == (None, "nothing beside scores.csv says that it is of these weights")
    (scored / "predictions" / "manifest.json").unlink()
    assert asked(scored)[0] is None


def test_scores_of_another_run_do_not_count(scored):
    rows = read_csv(scored / "scores.csv")
    write_csv(scored / "scores.csv", list(rows[0]), [row | {"fold": "3"} for row in rows])
    assert asked(scored) == (None, "scores.csv is of another run")


def test_an_unscored_run_says_so(tmp_path):
    run = toy_run(tmp_path)
    assert asked(run) == (None, "the run has no scores.csv")
    export(run, tmp_path / "model", Form.FOLDER, About())
    assert "Not scored: the run has no scores.csv." in (tmp_path / "model" / "model-card.md").read_text()


def test_the_page_says_what_the_card_says(scored, tmp_path):
    card = export(scored, tmp_path / "model", Form.FOLDER, About("Toy\n set | of breasts", "CC0"))
    text = (tmp_path / "model" / "model-card.md").read_text()
    assert text == page(card) == page(read_json(tmp_path / "model" / "model.json", "card"))
    for line in (
        "# toy-autoencoder, fold 0", "| data set | Toy set / of breasts |", "| licence of the data | CC0 |",
        "| origin of the images | simulated |", "| train | 4 | 1 |", "| test patients who also train or validate | 0 |",
        f"| weights SHA-256 | `{read_run(scored).weights}` |", "| reference-mean-des |",
    ):  # fmt: skip
        assert line in text
    rows = [line.count("|") for line in text.splitlines() if line.startswith("| method | mse") or "reference-" in line]
    assert len(set(rows)) == 1


def test_what_is_not_known_is_said(tmp_path):
    run = toy_run(tmp_path)
    facts = read_json(run / "run.json", "facts")
    facts.pop("patients")
    write_json(run / "run.json", facts)
    export(run, tmp_path / "model", Form.FOLDER, About())
    text = (tmp_path / "model" / "model-card.md").read_text()
    assert f"| licence of the data | {NOT_TOLD} |" in text
    assert "| train | 4 | not recorded |" in text
    assert "| fold | 0 (from 0) of not recorded |" in text


def test_limits_follow_from_what_the_model_saw():
    def told(*what):
        return " ".join(limits(*what))

    assert "nothing of clinical use" in told(Origin.SIMULATED, Protocol.STRICT, framing_of({"size": 64}))
    assert "nothing of clinical use" not in told(Origin.CLINICAL, Protocol.STRICT, framing_of({"size": 64}))
    assert "refuses this model" in told(Origin.CLINICAL, Protocol.PAPER, framing_of({"size": 64}))
    assert "refuses this model" not in told(Origin.CLINICAL, Protocol.STRICT, framing_of({"size": 64}))
    assert "64 x 64" in told(Origin.CLINICAL, Protocol.STRICT, framing_of({"size": 64}))
    assert limits(Origin.CLINICAL, Protocol.STRICT, framing_of({"size": 64}))[0].startswith("Research only")


@pytest.mark.parametrize(
    ("licence", "lines"),
    [("CC-BY-4.0", {"license": "cc-by-4.0"}), ("", {}),
     ("LicenseRef-Ours", {"license": "other", "license_name": "licenseref-ours"})],
)  # fmt: skip
def test_the_head_of_the_page_is_what_a_hub_reads_and_says_no_more_than_the_user(licence, lines, tmp_path):
    card = export(toy_run(tmp_path), tmp_path / "model", Form.FOLDER, About(licence=licence, contact="me | you"))
    _, head, text = page(card).split("---\n", 2)
    read = yaml.safe_load(head)
    assert {name: read.get(name) for name in ("license", "license_name") if name in read} == lines
    assert (read["library_name"], read["pipeline_tag"]) == ("vcem", "image-to-image")
    assert "trained-on-simulated-images" in read["tags"]
    assert f"| licence of the weights | {licence or NOT_TOLD} |" in text
    assert "| contact | me / you |" in text
    assert f"| intended use | {NOT_TOLD} |" in text
