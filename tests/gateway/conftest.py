"""A model, an exam, a PACS that does what a test says, and a real one."""

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
