"""Sessions that end in the middle of a case, and answers that are changed: read through the page in a real browser."""

import re
import sqlite3

import pytest

from study_rooms import Server, new_words, sources
from vcem.cli.main import main
from vcem.folders.study import ACCESS
from vcem.study.folder import open_study
from vcem.study.record import ANSWER, REVISION, open_record

sync_api = pytest.importorskip("playwright.sync_api")
from study_browser import answer, browser_page, enter, place, shown  # noqa: E402 (only with playwright)

expect = sync_api.expect
READER, PASSWORD = "Reader 1", "four quiet words here"


@pytest.fixture
def study(tmp_path):
    """A study of four cases and nothing else, real or synthetic; more lines of the table [reading] may be given."""

    def made(reading="", kind="real-or-synthetic"):
        sources(tmp_path, size=64)
        assert main(new_words(tmp_path, kind, count=4, training=0, repeats=0, reading=reading)) == 0
        return tmp_path / "study"

    return made


@pytest.fixture
def serve():
    """A function that serves a study; what it served ends with the test."""
    servers = []

    def started(*words, **options):
        servers.append(Server(*words, **options))
        return servers[-1]

    yield started
    for server in servers:
        server.stop()


def stored(study, kind):
    opened = open_study(study)
    record = open_record(study, opened.protocol)
    record.verify()
    found = record.entries(kind, READER)
    record.close()
    return found


def end_sessions(study):
    database = sqlite3.connect(study / ACCESS, isolation_level=None)
    database.execute("UPDATE session SET seen = '2000-01-01T00:00:00+00:00'")
    database.close()


def half_an_answer(page):
    page.keyboard.press("r")
    page.keyboard.press("4")


def the_other_half(page):
    page.keyboard.press("c")
    page.keyboard.press("ArrowRight")


def is_half_given(page):
    expect(page.locator("input[value=real]")).to_be_checked()
    expect(page.get_by_label("4 suspicious")).to_be_checked()
    expect(page.locator("#submit")).to_be_disabled()


@pytest.mark.needs("browser")
def test_with_a_password_the_reader_goes_on_in_the_middle_of_the_case(study, serve, browser):
    folder = study()
    server = serve(folder, "--passwords")
    with browser_page(browser) as page:
        page.goto(server.links[READER])
        page.get_by_label("12 characters").fill(PASSWORD)
        page.get_by_label("The same again").fill("another one altogether")
        page.get_by_role("button", name="Enter").click()
        expect(page.get_by_role("alert")).to_contain_text("differ")
        page.get_by_label("12 characters").fill(PASSWORD)
        page.get_by_label("The same again").fill(PASSWORD)
        enter(page, "")
        half_an_answer(page)
        page.reload()  # the page is gone, what was begun is not
        shown(page)
        is_half_given(page)
        the_other_half(page)
        end_sessions(folder)
        page.keyboard.press("Enter")
        expect(page.locator("#cover-text")).to_contain_text("Your session has ended")
        page.get_by_label("Name").fill(READER)
        page.get_by_label("Password").fill("not the password")
        page.get_by_role("button", name="Enter").click()
        expect(page.locator("#again-error")).to_contain_text("do not belong together")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Enter").click()
        expect(page.locator("#place")).to_contain_text("case 2 of 4")
        (first,) = stored(folder, ANSWER)
        assert (first.body["answers"]["real"], first.body["answers"]["birads"]) == ("real", "4")
        half_an_answer(page)
        end_sessions(folder)
        page.goto(server.base)  # as after the machine was started again: the door, then the same case
        page.get_by_label("Name").fill(READER)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Enter").click()
        expect(page.locator("#place")).to_have_text("case 2 of 4")
        is_half_given(page)
        assert page.trouble == []


