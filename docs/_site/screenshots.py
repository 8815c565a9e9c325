"""Take the screenshots of the docs anew, of simulated women only: `make screenshots`, or some of them by name.

Each comes from what people see: the demo's report and the site. Those of the reading room are taken by hand.
"""

import io
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

DOCS = Path(__file__).parents[1]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
MOST_BYTES = 200_000
Shot = Callable[["Studio"], Image.Image]
SHOTS: dict[str, Shot] = {}


def shot(taken: Shot) -> Shot:
    """Keep a function as the picture of its name."""
    SHOTS[taken.__name__.replace("_", "-")] = taken
    return taken


@dataclass
class Studio:
    """Where things lie, and what takes pictures of them. `work` is the demo's folder, `site` the built site."""

    work: Path
    site: Path
    scratch: Path
    browser: Browser

    def page(self, address: str | Path, width: int = 1280, height: int = 900, dark: bool = False) -> Page:
        """Open a page in a window of this size."""
        context = self.browser.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
        )
        page = context.new_page()
        page.set_default_timeout(300_000)
        page.goto(address.resolve().as_uri() if isinstance(address, Path) else address)
        return page

    @property
    def report(self) -> Path:
        """The demo's report."""
        return self.work / "report" / "index.html"


def vcem(*words: object) -> None:
    """Run a verb."""
    subprocess.run([sys.executable, "-m", "vcem", *map(str, words)], check=True, stdout=subprocess.DEVNULL)


def seen(page: Page, selector: str = "", height: float = 0) -> Image.Image:
    """Return what a window shows, or an element, or the page for so many pixels from an element's top down."""
    if not selector:
        return png(page.screenshot())
    if not height:
        return png(page.locator(selector).first.screenshot())
    top = page.locator(selector).first.evaluate("(e) => e.getBoundingClientRect().top + scrollY")
    clip = {"x": 0, "y": top, "width": page.viewport_size["width"], "height": height}
    return png(page.screenshot(full_page=True, clip=clip))


def png(content: bytes) -> Image.Image:
    """Read a picture."""
    return Image.open(io.BytesIO(content)).convert("RGB")


def sheet(pdf: Path, number: int, dots: int = 80) -> Image.Image:
    """Return a page of a PDF file as a picture."""
    words = ["pdftoppm", "-r", str(dots), "-f", str(number), "-l", str(number), "-png", str(pdf)]
    return png(subprocess.run(words, check=True, capture_output=True).stdout)


@shot
def demo_report(at: Studio) -> Image.Image:
    """The report's first screen."""
    page = at.page(at.report)
    return seen(page, "body", page.locator("nav").bounding_box()["y"])


@shot
def report_pictures(at: Studio) -> Image.Image:
    """Its pictures, with outlines and the wipe."""
    page = at.page(at.report, 1500)
    page.locator("#pictures select").select_option(index=3)  # the median case, as the residual U-Net draws it
    page.get_by_label("Wipe from").fill("40")
    return seen(page, "#pictures", 850)


@shot
def report_curves(at: Studio) -> Image.Image:
    """Its curves."""
    return seen(at.page(at.report), "#lesions", 720)


@shot
def report_dark(at: Studio) -> Image.Image:
    """First screen and pictures in the dark on a phone."""
    page, both = at.page(at.report, 360, 760, dark=True), Image.new("RGB", (740, 760), "white")
    for x, selector in ((0, "body"), (380, ".layers")):
        both.paste(seen(page, selector, 760), (x, 0))
    return both


@shot
def report_printed(at: Studio) -> Image.Image:
    """A printed page."""
    at.page(at.report).pdf(path=at.scratch / "report.pdf", prefer_css_page_size=True)
    return sheet(at.scratch / "report.pdf", 2)


@shot
def report_paper(at: Studio) -> Image.Image:
    """Figure 5 for a manuscript."""
    vcem("report", at.work / "runs", "--data", at.work / "prepared", "--out", at.scratch / "report", "--paper",
         at.scratch / "paper")  # fmt: skip
    return sheet(at.scratch / "paper" / "figure-5.pdf", 1, 110)


@shot
def site_index(at: Studio) -> Image.Image:
    """The site's first page."""
    return seen(at.page(at.site / "docs" / "index.html"))


@shot
def site_gallery(at: Studio) -> Image.Image:
    """A page of the gallery."""
    return seen(at.page(at.site / "docs" / "gallery" / "simulate-an-exam.html"), "body", 1100)


@shot
def site_search(at: Studio) -> Image.Image:
    """What the search finds."""
    page = at.page(at.site / "docs" / "index.html")
    page.get_by_placeholder("Search").first.fill("washout")
    page.keyboard.press("Enter")
    page.locator("#search-results li").first.wait_for()
    return seen(page)


def keep(picture: Image.Image, path: Path) -> None:
    """Write a picture with as many colours as fit."""
    for colours in (256, 128, 64, 32, 16):
        content = io.BytesIO()
        picture.quantize(colours, dither=Image.Dither.NONE).save(content, "PNG", optimize=True)
        if content.tell() <= MOST_BYTES:
            break
    path.write_bytes(content.getvalue())
    print(f"{path.name}: {picture.size[0]} x {picture.size[1]}, {colours} colours, {content.tell() / 1000:.0f} kB")


def main(work: str, site: str, *names: str) -> None:
    """Take the named screenshots, all if none is named."""
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        playwright = stack.enter_context(sync_playwright())
        flags = ["--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        at = Studio(Path(work), Path(site), scratch, browser)
        for name in names or SHOTS:
            keep(SHOTS[name](at), DOCS / "images" / f"{name}.png")


if __name__ == "__main__":
    main(*sys.argv[1:])
