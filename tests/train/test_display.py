import io
import re
from dataclasses import replace

import pytest
from rich.console import Console
from rich.progress import Progress

from vcem.folders.log import Record
from vcem.train import display
from vcem.train.display import Bar, Display, Lines, Silent, sentence, shown, tell_how

RECORD = Record(3, 1.0, {"d.real": 0.25, "g.l1": 12.3456789}, 0.0654321, 2, 41.26, 90.0)


def test_a_line_tells_how_far_losses_speed_and_time_left():
    told = sentence(RECORD, 10)
    assert told == ("epoch 3/10 val L1 0.06543 (best: epoch 2) d.real 0.25 g.l1 12.35 41.3 pairs/s, "
                    "at most 10 min 30 s left")  # fmt: skip


@pytest.mark.parametrize(("epochs", "left"), [(3, "0 min 00 s"), (4, "1 min 30 s"), (103, "2 h 30 min")])
def test_the_time_left(epochs, left):
    assert sentence(RECORD, epochs).endswith(f"at most {left} left")


def test_off_a_terminal_each_epoch_is_a_line_on_stderr(capsys):
    with shown("toy fold 0") as told:
        for step in (1, 2):
            told.step(1, step, 2)
        told.epoch(RECORD, 10)
        told.epoch(replace(RECORD, epoch=4), 10)
    out, err = capsys.readouterr()
    assert out == ""
    assert re.findall(r"^toy fold 0 epoch (\d+)/10", err, re.MULTILINE) == ["3", "4"]
    assert len(err.splitlines()) == 2


def test_on_a_terminal_a_bar_moves(monkeypatch):
    screen = io.StringIO()
    monkeypatch.setattr(display, "Console", lambda stderr: Console(force_terminal=True, file=screen))
    with shown("toy fold 0") as told:
        assert isinstance(told, Bar)
        told.step(1, 3, 4)
        told.epoch(RECORD, 10)
        (task,) = told.progress.tasks
        assert (task.completed, task.total) == (3, 4)
    assert "val L1 0.06543" in screen.getvalue()
    with shown("toy fold 0", plain=True) as told:
        assert isinstance(told, Lines)


def test_every_display_is_one(capsys):
    with Progress(disable=True) as progress:
        for made in (Silent(), Lines("t"), Bar(progress, "t")):
            assert isinstance(made, Display)
    Silent().step(1, 1, 1)
    Silent().epoch(RECORD, 1)
    assert capsys.readouterr().err == ""


def test_what_a_fold_is_computed_with_is_told(capsys):
    tell_how("toy fold 0", "cpu", 2, "float32")
    tell_how("toy fold 0", "NVIDIA H200", 2, "bfloat16")
    assert capsys.readouterr().err == "toy fold 0 on cpu, 2 thread(s), float32\ntoy fold 0 on NVIDIA H200, bfloat16\n"
