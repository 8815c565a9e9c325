import json

import pytest

from runs_tree import write_runs
from vcem.core.errors import UsageError
from vcem.core.files import read_csv
from vcem.report.tracked import tracked_below


def test_a_run_tells_its_curves_its_mean_scores_and_how_it_was_made(tmp_path):
    write_runs(tmp_path, ["small-cyclegan", "small-pix2pix"], folds=2, patients=4)
    *others, first, second = tracked_below([tmp_path])
    assert len({run.key for run in (*others, first, second)}) == 4
    assert (first.recipe, first.fold, second.fold) == ("small-pix2pix", 0, 1)
    lines = [json.loads(x) for x in (tmp_path / "small-pix2pix/fold-00/log.jsonl").read_text().splitlines()]
    curve = [(p.epoch, p.value) for p in first.points if p.name == "validation/l1"]
    assert curve == [(line["epoch"], line["val_l1"]) for line in lines]
    assert [p.seconds for p in first.points if p.name == "loss/g"][:3] == [6.0, 12.0, 18.0]
    rows = read_csv(tmp_path / "small-pix2pix/fold-00/scores.csv")
    own = [float(row["psnr"]) for row in rows if row["method"] == "pix2pix"]
    [mean] = [p.value for p in first.points if p.name == "scores/psnr/method"]
    assert mean == pytest.approx(sum(own) / len(own))
    assert any(p.name == "scores/ssim_breast/reference-le" for p in first.points)
    assert first.facts["recipe.name"] == "small-pix2pix"


def test_no_patient_and_no_path_is_told(tmp_path):
    write_runs(tmp_path, ["small-pix2pix"], folds=1, patients=3)
    path = tmp_path / "small-pix2pix/fold-00/run.json"
    facts = json.loads(path.read_text()) | {"learned_from": {"patients": ["Jane Doe"]}, "called": ["vcem train x"]}
    path.write_text(json.dumps(facts))
    told = repr(tracked_below([tmp_path]))
    assert not [word for word in ("Jane", "P0", "P1", str(tmp_path), "vcem train") if word in told]


def test_a_run_is_the_same_wherever_it_lies_and_another_once_it_has_learned_more(tmp_path):
    write_runs(tmp_path / "a", ["small-pix2pix"], folds=1, patients=3)
    write_runs(tmp_path / "b", ["small-pix2pix"], folds=1, patients=3)
    [one], [other] = tracked_below([tmp_path / "a"]), tracked_below([tmp_path / "b"])
    assert one == other
    log = tmp_path / "b/small-pix2pix/fold-00/log.jsonl"
    log.write_text("".join(log.read_text().splitlines(keepends=True)[:5]))
    [fewer] = tracked_below([tmp_path / "b"])
    assert (fewer.key, fewer.epochs) == (one.key, 5)
    assert fewer.digest != one.digest


def test_a_folder_without_runs_is_refused(tmp_path):
    with pytest.raises(UsageError, match="No run in"):
        tracked_below([tmp_path])
