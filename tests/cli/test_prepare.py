from vcem.cli.main import main
from vcem.core.grid import Framing, Size
from vcem.core.terms import Frame
from vcem.folders.prepared import open_store


def test_a_folder_that_is_no_catalogue_is_wrong_use(tmp_path, capsys):
    assert main(["prepare", str(tmp_path), str(tmp_path / "out")]) == 2
    assert "vcem import" in capsys.readouterr().err


def test_a_catalogue_is_prepared(toy_catalogue, tmp_path, capsys):
    assert main(["prepare", str(toy_catalogue), str(tmp_path / "out"), "--size", "32", "--jobs", "1"]) == 0
    store = open_store(tmp_path / "out")
    assert store.framing == Framing(Size(32, 32), Frame.BREAST)
    assert (
        f"{len(store.pairs)} pairs: 32 x 32 pixels of the breast, protocol strict, origin simulated"
        in capsys.readouterr().out
    )
