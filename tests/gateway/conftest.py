"""A model, an exam, a PACS that does what a test says, and a real one."""

import gc
from pathlib import Path

import pytest

from gateways import les_of
from orthanc import orthanc


@pytest.fixture
def model(onnx_model):
    return onnx_model


@pytest.fixture(scope="session")
def exam(tmp_path_factory):
    """Four LE images of one study as data sets. Change copies only."""
    return les_of(tmp_path_factory.mktemp("exam"))


@pytest.fixture
def pacs(tmp_path):
    """A real PACS, empty; use it with the marker needs("orthanc")."""
    with orthanc(tmp_path) as found:
        yield found


def pytest_collection_modifyitems(items):
    """The network library leaves the socket of an association that came to nothing to the garbage collector."""
    left = pytest.mark.filterwarnings("ignore:Exception ignored in. <s:pytest.PytestUnraisableExceptionWarning")
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(left)


@pytest.fixture(scope="module", autouse=True)
def _no_socket_for_others():
    """Have such sockets collected here and not within a test of another room."""
    yield
    gc.collect()
