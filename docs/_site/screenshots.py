"""Take the screenshots of the docs anew, of simulated women only: `make screenshots`, or some of them by name.

Each comes from what people see: the demo's report, the site, and a study of the demo's women read in the reading room.
"""

import io
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

DOCS = Path(__file__).parents[1]
EXAMPLE = DOCS.parent / "examples" / "reader_study"
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
    stack: ExitStack

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

    @cached_property
    def predictions(self) -> list[str]:
        """Virtual DES of all the demo's women, on the finer grid of the model that comes with vcem."""
        made, data = [self.scratch / f"predictions-{fold}" for fold in range(3)], self.work / "finer"
        vcem("split", data, "--protocol", "strict", "--folds", 3, "--seed", 0)  # the folds of the demo
        for fold, folder in enumerate(made):
            vcem("predict", "simulated-resunet", "--data", data, "--fold", fold, "--out", folder)
        return [f"resunet={folder}" for folder in made]

    def study(self, name: str, *changes: tuple[str, str]) -> Path:
        """Freeze the example's multi-reader study with changes to its design."""
        design = (EXAMPLE / "multi_reader.toml").read_text()
        for old, new in (('des = "cyclegan"', 'des = "resunet"'), *changes):
            design = design.replace(old, new)
        (self.scratch / f"{name}.toml").write_text(design)
        vcem("study", "new", self.scratch / f"{name}.toml", "--out", self.scratch / name, "--data",
             self.work / "finer", "--predictions", *self.predictions)  # fmt: skip
        return self.scratch / name

    @cached_property
    def links(self) -> dict[str, str]:
        """The links that a server of a study for people prints: of each reader, and of who runs it."""
        return self.stack.enter_context(serving(self.study("people", ("Script ", "Reader "), ("\nnote", "\n# note"))))

    @cached_property
    def reader(self) -> Page:
        """A reader who has come in and has read three cases."""
        page = self.page(self.links["Reader A"], 1280, 800)
        page.get_by_role("button", name="Enter").click()
        page.get_by_label("the 5 % square").check()
        page.get_by_label("Display").select_option("medical")
        page.get_by_role("button", name="Continue").click()
        for n in range(3):
            page.locator("#cover").wait_for(state="hidden")
            page.wait_for_function(f"document.querySelector('#place').textContent.includes('case {n + 1} ')")
            for key in ("4", "c", "ArrowRight", "Enter"):
                page.keyboard.press(key)
        page.get_by_text("Case 3 saved").wait_for()
        page.keyboard.press("4")
        page.wait_for_timeout(1500)
        return page

    def admin(self) -> Page:
        """The page of who runs the study, once a reader has read."""
        _ = self.reader  # who has read
        page = self.page(self.links["admin"], 1280, 800)
        page.get_by_role("row", name="Reader A").wait_for()
        return page


def vcem(*words: object) -> None:
    """Run a verb."""
    subprocess.run([sys.executable, "-m", "vcem", *map(str, words)], check=True, stdout=subprocess.DEVNULL)


@contextmanager
def serving(study: Path) -> Iterator[dict[str, str]]:
    """Serve a study while the block runs."""
    words = [sys.executable, "-m", "vcem", "study", "serve", str(study), "--port", "0", "--admin-port", "0"]
    links: dict[str, str] = {}
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
        for line in server.stdout or ():
            if line.startswith("serving"):
                break
            who, _, link = line.strip().rpartition(": ")
            links |= {who: link}
        yield links
        server.terminate()


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
def report_beside(at: Studio) -> Image.Image:
    """Two reports beside each other: the autoencoder trained for 12 and for 24 epochs."""
    longer, recipe = at.scratch / "longer", DOCS.parent / "recipes" / "demo" / "autoencoder.toml"
    longer.mkdir()
    (longer / recipe.name).write_text(recipe.read_text().replace("epochs = 12", "epochs = 24"))
    vcem("crossval", longer / recipe.name, "--data", at.work / "prepared", "--out", longer / "runs")
    vcem("report", longer / "runs", "--data", at.work / "prepared", "--out", longer / "report")
    vcem("report", at.report.parent, longer / "report", "--out", at.scratch / "beside")
    return seen(at.page(at.scratch / "beside" / "index.html"), "body", 1100)


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
def study_reading(at: Studio) -> Image.Image:
    """A case in the reading room."""
    return seen(at.reader)


@shot
def study_keys(at: Studio) -> Image.Image:
    """Its list of keys."""
    at.reader.keyboard.press("?")
    found = seen(at.reader, "#help")
    at.reader.get_by_role("button", name="Close").click()
    return found


@shot
def study_admin(at: Studio) -> Image.Image:
    """The page of who runs the study."""
    return seen(at.admin(), "main")


@shot
def study_invitations(at: Studio) -> Image.Image:
    """Invitations to print."""
    page = at.admin()
    page.get_by_role("button", name="Invite all").click()
    page.get_by_role("button", name="Make new links").click()
    page.locator("#sheets article").nth(2).wait_for()
    page.evaluate("document.querySelector('#invitations').scrollIntoView()")
    return seen(page)


@shot
def study_saved(at: Studio) -> Image.Image:
    """A pause: what is saved."""
    at.reader.keyboard.press("p")
    at.reader.get_by_role("button", name="Go on", exact=True).wait_for()
    found = seen(at.reader, "#cover .card")
    at.reader.get_by_role("button", name="Go on", exact=True).click()
    return found


@shot
def study_left(at: Studio) -> Image.Image:
    """The page after logging out."""
    at.reader.get_by_role("button", name="Log out").first.click()
    at.reader.get_by_text("You are logged out").wait_for()
    return seen(at.reader, "main")


@shot
def study_results(at: Studio) -> Image.Image:
    """The results, of a study that scripts read."""
    study, out = at.study("scripts"), at.scratch / "results"
    words = [sys.executable, str(EXAMPLE / "read_by_scripts.py"), str(study)]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    vcem("study", "analyse", study, "--truth", at.scratch / "scripts-truth.json", "--out", out)
    return seen(at.page(out / "index.html"))


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
        at = Studio(Path(work), Path(site), scratch, browser, stack)
        for name in names or SHOTS:
            keep(SHOTS[name](at), DOCS / "images" / f"{name}.png")


if __name__ == "__main__":
    main(*sys.argv[1:])
