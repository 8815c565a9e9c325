import json

from vcem.gateway.audit import Audit


def test_each_event_is_a_line_of_json(tmp_path):
    audit = Audit(tmp_path)
    audit("received", image="1.2.3", why='a "quote"\nand a line')
    audit("sent", result="2.25.1")
    (file,) = (tmp_path / "audit").iterdir()
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["event"] for line in lines] == ["received", "sent"]
    assert lines[0]["why"] == 'a "quote"\nand a line'
    assert lines[0]["at"].startswith(file.stem)


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path):
    audit = Audit(tmp_path)
    (tmp_path / "audit").rmdir()
    (tmp_path / "audit").write_text("a file in its place")
    audit("received", image="1.2.3")
