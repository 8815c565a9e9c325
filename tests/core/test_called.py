from pathlib import Path

from vcem.core.called import calling, chain, command, tell, words_of
from vcem.core.terms import Protocol

OPTIONS = {
    "catalogue": Path("/home/me/patient-7"), "out": Path("prepared"), "protocol": Protocol.STRICT, "size": 96,
    "late": True, "png": False, "source": None, "title": "My page", "jobs": 7, "control": (),
    "recipes": (Path("a/x.toml"), Path("y.toml")),
}  # fmt: skip


def test_options_are_kept_without_a_path_and_without_what_no_result_depends_on():
    assert words_of("prepare", OPTIONS, ["catalogue", "out"]) == (
        "vcem prepare CATALOGUE OUT --protocol strict --size 96 --late --title 'My page' --recipes x.toml y.toml"
    )


def test_a_folder_behind_a_name_is_a_path_too(tmp_path):
    options = {"predictions": (f"mine={tmp_path}", str(tmp_path), "a/b of no folder")}
    assert words_of("study new", options) == (
        "vcem study new --predictions mine=PREDICTIONS PREDICTIONS 'a/b of no folder'"
    )


def test_a_command_holds_only_where_it_runs():
    with calling():
        tell("vcem split PREPARED")
        assert command() == "vcem split PREPARED"
        kept = [{"called": ["vcem import cdd-cesm SOURCE OUT"]}, {}, {"called": ["vcem split PREPARED"]}]
        assert chain(*kept) == ["vcem import cdd-cesm SOURCE OUT", "vcem split PREPARED"]
    assert command() == ""
    assert chain() == []
