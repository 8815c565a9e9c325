"""Studies made once and copied for each test that writes into one."""

import shutil

import pytest

from study_rooms import READINGS, new_words, open_room, sources
from vcem.cli.main import main


@pytest.fixture(scope="session")
def made_studies(tmp_path_factory):
    """Folders with sources, one study of each design, and its sealed truth. Read them only."""
    found = {}
    for kind in READINGS:
        found[kind] = tmp_path_factory.mktemp(kind)
        sources(found[kind])
        assert main(new_words(found[kind], kind, readers=4)) == 0
    return found


@pytest.fixture
def study_copy(made_studies, tmp_path):
    """A function that gives a copy of the study of a kind, with its truth beside it."""

    def copy(kind):
        shutil.copytree(made_studies[kind] / "study", tmp_path / kind / "study")
        shutil.copy(made_studies[kind] / "study-truth.json", tmp_path / kind)
        return tmp_path / kind / "study"

    return copy


@pytest.fixture
def room_of(study_copy):
    """A function that opens the reading room of a kind of study."""
    rooms = []

    def opened(kind="real-or-synthetic"):
        rooms.append(open_room(study_copy(kind)))
        return rooms[-1]

    yield opened
    for room in rooms:
        room.record.close()
        room.access.close()
