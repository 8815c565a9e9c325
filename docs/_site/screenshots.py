"""Take the screenshots of the docs anew, of simulated women only: `make screenshots`, or some of them by name.

Each comes from what people see: the demo's report, the site, and a reading room that is served for it.
"""

import io
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

DOCS = Path(__file__).parents[1]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
EXAMPLE = DOCS.parent / "examples" / "reader_study"
MOST_BYTES = 200_000
CASE_S = 1.2  # what the reader of the pictures takes to look at a case
DESIGN = """name = "Does DES help?"
seed = 1
readers = [{name = "Rossi", years = 8}, {name = "Bianchi", years = 20}]

[cases]
count = 8
positives = 4

[reading]
kind = "multi-reader"
treatments = [{name = "LE"}, {name = "LE + DES", des = "real"}]
"""
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
        page.set_default_timeout(120_000)
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


def smaller(picture: Image.Image) -> Image.Image:
    """Return a picture of a large window in two thirds of its size."""
    return picture.resize((picture.width * 2 // 3, picture.height * 2 // 3), Image.Resampling.LANCZOS)


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


@shot
def reports_beside(at: Studio) -> Image.Image:
    """Two reports beside each other: of the demo's autoencoder, and of the same recipe with another seed."""
    recipe = (DOCS.parent / "recipes" / "demo" / "autoencoder.toml").read_text()
    (at.scratch / "again.toml").write_text(recipe.replace("seed = 0", "seed = 1"))
    vcem("crossval", at.scratch / "again.toml", "--data", at.work / "prepared", "--out", at.scratch / "again")
    for title, runs in (("Seed 0", at.work / "runs" / "demo-autoencoder"), ("Seed 1", at.scratch / "again")):
        vcem("report", runs, "--data", at.work / "prepared", "--out", at.scratch / title, "--title", title)
    vcem("report", at.scratch / "Seed 0", at.scratch / "Seed 1", "--out", at.scratch / "both")
    return seen(at.page(at.scratch / "both" / "index.html"))


@dataclass
class ReadingRoom:
    """A study that is served: a page of who runs it, and one of a reader at her first case."""

    runs: Page
    reads: Page

    def answer(self, category: str = "2") -> None:
        """Give the answers to the case on the screen, but for the last key."""
        time.sleep(CASE_S)
        for key in (category, "c", "ArrowRight"):
            self.reads.keyboard.press(key)

    def shows(self, image: str) -> bool:
        """Return whether all four views of this image are on the screen."""
        text = self.reads.locator("#wall").inner_text()
        return all(f"{side}{view} {image}" in text for side in "RL" for view in ("CC", "MLO"))

    def go_on(self) -> None:
        """Save, and wait for the next case."""
        before = self.reads.locator("#place").inner_text()
        self.reads.keyboard.press("Enter")
        self.reads.wait_for_function("(t) => document.querySelector('#place').textContent !== t", arg=before)
        self.reads.locator("#cover").wait_for(state="hidden")


@contextmanager
def served(study: Path) -> Iterator[dict[str, str]]:
    """Serve a study, and tell the address of each reader and of "admin"."""
    words = [sys.executable, "-m", "vcem", "study", "serve", str(study), "--port", "0", "--admin-port", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
        said = []
        for line in server.stdout:
            said.append(line.strip())
            if line.startswith("serving"):
                break
        try:
            yield dict(found.groups() for line in said if (found := re.fullmatch(r"(\w+): (http\S+)", line)))
        finally:
            server.terminate()


@contextmanager
def reading_room(at: Studio) -> Iterator[ReadingRoom]:
    """Let Rossi go as far as her first case, in a study of the demo's women on their finest grid."""
    folder = Path(tempfile.mkdtemp(dir=at.scratch))
    (folder / "design.toml").write_text(DESIGN)
    vcem("study", "new", folder / "design.toml", "--data", at.work / "finer", "--out", folder / "study")
    with served(folder / "study") as links:
        reads = at.page(links["Rossi"], 1440, 900)
        reads.get_by_role("button", name="Enter").click()
        reads.get_by_label("the 5 % square").check()
        reads.get_by_label("Display").select_option("medical")
        reads.get_by_role("button", name="Continue").click()
        reads.locator("#cover").wait_for(state="hidden")
        yield ReadingRoom(at.page(links["admin"], height=460), reads)


@shot
def study_reading(at: Studio) -> Image.Image:
    """A case that is being answered, and that the one before is saved."""
    with reading_room(at) as room:
        room.answer()
        room.go_on()
        while room.answer() or not room.shows("DES"):
            room.go_on()
        return smaller(seen(room.reads))


@shot
def study_keys(at: Studio) -> Image.Image:
    """The list of keys."""
    with reading_room(at) as room:
        room.reads.locator("#ask").click()
        room.reads.locator("#help").wait_for()
        return smaller(seen(room.reads))


@shot
def study_admin(at: Studio) -> Image.Image:
    """What who runs a study sees after three cases."""
    with reading_room(at) as room:
        for category in "241":
            room.answer(category)
            room.go_on()
        room.runs.reload()
        room.runs.get_by_text("3 of 16").wait_for()
        return seen(room.runs)


@shot
def study_end(at: Studio) -> Image.Image:
    """What the button says that ends the reading."""
    with reading_room(at) as room:
        room.runs.get_by_role("button", name="End the reading").click()
        room.runs.locator("#sure").wait_for()
        return seen(room.runs)


@shot
def study_invitation(at: Studio) -> Image.Image:
    """The page that is printed for a reader."""
    with reading_room(at) as room:
        room.runs.get_by_role("row", name="Bianchi").get_by_role("button", name="Invite").click()
        room.runs.locator(".sheet").wait_for()
        room.runs.pdf(path=at.scratch / "sheet.pdf", prefer_css_page_size=True)
        return sheet(at.scratch / "sheet.pdf", 1, 70)


@shot
def study_left(at: Studio) -> Image.Image:
    """What a reader sees who logged out."""
    with reading_room(at) as room:
        room.answer()
        room.go_on()
        room.reads.locator("#out").click()
        room.reads.locator("#leave").click()
        room.reads.get_by_text("You are logged out").wait_for()
        return seen(room.reads, ".card")


@shot
def study_results(at: Studio) -> Image.Image:
    """The results of a study that scripts read."""
    study, design = at.scratch / "real", EXAMPLE / "real_or_synthetic.toml"
    images = [f"cyclegan={fold}" for fold in sorted((at.work / "runs" / "demo-cyclegan").glob("fold-*/predictions"))]
    vcem("study", "new", design, "--data", at.work / "prepared", "--predictions", *images, "--out", study)
    subprocess.run([sys.executable, EXAMPLE / "read_by_scripts.py", study], check=True, stdout=subprocess.DEVNULL)
    vcem("study", "analyse", study, "--truth", at.scratch / "real-truth.json", "--out", at.scratch / "results")
    return seen(at.page(at.scratch / "results" / "index.html", height=1000))


def keep(picture: Image.Image, path: Path) -> None:
    """Write a picture with as many colours as fit."""
    for colours in (256, 128, 64, 32, 16):
        content = io.BytesIO()
        picture.quantize(colours, kmeans=2, dither=Image.Dither.NONE).save(content, "PNG", optimize=True)
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
