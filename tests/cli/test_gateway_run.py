import signal
import subprocess
import sys

from gateways import events, les_of, plain, scripted_pacs, send, until, write_settings


def test_it_serves_until_it_is_stopped_and_goes_on_with_the_next_start(tmp_path, onnx_model):
    les = les_of(tmp_path / "exam")
    with scripted_pacs() as (pacs, came):
        content = plain(tmp_path, onnx_model, pacs, study={"quiet_s": 1000})
        settings = write_settings(tmp_path / "gateway.toml", content)
        for quiet in (1000, 0.1):
            write_settings(settings, content | {"study": {"quiet_s": quiet}})
            words = [sys.executable, "-m", "vcem.cli.main", "gateway", "run", settings]
            process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            try:
                if quiet == 1000:
                    until(lambda: send(les, content["receive"]["port"]) == [0] * 4)
                else:
                    until(lambda: len(came) == 8)
            finally:
                process.send_signal(signal.SIGTERM)
                said = process.communicate()[0]
            assert process.returncode == 0, said
            assert "research only, not for diagnosis" in said
            assert "what is queued goes on" in said
    assert [e["event"] for e in events(content)].count("received") == 4
    assert (tmp_path / "gateway").stat().st_mode & 0o077 == 0, "closed to other users"
