"""The documentation as a site: built without a warning, and whole without a network."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from study_browser import browser_page

ROOT = Path(__file__).parents[2]
QUICK = ["-b", "pseudoxml", "-D", "extensions=myst_parser,contents"]  # no look, and no code of the gallery


def build(source, out, *options):
    always = ["-E", "-W", "--keep-going", "-q", "-c", ROOT / "docs", "-d", f"{out}-cache"]
    command = [sys.executable, "-m", "sphinx", *always, *options, source, out]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    out = tmp_path_factory.mktemp("site") / "html"
    done = build(ROOT, out)
    assert done.returncode == 0, done.stderr
    return out


def test_every_page_is_in_the_menu_and_every_link_leads_somewhere(tmp_path):
    done = build(ROOT, tmp_path / "out", *QUICK)
    assert done.returncode == 0, done.stderr


def test_a_link_to_nothing_is_an_error(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "there.md").write_text("# There\n")
    bad = ["absent.md", "there.md#absent", "absent.py"]
    links = "".join(f"[a]({link}) " for link in bad)
    (tmp_path / "docs" / "index.md").write_text(f"# T\n\n{links}\n\n## M\n\n- [There](there.md)\n")
    done = build(tmp_path, tmp_path / "out", *QUICK)
    assert done.returncode == 1
    assert done.stderr.count("[myst.xref_missing]") == len(bad)


@pytest.mark.slow
def test_nothing_is_fetched_from_elsewhere(site):
    pages = list(site.rglob("*.html"))
    assert len(pages) > 50
    for path in pages:
        assets = re.findall(r"<(?:script|img|link|iframe|source)\b[^>]*\b(?:src|href)=\"([^\"]+)", path.read_text())
        assert not [a for a in assets if re.match(r"(https?:)?//", a)], path
        assert not [a for a in assets if not (path.parent / re.split("[?#]", a)[0]).exists()], path
    for path in site.rglob("*.css"):
        assert not re.search(r"(@import|url\()\s*['\"]?(https?:)?//", path.read_text()), path


@pytest.mark.slow
def test_every_page_of_the_gallery_shows_pictures_and_prints(site):
    for page in (ROOT / "docs" / "gallery").glob("*.md"):
        made = (site / "docs" / "gallery" / f"{page.stem}.html").read_text()
        assert "<img alt=" in made, page
        assert 'class="printed highlight-none' in made, page


@pytest.mark.slow
@pytest.mark.needs("browser")
def test_search_finds_a_page_from_the_disk(site, browser):
    with browser_page(browser) as page:
        page.goto((site / "index.html").as_uri())
        page.wait_for_url("**/docs/index.html")
        page.get_by_placeholder("Search").fill("hallucinated")
        page.get_by_placeholder("Search").press("Enter")
        page.get_by_role("link", name="Metrics", exact=True).first.click()
        page.get_by_role("heading", name="Metrics", exact=True).wait_for()
        assert not page.trouble
