"""A curious reader keeps everything that the server sends. Pixels apart, nothing tells real from synthetic.

Nothing follows the seed either, which a reader may guess: tests/study/test_freeze.py draws the same study under others.
"""

import json
import re
from itertools import pairwise

import anyio
import numpy as np
import pytest

from study.web.test_server import Visitor
from study_readers import message
from study_rooms import new_words, open_room, sources
from vcem.cli.main import main
from vcem.study.folder import open_truth
from vcem.study.items import Phase
from vcem.study.web.server import create

RANDOM = re.compile(r"(?<![\w-])[\w-]{43}(?![\w-])")  # tokens of 256 bits hold any three letters once in a while


def parts(room, path, cookies):
    """An answer as the server hands it over: status, headers and the size of each part, before a client joins them."""
    messages, asked = [], iter([{"type": "http.request", "body": b"", "more_body": False}])
    headers = [(b"host", b"localhost"), (b"cookie", "; ".join(f"{k}={v}" for k, v in cookies.items()).encode())]
    scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"",
             "headers": headers, "client": ("127.0.0.1", 1), "server": ("localhost", 80), "scheme": "http",
             "http_version": "1.1", "root_path": "", "extensions": {}}  # fmt: skip

    async def receive():
        return next(asked, {"type": "http.disconnect"})

    async def send(message):
        messages.append(message)

    anyio.run(create(room), scope, receive, send)
    return [(m.get("status"), sorted(m.get("headers", ())), len(m.get("body", b""))) for m in messages]


def seen(room, reader):
    """What a reader receives of each case: the case message, and size and headers of its pictures."""
    visitor = Visitor(room)
    visitor.enter(reader)
    case, found = visitor.case(), []
    while case["state"] == "case":
        pictures = []
        for panel in case["panels"]:
            for layer in panel["layers"]:
                answer = visitor.client.get(f"/image/{layer['image']}")
                pictures.append((len(answer.content), sorted(answer.headers.items())))
        found.append((case, pictures))
        answer = visitor.post("/answer", message(case))
        assert "set-cookie" not in answer.headers
        case = answer.json()
        del case["receipt"]  # a check sum over the log; the log knows no truth
    return found


def without_names(case, pictures):
    """The same with the random names and the count of cases taken out, which differ for every reading.

    `next` are names of the following case; another test looks at them.
    """
    ways = [case[way] for way in ("earlier", "later") if case[way]]
    names = [case["item"], *ways, *case["next"], *(la["image"] for p in case["panels"] for la in p["layers"])]
    text = json.dumps([{k: v for k, v in case.items() if k not in ("done", "next")}, pictures], sort_keys=True)
    for name in names:
        assert len(name) == 16
        text = text.replace(name, "")
    return text


def arms_of(room, found):
    truth = open_truth(room.study, room.study.folder.parent / "study-truth.json")
    return [truth.items[case["item"]].shown for case, _ in found]


@pytest.mark.parametrize("kind", ["real-or-synthetic", "most-realistic"])
def test_all_that_is_sent_is_the_same_for_all_arms(room_of, kind):
    room = room_of(kind)
    for reader in ("Reader 1", "Reader 2"):
        found = [f for f in seen(room, reader) if not f[0]["practice"]]
        assert len(set(arms_of(room, found))) > 1
        assert len({without_names(*f) for f in found}) == 1


@pytest.mark.parametrize("kind", ["real-or-synthetic", "most-realistic"])
def test_what_is_loaded_ahead_is_the_following_case_and_tells_no_more_than_it(room_of, kind):
    found = seen(room_of(kind), "Reader 1")
    names = [[la["image"] for p in case["panels"] for la in p["layers"]] for case, _ in found]
    assert [case["next"] for case, _ in found] == [*names[1:], []]


def test_real_and_virtual_des_look_alike_in_a_multi_reader_study(room_of):
    room = room_of("multi-reader")
    found = []
    for _ in range(3):
        found += [f for f in seen(room, "Reader 1") if not f[0]["practice"]]
        room.clock.move(days=28)
    kinds = {}
    for (case, pictures), shown in zip(found, arms_of(room, found), strict=True):
        plain = without_names({k: v for k, v in case.items() if k not in ("session", "about")}, pictures)
        kinds.setdefault(shown[0], set()).add(plain)
    assert kinds["LE + DES"] == kinds["LE + virtual DES"]
    assert len(kinds["LE + DES"]) == 1
    assert kinds["LE"].isdisjoint(kinds["LE + DES"])


