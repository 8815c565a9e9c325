"""The page of who runs a study, used in a real browser beside a reader's."""

import pytest

from study_rooms import Server, new_words, sources
from vcem.cli.main import main

sync_api = pytest.importorskip("playwright.sync_api")
from study_browser import answer, browser_page, enter  # noqa: E402 (only with playwright)

expect = sync_api.expect
READER, PASSWORD = "Reader 1", "four quiet words here"


@pytest.fixture
def server(tmp_path):
    sources(tmp_path, size=64)
    assert main(new_words(tmp_path, "real-or-synthetic", count=4, training=0, repeats=0)) == 0
    started = Server(tmp_path / "study", "--admin-port", "0", "--passwords")
    yield started
    started.stop()


@pytest.mark.needs("browser")
def test_who_runs_the_study_sees_progress_invites_pauses_and_revokes(server, browser):
    (link,) = [line.removeprefix("admin: ") for line in server.said if line.startswith("admin: ")]
    with browser_page(browser) as page:
        page.goto(link)
        row = page.get_by_role("row", name=READER)
        expect(row).to_contain_text("0 of 4")
        assert "#" not in page.url  # the secret does not stay where others could read it
        row.get_by_role("button", name="New link").click()
        expect(page.locator("#text")).to_contain_text("/enter/")
        reader = page.context.new_page()
        enter(reader, page.locator("#text").inner_text().removeprefix(f"{READER}: "))
        answer(reader, "real-or-synthetic")
        page.get_by_role("button", name="Pause the study").click()
        expect(row).to_contain_text("1 of 4")
        reader.keyboard.press("r")
        reader.keyboard.press("2")
        reader.keyboard.press("c")
        reader.keyboard.press("ArrowRight")
        reader.keyboard.press("Enter")
        expect(reader.locator("#cover-text")).to_contain_text("paused by those who run it")
        page.get_by_role("button", name="Go on with the study").click()
        expect(row).to_contain_text("2 of 4")
        reader.get_by_role("button", name="Go on", exact=True).click()
        expect(reader.locator("#place")).to_have_text("case 3 of 4")
        row.get_by_role("button", name="Password").click()
        page.locator("#chosen").fill(PASSWORD)
        page.get_by_role("button", name="Set", exact=True).click()
        expect(page.locator("#text")).to_have_text("Done.")
        row.get_by_role("button", name="End sessions").click()
        expect(row.get_by_role("cell").nth(3)).to_have_text("0")
        reader.reload()
        reader.get_by_label("Name").fill(READER)
        reader.get_by_label("Password").fill(PASSWORD)
        reader.get_by_role("button", name="Enter").click()
        expect(reader.get_by_role("heading")).to_have_text("Your display")
        page.get_by_role("button", name="Verify the log").click()
        expect(page.locator("#text")).to_contain_text("The chain holds")
        page.reload()
        expect(row).to_contain_text("2 of 4")
        assert [c["name"].startswith("reading-") for c in page.context.cookies()] == [True]
        assert page.trouble == []
