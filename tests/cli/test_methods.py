import json

import pytest

from vcem.cli.main import main
from vcem.cli.methods import counted

COUNTS = {
    "autoencoder": {"G": 1_644_409},
    "pix2pix": {"G": 54_408_385, "D": 2_764_609},
    "cyclegan": {"G": 11_365_633, "F": 11_365_633, "D_y": 2_762_689, "D_x": 2_762_689},
    "resunet": {"G": 7_904_769, "H": 33},
    "lowdose": {"G": 7_906_737},
    "bridge": {"G": 7_906_737, "D": 2_763_713},
}


def test_json_lists_every_network_with_its_parameters(capsys):
    assert main(["methods", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert {name: facts["networks"] for name, facts in listed.items()} == COUNTS
    assert {name: facts["turns"] for name, facts in listed.items()} == {
        "autoencoder": ["g"], "pix2pix": ["d", "g"], "cyclegan": ["d", "g"], "resunet": ["g"],
        "lowdose": ["g"], "bridge": ["d", "g"]}  # fmt: skip


@pytest.mark.parametrize(("name", "counts"), COUNTS.items())
def test_the_table_has_a_line_a_method(name, counts, capsys):
    assert main(["methods"]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith(name)]
    assert all(f"{net} {count:,}" in line for net, count in counts.items())


def test_no_memory_is_taken_for_counting():
    from vcem.methods import METHODS

    assert list(counted()) == list(METHODS)
