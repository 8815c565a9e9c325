from vcem.core.files import read_csv, write_json
from vcem.folders.simulation import LESION_COLUMNS, LESIONS, VIEWS, is_simulation, write_tables


def test_a_simulation_is_known_by_its_manifest_alone(tmp_path):
    write_tables(tmp_path, [{"patient": "S1"}], [{"pair": "S1_L_CC", "w": 0.2}], [])
    assert read_csv(tmp_path / VIEWS) == [{"pair": "S1_L_CC", "w": "0.2"}]
    assert read_csv(tmp_path / LESIONS, LESION_COLUMNS) == []
    assert not is_simulation(tmp_path)
    write_json(tmp_path / "manifest.json", {"kind": "catalogue"})
    assert not is_simulation(tmp_path)
    write_json(tmp_path / "manifest.json", {"kind": "simulation"})
    assert is_simulation(tmp_path)
