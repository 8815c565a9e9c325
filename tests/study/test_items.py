import json

from vcem.study.items import plain_panels


def test_the_browser_never_learns_the_file(room_of):
    plain = json.dumps(plain_panels(room_of("multi-reader").study.slots[0].panels))
    assert "picture" not in plain