@pytest.mark.parametrize("kind", ["real-or-synthetic", "most-realistic", "multi-reader"])
def test_pictures_errors_and_parts_are_the_same_for_all_arms(room_of, kind):
    room = room_of(kind)
    visitor = Visitor(room)
    visitor.enter()
    kinds = set()
    while (case := visitor.case())["state"] == "case":
        names = [layer["image"] for panel in case["panels"] for layer in panel["layers"]]
        kinds |= {json.dumps(parts(room, f"/image/{n}", visitor.client.cookies), default=str) for n in names}
        later = visitor.client.get(f"/image/{case['item']}")
        wrong = visitor.post("/answer", message(case) | {"answers": {}})
        kinds.add(json.dumps([(a.status_code, a.text, sorted(a.headers.items())) for a in (later, wrong)]))
        visitor.post("/answer", message(case))
    assert len(kinds) == 2  # one kind of picture, one of errors


@pytest.mark.parametrize("kind", ["real-or-synthetic", "most-realistic", "multi-reader"])
def test_the_breast_to_which_the_page_fits_its_zoom_is_the_same_in_all_arms(room_of, kind):
    room = room_of(kind)
    study, truth = room.study, open_truth(room.study, room.study.folder.parent / "study-truth.json")
    breasts, pictures = {}, {}
    for slot in study.slots:
        for panel in slot.panels:
            place = truth.items[slot.item].case, panel.title if kind == "multi-reader" else ""
            for layer in panel.layers:
                grey = np.fromfile(study.folder / f"pictures/{layer.picture}.grey", "<u2")
                breasts.setdefault(place, set()).add((grey > 0).tobytes())
                pictures.setdefault(place, set()).add(layer.picture)
    assert max(map(len, pictures.values())) > 1
    assert {len(found) for found in breasts.values()} == {1}
    assert all(0 < sum(b) < len(b) for found in breasts.values() for b in found)  # neither all nor nothing


def test_the_order_of_names_does_not_tell(room_of):
    room = room_of("real-or-synthetic")
    truth = open_truth(room.study, room.study.folder.parent / "study-truth.json")
    for key in (lambda s: s.item, lambda s: s.panels[0].layers[0].image):
        arms = [truth.items[s.item].shown for s in sorted(room.study.slots, key=key)]
        changes = sum(a != b for a, b in pairwise(arms))
        assert 8 <= changes <= 31  # of 39: sorted by arm there would be one change


def test_the_same_picture_has_another_name_when_it_is_repeated(room_of):
    room = room_of("real-or-synthetic")
    by_picture = {}
    for slot in room.study.slots:
        for layer in slot.panels[0].layers:
            by_picture.setdefault(layer.picture, []).append((slot.phase, layer.image))
    again = [own for own in by_picture.values() if any(phase is Phase.REPEAT for phase, _ in own)]
    assert again
    assert all(len({image for _, image in own}) == len(own) for own in again)


def test_the_server_never_opens_the_truth(room_of):
    room = room_of()
    (room.study.folder.parent / "study-truth.json").unlink()
    assert seen(room, "Reader 1")


def test_looking_back_at_a_case_tells_no_more_than_the_case(tmp_path):
    sources(tmp_path)
    words = new_words(tmp_path, "real-or-synthetic", training=0, repeats=0, reading='answers = "revisable"')
    assert main(words) == 0
    room = open_room(tmp_path / "study")
    found = seen(room, "Reader 1")
    visitor = Visitor(room)
    visitor.enter("Reader 1")
    again = []
    for case, pictures in found[1:-1]:  # the first and the last have one neighbour only
        back = visitor.client.get(f"/case/{case['item']}").json()
        assert {k: v for k, v in back.items() if k not in ("given", "later")} == {
            k: v for k, v in case.items() if k not in ("given", "later")
        }
        image = visitor.client.get(f"/image/{back['panels'][0]['layers'][0]['image']}")
        assert [(len(image.content), sorted(image.headers.items()))] == pictures
        again.append((back, pictures))
    assert len(set(arms_of(room, again))) > 1
    assert len({without_names(*f) for f in again}) == 1
    room.record.close()
    room.access.close()


@pytest.mark.parametrize("path", ["/", "/check", "/read", "/token", "/page/read.js", "/case"])
def test_no_page_names_a_case_a_patient_a_model_or_a_reader(room_of, path):
    room = room_of("multi-reader")
    visitor = Visitor(room)
    visitor.enter()
    truth = open_truth(room.study, room.study.folder.parent / "study-truth.json")
    answer = visitor.client.get(path)
    sent = RANDOM.sub("", answer.text + str(answer.headers))
    for word in (
        "cyclegan",
        "Malignant",
        "Reader 1",
        "virtual",
        *truth.cases,
        *(c.patient + "_" for c in truth.cases.values()),
    ):
        assert word not in sent
