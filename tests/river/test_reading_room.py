"""A small study of each design, read through the page in a real browser: window, pause, kill of the server, resume."""

import signal

import pytest

from study_rooms import READINGS, Server, new_words, sources
from vcem.cli.main import main
from vcem.study.folder import open_study
from vcem.study.record import ANSWER, open_record

sync_api = pytest.importorskip("playwright.sync_api")
from study_browser import answer, browser_page, enter, place, shown  # noqa: E402 (only with playwright)

READER = "Reader 1"


def stored(study):
    opened = open_study(study)
    record = open_record(study, opened.protocol)
    record.verify()
    kinds, answers = [e.kind for e in record.entries()], record.entries(ANSWER, READER)
    record.close()
    return kinds, answers


@pytest.mark.needs("browser")
@pytest.mark.parametrize(
    "kind", [pytest.param(k, marks=pytest.mark.slow if k != "multi-reader" else ()) for k in READINGS]
)
def test_a_session_read_by_keyboard_survives_a_killed_server(kind, tmp_path, browser):
    sources(tmp_path, size=64)
    assert main(new_words(tmp_path, kind, count=4, training=2, repeats=2, repeat_gap=2)) == 0
    study = tmp_path / "study"
    server = Server(study)
    with browser_page(browser) as page:
        enter(page, server.links[READER])
        assert place(page).startswith("Practice, case 1 of 8")
        narrow_the_window(page)
        answer(page, kind)
        pause_and_go_on(page)
        answer(page, kind)
        server.stop(signal.SIGKILL)
        page.keyboard.press("Enter")  # nothing is chosen yet: nothing happens
        choose_and_fail(page, kind)
        server = Server(study, port=server.port)
        page.get_by_role("button", name="Go on", exact=True).click()
        sync_api.expect(page.locator("#place")).to_contain_text("case 4 of 8")
        shown(page)
        for left in range(5, 0, -1):
            answer(page, kind, word="rs"[left % 2], last=left == 1)
        said = page.locator("#cover-text").inner_text()
        assert page.trouble == []
    server.stop()
    kinds, answers = stored(study)
    assert said.startswith("This session is complete" if kind == "multi-reader" else "You have read all cases")
    assert len(answers) == len({e.item for e in answers}) == 8
    assert {"enter", "display", "shown", "pause", "resume"} <= set(kinds)
    assert next(iter(answers[0].body["window"].values()))[1] < 65536
    for times in (e.body["times"] for e in answers):
        assert 0 <= times["paint_ms"] <= times["input_ms"] <= times["submit_ms"]


def narrow_the_window(page):
    before = page.locator("#window").inner_text()
    page.keyboard.press("w")
    sync_api.expect(page.locator("#window")).not_to_have_text(before)


def pause_and_go_on(page):
    page.keyboard.press("?")
    sync_api.expect(page.locator("#help")).to_contain_text("save and go on")
    page.keyboard.press("Enter")  # closes the help and answers nothing
    sync_api.expect(page.locator("#help")).to_be_hidden()
    page.keyboard.press("p")
    sync_api.expect(page.locator("#cover-text")).to_contain_text("Paused")
    page.get_by_role("button", name="Go on", exact=True).click()
    shown(page)


def choose_and_fail(page, kind):
    page.keyboard.press("1")
    if kind != "most-realistic":
        page.keyboard.press("r")
        page.keyboard.press("c")
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    sync_api.expect(page.locator("#cover-text")).to_contain_text("not saved yet")
