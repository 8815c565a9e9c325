import pytest

from study_rooms import new_words, sources
from vcem.cli.main import main
from vcem.core.errors import UsageError
from vcem.study.folder import open_study
from vcem.study.windows import Window, check_windows, plain_windows


def test_the_first_window_shows_all_greys_as_sent():
    assert plain_windows([])[0] == {"name": "as sent", "centre": 32768, "width": 65536}
    assert [w["name"] for w in plain_windows([])] == ["as sent", "narrow", "wide"]


def test_a_design_names_its_own():
    assert plain_windows([Window("iodine", 0.75, 0.25)])[1:] == [{"name": "iodine", "centre": 49152, "width": 16384}]


@pytest.mark.parametrize(
    "windows",
    [
        [Window("as sent", 0.5, 0.5)],
        [Window(" ", 0.5, 0.5)],
        [Window("a", 0.5, 0.5), Window("a", 0.4, 0.5)],
        [Window("a", 0.5, 0.0)],
        [Window("a", 1.5, 0.5)],
        [Window("a", 0.5, float("nan"))],
        [Window(str(n), 0.5, 0.5) for n in range(9)],
    ],
)
def test_windows_that_show_nothing_or_cannot_be_told_apart_are_refused(windows):
    with pytest.raises(UsageError):
        check_windows(windows)


def test_the_design_file_takes_them_into_the_study(tmp_path, capsys):
    sources(tmp_path)
    words = new_words(tmp_path, "real-or-synthetic")
    design = tmp_path / "real-or-synthetic.toml"
    plain = design.read_text()
    design.write_text(plain + '[[windows]]\nname = "iodine"\ncentre = 0.75\nwidth = 7\n')
    assert main(words) == 2
    assert "iodine" in capsys.readouterr().err
    design.write_text(plain + '[[windows]]\nname = "iodine"\ncentre = 0.75\nwidth = 0.25\n')
    assert main(words) == 0
    assert open_study(tmp_path / "study").design.windows == (Window("iodine", 0.75, 0.25),)
