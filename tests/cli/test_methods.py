import json

from vcem.cli.main import main

# the authors' networks (paper-and-code.md)
COUNTS = {
    "autoencoder": {"G": 1_644_409},
    "pix2pix": {"G": 54_408_385, "D": 2_764_609},
    "cyclegan": {"G": 11_365_633, "F": 11_365_633, "D_y": 2_762_689, "D_x": 2_762_689},
}


def test_json_gives_every_network_and_its_parameters(capsys):
    assert main(["methods", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert {name: entry["networks"] for name, entry in listed.items()} == COUNTS


def test_the_table_names_the_same(capsys):
    assert main(["methods"]) == 0
    shown = capsys.readouterr().out
    assert all(f"{n:,}" in shown or str(n) in shown for nets in COUNTS.values() for n in nets.values())
