"""The documentation as a site: built without a warning, and whole without a network."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from study_browser import browser_page

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


def build(source, out):
    options = ["-E", "-W", "--keep-going", "-q", "-c", ROOT / "docs", "-d", f"{out}-cache"]
    command = [sys.executable, "-m", "sphinx", *options, source, out]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    out = tmp_path_factory.mktemp("site") / "html"
    done = build(ROOT, out)
    assert done.returncode == 0, done.stderr
    return out


def test_nothing_is_fetched_from_elsewhere(site):
    pages = list(site.rglob("*.html"))
    assert len(pages) > 50
    for path in pages:
        assets = re.findall(r"<(?:script|img|link|iframe|source)\b[^>]*\b(?:src|href)=\"([^\"]+)", path.read_text())
        assert not [a for a in assets if re.match(r"(https?:)?//", a)], path
        assert not [a for a in assets if not (path.parent / re.split("[?#]", a)[0]).exists()], path
    for path in site.rglob("*.css"):
        assert not re.search(r"(@import|url\()\s*['\"]?(https?:)?//", path.read_text()), path


def test_every_page_of_the_gallery_shows_pictures_and_prints(site):
    for page in (ROOT / "docs" / "gallery").glob("*.md"):
        made = (site / "docs" / "gallery" / f"{page.stem}.html").read_text()
        assert "<img alt=" in made, page
        assert made.count('class="highlight-none') > page.read_text().count("\n```\n\n```\n"), page


@pytest.mark.needs("browser")
def test_search_finds_a_page_from_the_disk(site, browser):
    with browser_page(browser) as page:
        page.goto((site / "index.html").as_uri())
        page.wait_for_url("**/docs/index.html")
        page.get_by_placeholder("Search").fill("hallucinated")
        page.get_by_placeholder("Search").press("Enter")
        page.get_by_role("link", name="Metrics", exact=True).first.click()
        page.get_by_role("heading", name="Metrics").wait_for()
        assert not page.trouble


def test_a_link_to_nothing_is_an_error(tmp_path):
    for link in ("absent.md", "there.md#absent", "absent.py"):
        shutil.rmtree(tmp_path, ignore_errors=True)
        (tmp_path / "docs").mkdir(parents=True)
        (tmp_path / "docs" / "there.md").write_text("# There\n")
        (tmp_path / "docs" / "index.md").write_text(f"# T\n\n- [A]({link})\n\n## M\n\n- [There](there.md)\n")
        done = build(tmp_path, tmp_path / "out")
        assert done.returncode == 1
        assert "[myst.xref_missing]" in done.stderr
