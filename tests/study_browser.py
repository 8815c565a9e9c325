"""A radiologist's hands and eyes: a page in Chromium, driven by keyboard and mouse."""

from contextlib import contextmanager

from playwright.sync_api import expect, sync_playwright

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--enable-unsafe-swiftshader"]  # fmt: skip
PATIENCE_MS = 600_000  # a page that hangs is told by its name; no slow machine comes near

expect.set_options(timeout=PATIENCE_MS)


@contextmanager
def browser_page(executable: str, width: int = 1600, height: int = 900, ratio: float = 1):
    """A page of a fresh browser, and the errors it met."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        page = chromium.new_context(viewport={"width": width, "height": height}, device_scale_factor=ratio).new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.trouble = []
        page.on("pageerror", lambda error: page.trouble.append(str(error)))
        page.on("console", lambda said: page.trouble.append(said.text) if "Security Policy" in said.text else None)
        yield page
        chromium.close()


def enter(page, link: str):
    """Open a personal link, unless its page is open, and go through the display check."""
    if link:
        page.goto(link)
    page.get_by_role("button", name="Enter").click()
    page.get_by_label("the 5 % square").check()
    page.get_by_label("Display").select_option("medical")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#place")).to_contain_text("case ")
    shown(page)


def shown(page):
    """Wait until a case is on the screen."""
    expect(page.locator("#cover")).to_be_hidden()


def place(page) -> str:
    """What the page says about progress."""
    return page.locator("#place").inner_text()


def answer(page, kind: str, word: str = "r", birads: str = "4", last: bool = False):
    """Answer the case on the screen by keyboard alone."""
    before = place(page)
    if kind == "most-realistic":
        page.keyboard.press("2")
    else:
        if kind == "real-or-synthetic":
            page.keyboard.press(word)
        page.keyboard.press(birads)
        page.keyboard.press("c")
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    if last:
        expect(page.locator("#cover")).to_be_visible()
    else:
        expect(page.locator("#place")).not_to_have_text(before)
        shown(page)
