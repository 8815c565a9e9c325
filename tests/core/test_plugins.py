import sys

import pytest

from vcem.core.errors import UsageError
from vcem.core.plugins import Table

GROUP = "vcem.tests"


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Install packages, each with one module and its entry points."""

    def install(name, points, module="answer = 42\n"):
        (tmp_path / f"{name}.py").write_text(module)
        info = tmp_path / f"{name}-1.5.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.5\n")
        lines = "\n".join(f"{key} = {value}" for key, value in points.items())
        (info / "entry_points.txt").write_text(f"[{GROUP}]\n{lines}\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.delitem(sys.modules, name, raising=False)

    return install


def table():
    return Table(GROUP, "number", int, {"own": 1})


def test_own_installed_and_registered_entries_stand_in_one_table(installed):
    installed("some_package", {"there": "some_package:answer"})
    numbers = table()
    numbers.register("here", 3)
    numbers.register("here", 4)
    assert dict(numbers) == {"own": 1, "there": 42, "here": 4}
    assert {name: numbers.package(name) for name in numbers} == {"own": "", "there": "some_package 1.5", "here": ""}


def test_an_unknown_name_is_told_with_those_there_are_and_what_to_install():
    with pytest.raises(UsageError, match=r"no number 'gone' here(.|\n)*one of own\n(.|\n)*package that brings 'gone'"):
        table()["gone"]
    with pytest.raises(UsageError, match=r"install numbers-of-mine 2\.0"):
        table().find("gone", "numbers-of-mine 2.0")


def test_no_name_is_taken_twice(installed):
    with pytest.raises(UsageError, match="already is a number 'own'"):
        table().register("own", 2)
    installed("greedy", {"own": "greedy:answer"})
    with pytest.raises(UsageError, match="greedy offers a number under a name that is taken"):
        list(table())


@pytest.mark.parametrize(("module", "message"), [
    ("import no_such_module\n", "ModuleNotFoundError: No module named 'no_such_module'"),
    ("answer = 'many'\n", "is a str"), ("1 / 0\n", "ZeroDivisionError"), ("", "has no attribute 'answer'"),
])  # fmt: skip
def test_an_entry_that_cannot_be_loaded_spoils_only_itself(installed, module, message):
    installed("broken", {"bad": "broken:answer"}, module)
    numbers = table()
    assert numbers["own"] == 1
    with pytest.raises(UsageError, match=message):
        numbers["bad"]