@pytest.mark.needs("browser")
def test_with_a_new_link_in_another_tab_the_answer_is_stored_and_no_other_reader_can_store_it(study, serve, browser):
    folder = study()
    server = serve(folder)
    with browser_page(browser) as page:
        enter(page, server.links[READER])
        half_an_answer(page)
        the_other_half(page)
        end_sessions(folder)
        page.keyboard.press("Enter")
        expect(page.locator("#cover-text")).to_contain_text("Open a new personal link")
        page.get_by_role("button", name="Go on", exact=True).click()
        expect(page.locator("#cover-text")).to_contain_text("Open a new personal link")
        server.stop()
        server = serve(folder, "--invite", READER, port=server.port)
        other = page.context.new_page()
        enter(other, server.links[READER])
        page.get_by_role("button", name="Go on", exact=True).click()
        expect(page.locator("#place")).to_contain_text("case 2 of 4")
        assert len(stored(folder, ANSWER)) == 1
        assert page.trouble == []


@pytest.mark.needs("browser")
def test_another_reader_at_the_same_machine_cannot_store_what_was_begun(study, serve, browser):
    folder = study()
    server = serve(folder)
    with browser_page(browser) as page:
        enter(page, server.links[READER])
        half_an_answer(page)
        the_other_half(page)
        end_sessions(folder)
        page.keyboard.press("Enter")
        other = page.context.new_page()
        enter(other, server.links["Reader 2"])
        page.get_by_role("button", name="Go on", exact=True).click()
        shown(page)
        expect(page.locator("input[value=real]")).not_to_be_checked()
        assert place(page) == "case 1 of 4"
    assert stored(folder, ANSWER) == []


@pytest.mark.needs("browser")
def test_an_answer_is_changed_until_the_session_is_closed(study, serve, browser):
    folder = study('answers = "revisable"')
    server = serve(folder)
    with browser_page(browser) as page:
        enter(page, server.links[READER])
        expect(page.locator("#back")).to_be_hidden()
        answer(page, "real-or-synthetic", birads="2")
        page.keyboard.press("PageUp")
        expect(page.locator("#place")).to_have_text("case 1 of 4, answered")
        expect(page.get_by_label("2 benign")).to_be_checked()
        page.keyboard.press("5")
        page.keyboard.press("Enter")
        expect(page.locator("#place")).to_have_text("case 2 of 4")
        for left in (3, 2, 1):
            answer(page, "real-or-synthetic", last=left == 1)
        expect(page.locator("#cover-text")).to_contain_text("go back and change")
        page.get_by_role("button", name="Back", exact=True).click()
        expect(page.locator("#place")).to_have_text("case 4 of 4, answered")
        page.keyboard.press("PageDown")
        expect(page.locator("#cover-text")).to_contain_text("go back and change")
        page.get_by_role("button", name="Finish").click()
        expect(page.locator("#cover-text")).to_contain_text("You have read all cases")
        assert page.trouble == []
    answers, (revision,) = stored(folder, ANSWER), stored(folder, REVISION)
    assert [a.body["answers"]["birads"] for a in answers] == ["2", "4", "4", "4"]
    assert (revision.item, revision.body["answers"]["birads"]) == (answers[0].item, "5")


@pytest.mark.needs("browser")
def test_a_reader_sees_where_the_log_stands_logs_out_and_never_sees_json(study, serve, browser):
    folder = study()
    server = serve(folder)
    with browser_page(browser) as page:
        enter(page, server.links[READER])
        answer(page, "real-or-synthetic")
        page.goto(f"{server.base}/case")  # as by the address bar: led back to the reading
        shown(page)
        answer(page, "real-or-synthetic")
        page.keyboard.press("p")
        noted = re.search(r"\d+:[0-9a-f]{16}", page.locator("#receipt").inner_text())[0]
        page.locator("#leave").click()  # over the paused case
        expect(page.get_by_text("You are logged out")).to_be_visible()
        for path in ("/case", "/token", "/answer", "/nowhere"):
            page.goto(server.base + path)
            expect(page.locator("main.card")).to_be_visible()
        page.goto(server.links["Reader 2"])
        assert page.evaluate("sessionStorage.length") == 0
        assert page.trouble == []
    server.stop()
    assert main(["study", "verify", str(folder), "--head", noted]) == 0
