from gateways import plain, scripted_pacs, write_settings
from vcem.cli.main import main


def test_it_tells_of_each_part_whether_it_works(tmp_path, onnx_model, capsys):
    with scripted_pacs() as (pacs, _):
        settings = write_settings(tmp_path / "gateway.toml", plain(tmp_path, onnx_model, pacs))
        assert main(["gateway", "check", str(settings)]) == 0
        out = capsys.readouterr().out
    assert "ok      model: toy-autoencoder" in out
    assert "ok      send pacs: SCRIPTED at 127.0.0.1" in out
    assert "ok      receive: 127.0.0.1" in out
    assert main(["gateway", "check", str(settings)]) == 1
    assert "FAILED  send pacs: pacs cannot be reached" in capsys.readouterr().out


def test_what_does_not_work_is_named_and_the_rest_is_tried(tmp_path, capsys):
    content = plain(tmp_path, tmp_path / "nowhere")
    content["limits"] = {"free_mb": 1e12}
    content["receive"]["host"] = "192.0.2.1"
    assert main(["gateway", "check", str(write_settings(tmp_path / "gateway.toml", content))]) == 1
    out = capsys.readouterr().out
    assert "FAILED  model" in out
    assert "FAILED  folder" in out
    assert "beware: not encrypted" in out
