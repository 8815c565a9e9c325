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


def invitation(page, row):
    """The link on the sheet that is printed for a reader."""
    row.get_by_role("button", name="Invite").click()
    expect(page.locator(".sheet")).to_contain_text(f"Invitation for {READER}")
    expect(page.locator(".sheet")).to_contain_text("you may choose a password")
    address = page.locator(".sheet .address").inner_text()
    assert page.locator("#text").inner_text() == f"{READER}: {address}"
    page.emulate_media(media="print")
    expect(page.locator("#readers")).to_be_hidden()  # the sheet alone is printed
    page.emulate_media(media="screen")
    page.get_by_role("button", name="Put away").click()
    assert address not in page.content().replace(page.locator("#text").inner_text(), "")
    return address


def end_and_read_the_results(page):
    page.get_by_role("button", name="End the reading").click()
    page.get_by_role("button", name="End it").click()  # no reason is given: the page asks for one
    expect(page.locator("#because")).to_be_focused()
    page.locator("#because").fill("a test")
    page.get_by_role("button", name="End it").click()
    page.locator("#results").wait_for()
    expect(page.locator("#error")).to_have_text("The reading has ended for good.")
    with page.expect_download() as saved:
        page.locator("#results").click()
    assert "because: a test" in saved.value.path().read_text()


def leave(reader):
    reader.get_by_label("Display").select_option("medical")
    reader.get_by_role("button", name="Continue").click()
    expect(reader.locator("#cover-text")).to_contain_text("The reading has ended")
    reader.get_by_role("button", name="Log out").last.click()
    expect(reader.get_by_text("You are logged out")).to_be_visible()


@pytest.mark.needs("browser")
def test_who_runs_the_study_sees_progress_invites_pauses_and_revokes(server, browser):
    (link,) = [line.removeprefix("admin: ") for line in server.said if line.startswith("admin: ")]
    with browser_page(browser) as page:
        page.goto(link)
        row = page.get_by_role("row", name=READER)
        expect(row).to_contain_text("0 of 4")
        assert "#" not in page.url  # the secret does not stay where others could read it
        address = invitation(page, row)
        reader = page.context.new_page()
        enter(reader, address)
        expect(reader.locator("#saved")).to_have_text("")
        answer(reader, "real-or-synthetic")
        expect(reader.locator("#saved")).to_have_text("✓ Case 1 saved")
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
        expect(row.get_by_role("cell").nth(5)).to_have_text("0")
        reader.reload()
        reader.get_by_label("Name").fill(READER)
        reader.get_by_label("Password").fill(PASSWORD)
        reader.get_by_role("button", name="Enter").click()
        expect(reader.get_by_role("heading")).to_have_text("Your display")
        page.get_by_role("button", name="Verify the log").click()
        expect(page.locator("#text")).to_contain_text("The chain holds")
        page.reload()
        expect(row).to_contain_text("2 of 4")
        end_and_read_the_results(page)
        leave(reader)
        assert [c["name"].startswith("reading-") for c in page.context.cookies()] == []
        assert page.trouble == []
