import html
import json
import re
import struct
import subprocess
from html.parser import HTMLParser

import pytest

from vcem.report.page import grouped, render, whole
from vcem.report.tables import row


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found, self.open = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def text(page):
    return render(page)


@pytest.fixture(scope="module")
def tags(text):
    parsed = Tags(text)
    assert parsed.open == []
    return parsed.found


def test_nothing_is_fetched_from_outside(text, tags):
    outside = [
        a for _, attrs in tags for k, a in attrs.items() if k in ("src", "href") and not a.startswith(("data:", "#"))
    ]
    assert outside == []
    assert not re.search(r"url\(|@import|<script", text)
    assert "default-src 'none'" in text


def test_every_link_leads_somewhere(tags):
    ids = [attrs["id"] for _, attrs in tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    links = {attrs["href"][1:] for tag, attrs in tags if tag == "a"}
    assert links
    assert links <= set(ids)


def test_every_picture_has_words_and_every_table_a_caption(text, tags):
    assert all(attrs["alt"] for tag, attrs in tags if tag == "img")
    assert sum(tag == "img" for tag, _ in tags) > 40
    regions = [attrs for tag, attrs in tags if attrs.get("class") == "scroll"]
    assert len(regions) == text.count("<caption>")
    assert all(r["aria-label"] and r["tabindex"] == "0" for r in regions)
    assert all("scope" in attrs for tag, attrs in tags if tag == "th")


def test_origin_and_protocol_stand_on_every_table_and_picture(page, text, tags):
    figures = sum(tag in ("caption", "figcaption") for tag, _ in tags)
    assert text.count(f"<b>{html.escape(page.stamp)}.</b>") == figures > 20


def test_text_is_escaped(text):
    assert "Synthetic &lt;pairs&gt;" in text
    assert "<pairs>" not in text


def test_verdicts_stand_before_any_table(page, text):
    assert text.index(html.escape(page.verdicts[0][1])) < text.index("<table")


def test_neighbours_of_one_name_share_its_cell():
    rows = (row("a", 1), row("a", 2), row("b", 3), row("a", 4))
    assert [[r[1].text for r in group] for group in grouped(rows)] == [["1", "2"], ["3"], ["4"]]


def chromium(browser, folder, *words):
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", f"--user-data-dir={folder / 'profile'}"]  # fmt: skip
    return subprocess.run([browser, *flags, *words], capture_output=True, check=True).stdout.decode()


PROBE = """<pre id="probe"></pre><script>
addEventListener("load", () => {
  const images = [...document.images], wide = document.scrollingElement;
  const outside = performance.getEntriesByType("resource").filter(e => !e.name.startsWith("data:")).map(e => e.name);
  document.getElementById("probe").textContent = JSON.stringify({
    broken: images.filter(i => !i.complete || !i.naturalWidth).length, images: images.length,
    overflow: wide.scrollWidth - wide.clientWidth, outside});
});
</script></body>"""


@pytest.mark.needs("browser")
@pytest.mark.parametrize("width", [1280, 800, 400])
def test_a_browser_shows_every_picture_and_no_sideways_scroll(browser, text, tmp_path, width):
    path = tmp_path / "probe.html"
    # the page itself forbids scripts; the probe needs one
    allowed = text.replace("default-src 'none'", "default-src 'none'; script-src 'unsafe-inline'")
    path.write_text(allowed.replace("</body>", PROBE))
    dom = chromium(browser, tmp_path, f"--window-size={width},900", "--dump-dom", path.as_uri())
    found = json.loads(html.unescape(re.search(r'<pre id="probe">(.*?)</pre>', dom).group(1)))
    assert found == {"broken": 0, "images": text.count("<img"), "overflow": 0, "outside": []}


@pytest.mark.needs("browser")
def test_a_browser_can_print_it(browser, text, tmp_path):
    path, picture = tmp_path / "page.html", tmp_path / "page.png"
    path.write_text(text)
    chromium(browser, tmp_path, f"--print-to-pdf={tmp_path / 'page.pdf'}", path.as_uri())
    assert (tmp_path / "page.pdf").read_bytes()[:5] == b"%PDF-"
    chromium(browser, tmp_path, "--window-size=1280,900", f"--screenshot={picture}", path.as_uri())
    assert struct.unpack(">2I", picture.read_bytes()[16:24]) == (1280, 900)


def test_an_interval_and_a_heading_with_its_arrow_are_not_broken():
    assert " " not in whole("0.21 to 0.35")
    assert whole("Lesions missed in the breast ↓", 0).endswith("breast\N{NO-BREAK SPACE}↓")
    assert whole("too few patients to compare it with") == "too few patients to compare it with"
