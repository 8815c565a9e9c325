from vcem.cli.main import main
from vcem.core.files import MANIFEST


def test_table_is_printed_and_written(toy_catalogue, capsys):
    before = (toy_catalogue / MANIFEST).read_bytes()
    assert main(["describe", str(toy_catalogue)]) == 0
    told = capsys.readouterr().out
    assert "Table 2.1: catalogue, simulated" in told
    assert "Craniocaudal" in told
    assert (toy_catalogue / "description" / "table-2.1.md").is_file()
    assert (toy_catalogue / MANIFEST).read_bytes() == before


def test_table_can_be_written_elsewhere(toy_catalogue, tmp_path):
    assert main(["describe", str(toy_catalogue), "--out", str(tmp_path / "d")]) == 0
    assert (tmp_path / "d" / "table-2.1.csv").is_file()
    assert not (toy_catalogue / "description").exists()


def test_folder_that_is_no_catalogue_is_wrong_use(tmp_path, capsys):
    assert main(["describe", str(tmp_path)]) == 2
    assert "vcem import" in capsys.readouterr().err
