import base64
import hashlib
import html
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from study_browser import browser_page
from vcem.core.pictures import write_png
from vcem.core.seeds import rng_for
from vcem.report.page import Panel, Picture, grouped, render, whole
from vcem.report.tables import row


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found, self.open = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "img", "br", "input"):
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


def test_nothing_is_fetched_from_outside(page, text, tags):
    tables = {f"{t.name}.csv" for t in page.tables if t.records}
    links = [a for _, attrs in tags for k, a in attrs.items() if k in ("src", "href")]
    assert {a for a in links if not a.startswith(("data:", "#"))} == tables  # files beside the page
    assert not re.search(r"url\(|@import|http:", text.replace("http://www.w3.org/2000/svg", ""))
    assert "default-src 'none'" in text


def test_style_and_script_are_allowed_by_their_hashes_alone(text):
    assert "unsafe" not in text
    assert " style=" not in text
    for kind in ("style", "script"):
        (inline,) = re.findall(rf"<{kind}>(.*?)</{kind}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in text


def test_every_link_leads_somewhere(tags):
    ids = [attrs["id"] for _, attrs in tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    links = {attrs["href"][1:] for tag, attrs in tags if tag == "a" and attrs["href"].startswith("#")}
    assert links
    assert links <= set(ids)


def test_every_picture_has_words_and_every_table_a_caption(text, tags):
    wipe = ("under", "over", "error over", "outlines", "le")  # filled from pictures that have words
    assert all(attrs["alt"] or attrs["class"] in wipe for tag, attrs in tags if tag == "img")
    assert sum(tag == "img" for tag, _ in tags) > 40
    regions = [attrs for tag, attrs in tags if attrs.get("class", "").startswith("scroll")]
    assert len(regions) == text.count("<caption>") - 1 + text.count('class="drawing"')  # the first screen needs none
    assert all(r["aria-label"] and r["tabindex"] == "0" for r in regions)
    assert all("scope" in attrs for tag, attrs in tags if tag == "th")


def test_origin_and_protocol_stand_on_every_table_and_picture(page, text, tags):
    dots = 1 + sum(len(section.dots) for section in page.sections)
    figures = sum(tag in ("caption", "figcaption") for tag, _ in tags) - dots - 1  # titles of dots; the wipe
    assert text.count(f"<b>{html.escape(page.stamp)}.</b>") == figures > 20


def test_text_is_escaped(text):
    assert "Synthetic &lt;pairs&gt;" in text
    assert "<pairs>" not in text


def test_the_answer_stands_before_any_table_and_every_table_is_folded(page, text):
    assert text.index(html.escape(page.headline[1])) < text.index("<table")
    assert text.count('<details class="table') == sum(len(section.tables) for section in page.sections)
    assert text.count('<details class="table key">') == 3, "printed as well: no truth is known here"
    assert "open>" not in text
    assert text.index('id="d-glance"') < text.index('class="strip"') < text.index("<nav")


def test_neighbours_of_one_name_share_its_cell():
    rows = (row("a", 1), row("a", 2), row("b", 3), row("a", 4))
    assert [[r[1].text for r in group] for group in grouped(rows)] == [["1", "2"], ["3"], ["4"]]


def test_pictures_are_made_smaller_until_a_page_has_at_most_six_megabytes(page, tmp_path):
    write_png(tmp_path / "noise.png", rng_for(0, "noise").random((512, 256)))  # nothing is worse to compress
    noise = Picture(tmp_path / "noise.png", "noise", "virtual", tmp_path / "noise.png")
    loud = Panel("stamp", "caption", ("",) * 6, tuple((f"case {k}", (noise,) * 6) for k in range(40)))
    assert 3e6 < len(render(replace(page, first=(loud,)))) < 6e6


def test_on_a_page_of_many_methods_few_rows_stand_over_all_of_them_folded(page, text):
    line = next(line for line in page.glance.lines if "," in line.verdict[1])
    many = render(replace(page, glance=replace(page.glance, lines=(line,) * 50)))
    first, whole = line.verdict[1].split(",")[0], html.escape(line.verdict[1])
    assert many.count(f"<details><summary>{first}</summary>{whole}</details>") == 50
    assert many.index('<div class="judged">') < many.index("<summary>All 50 rows</summary>")
    assert many.index("<summary>All 50 rows</summary>") < many.index('<div class="judged dense">')
    assert f"<summary>{first}</summary>" not in text


@pytest.mark.slow
@pytest.mark.needs("browser")
def test_ten_recipes_of_five_seeds_stay_a_page_to_read(browser, crowd, tmp_path):
    assert len(crowd.glance.lines) == 53
    text = render(crowd)
    assert len(text) < 6e6
    path = tmp_path / "index.html"
    path.write_text(text)
    for width, least in ((1920, 1200), (1280, 1500), (360, 4800)):
        with browser_page(browser, width, 1080) as seen:
            seen.goto(path.as_uri())
            assert seen.evaluate("document.documentElement.scrollWidth") <= width
            assert seen.locator("nav").bounding_box()["y"] < least, "the first screen, its pictures included"
            assert seen.locator("#glance .judged").first.locator("tbody tr").count() == 13
            boxes = [cell.bounding_box() for cell in seen.locator("#glance .cell").all()]
            assert max(b["x"] + b["width"] for b in boxes) <= width
            assert len({b["y"] for b in boxes}) <= (1 if width == 1920 else 2 if width == 1280 else 4)
            seen.get_by_text("All 53 rows").first.click()
            assert seen.evaluate("document.documentElement.scrollWidth") <= width
            assert seen.trouble == []


def test_the_same_page_gives_the_same_bytes(page, text):
    assert render(page) == text


@pytest.mark.needs("browser")
@pytest.mark.parametrize("width", [1920, 1024, 360])
def test_a_browser_shows_every_picture_and_no_sideways_scroll(browser, text, tmp_path, width):
    path = tmp_path / "index.html"
    path.write_text(text)
    with browser_page(browser, width) as seen:
        seen.goto(path.as_uri())
        assert (
            seen.evaluate("[...document.images].filter((i) => i.src && (!i.complete || !i.naturalWidth)).length") == 0
        )
        assert seen.evaluate("document.documentElement.scrollWidth") <= width
        assert seen.evaluate('performance.getEntriesByType("resource").every((e) => e.name.startsWith("data:"))')
        top = seen.locator("#d-glance").bounding_box()
        assert top["y"] < (400 if width == 360 else 300)
        assert seen.trouble == []


@pytest.mark.needs("browser")
def test_layers_are_switched_and_des_wiped_by_keyboard(browser, text, tmp_path):
    path = tmp_path / "index.html"
    path.write_text(text)
    with browser_page(browser, 1280) as seen:
        seen.goto(path.as_uri())
        error, over = seen.locator(".cell .error").first, seen.locator(".stage .over").first
        assert not error.is_visible()
        seen.get_by_label("Error maps").focus()
        seen.keyboard.press("Space")
        assert error.is_visible()
        wipe = seen.get_by_label("Wipe from")
        before = over.evaluate("(e) => getComputedStyle(e).clipPath")
        wipe.focus()
        seen.keyboard.press("End")
        assert wipe.input_value() == "100"
        assert over.evaluate("(e) => getComputedStyle(e).clipPath") != before
        shown = over.get_attribute("src")
        seen.get_by_role("button", name="Next picture").press("Enter")
        assert over.get_attribute("src") != shown
        seen.emulate_media(color_scheme="dark")
        assert seen.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(14, 17, 22)"
        assert seen.trouble == []


@pytest.mark.needs("browser")
def test_it_prints_on_few_pages_without_black_and_with_the_tables_that_most_ask_for(browser, text, tmp_path):
    path = tmp_path / "index.html"
    path.write_text(text)
    with browser_page(browser, 1280) as seen:
        seen.goto(path.as_uri())
        printed = seen.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
        assert 4 <= len(re.findall(rb"/Type /Page\b", printed)) <= 9
        seen.emulate_media(media="print")
        shown = [t.get_attribute("id") for t in seen.locator(".table table").all() if t.is_visible()]
        assert shown == ["t-lesions", "t-table-4-1-breast", "t-recipes"]
        assert {s.evaluate("(e) => getComputedStyle(e).backgroundColor") for s in seen.locator(".strips").all()} == {
            "rgba(0, 0, 0, 0)"
        }
        assert seen.get_by_text("not printed").is_visible()


def test_an_interval_and_a_heading_with_its_arrow_are_not_broken():
    assert " " not in whole("0.21 to 0.35")
    assert whole("Lesions missed in the breast ↓", 0).endswith("breast\N{NO-BREAK SPACE}↓")
    assert whole("too few patients to compare it with") == "too few patients to compare it with"
