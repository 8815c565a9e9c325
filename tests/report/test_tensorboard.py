import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from runs_tree import write_runs
from vcem.report.tensorboard import crc32c, write_events
from vcem.report.tracked import tracked_below


@pytest.fixture
def runs(tmp_path):
    write_runs(tmp_path / "runs", ["small-pix2pix"], folds=2, patients=3)
    return tracked_below([tmp_path / "runs"])


def test_tensorboard_reads_what_the_runs_say(runs, tmp_path):
    assert write_events(runs, tmp_path / "events") == (2, 0)
    folder = next((tmp_path / "events" / "small-pix2pix").glob("fold-00.*"))
    read = EventAccumulator(str(folder)).Reload()
    assert sorted(read.Tags()["scalars"]) == sorted({p.name for p in runs[0].points})
    for name in ("validation/l1", "loss/g", "scores/psnr/method"):
        expected = [(p.epoch, p.seconds, pytest.approx(p.value, rel=1e-6)) for p in runs[0].points if p.name == name]
        assert [(s.step, s.wall_time, s.value) for s in read.Scalars(name)] == expected
    text = read.Tensors("recipe/text_summary" if "recipe/text_summary" in read.Tags()["tensors"] else "recipe")
    assert b'name = "small-pix2pix"' in text[0].tensor_proto.string_val[0]
    assert read.SummaryMetadata("recipe").plugin_data.plugin_name == "text"


def test_the_same_runs_again_give_no_other_file(runs, tmp_path):
    write_events(runs, tmp_path / "events")
    before = {p: p.read_bytes() for p in (tmp_path / "events").rglob("*") if p.is_file()}
    assert write_events(runs, tmp_path / "events") == (0, 2)
    assert {p: p.read_bytes() for p in (tmp_path / "events").rglob("*") if p.is_file()} == before


def test_a_run_that_has_learned_more_takes_the_place_of_what_was_there(runs, tmp_path):
    log = tmp_path / "runs/small-pix2pix/fold-00/log.jsonl"
    whole = log.read_text()
    log.write_text("".join(whole.splitlines(keepends=True)[:5]))
    write_events(tracked_below([tmp_path / "runs"]), tmp_path / "events")
    log.write_text(whole)
    assert write_events(tracked_below([tmp_path / "runs"]), tmp_path / "events") == (1, 1)
    assert len([p for p in (tmp_path / "events").rglob("*") if p.is_file()]) == 2


def test_check_sums_are_those_of_the_standard():
    assert crc32c(bytes(32)) == 0x8A9136AA, "RFC 3720, B.4"
    assert crc32c(bytes(range(32))) == 0x46DD794E
