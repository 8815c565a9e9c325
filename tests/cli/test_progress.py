from rich.progress import Progress

from vcem.cli.progress import Rate, watching


def test_every_item_passes_and_nothing_stays(capsys):
    seen = watching("reading", "files")(iter(range(5)), 5)
    assert next(seen) == 0
    assert list(seen) == [1, 2, 3, 4]
    assert capsys.readouterr().out == ""


def test_the_rate_is_told_once_there_is_one():
    with Progress(disable=True) as progress:
        progress.add_task("reading", total=2000)
        [task] = progress.tasks
        assert Rate("files").render(task).plain == ""
        task.finished_speed = 1234.5
        assert Rate("files").render(task).plain == "1234 files/s"
        task.finished_speed = 0.256
        assert Rate("images").render(task).plain == "0.26 images/s"
