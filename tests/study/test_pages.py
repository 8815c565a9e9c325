"""The reading page in a real browser: what its pixels are, what its keys do, and that many cases do not slow it."""

import io

import numpy as np
import pytest
from PIL import Image

from study_rooms import Server, mended, new_words, sources
from vcem.cli.main import main
from vcem.study.folder import open_study
from vcem.study.record import ANSWER, SHOWN, open_record

sync_api = pytest.importorskip("playwright.sync_api")
from study_browser import answer, browser_page, enter, shown  # noqa: E402 (only with playwright)

pytestmark = pytest.mark.needs("browser")
READER = "Reader 1"
DESK = 285  # pixels that the questions take
LIVE = """(() => {
  const of = WebGL2RenderingContext.prototype, { createTexture, deleteTexture } = of, live = window.live = new Set();
  of.createTexture = function () { const made = createTexture.call(this); live.add(made); return made; };
  of.deleteTexture = function (texture) { live.delete(texture); deleteTexture.call(this, texture); };
})();"""

SLOW = """(() => {
  const frame = requestAnimationFrame;
  window.requestAnimationFrame = (then) => frame((now) => then(10 * now));
})();"""


@pytest.fixture
def served(tmp_path):
    """A function that makes and serves a study of a kind, its pictures replaced if an array is given."""
    servers = []

    def serve(kind, pictures=None, patients=14, **design):
        sources(tmp_path, size=64, patients=patients)
        assert main(new_words(tmp_path, kind, **design)) == 0
        if pictures is not None:
            for path in (tmp_path / "study" / "pictures").glob("*.grey"):
                path.write_bytes(pictures(path.stat().st_size // 128).astype("<u2").tobytes())
            mended(tmp_path / "study")
        servers.append(Server(tmp_path / "study"))
        return tmp_path / "study", servers[-1].links[READER]

    yield serve
    for server in servers:
        server.stop()


def entries(study, kind):
    opened = open_study(study)
    record = open_record(study, opened.protocol)
    found = record.entries(kind, READER)
    record.close()
    return found


def seen(page):
    """The screen as grey values, without the questions."""
    grey = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("L"))
    return grey[:, : grey.shape[1] - round(DESK * grey.shape[1] / page.viewport_size["width"])]


def settled(page, text):
    """Wait until the line under the windows says so; it is written when all is drawn."""
    sync_api.expect(page.locator("#window")).to_contain_text(text)
    page.wait_for_timeout(200)


@pytest.mark.parametrize("ratio", [1, 2])
def test_each_screen_pixel_is_the_grey_through_the_window(served, browser, ratio):
    grey = {}
    _, link = served(
        "real-or-synthetic", lambda columns: grey.setdefault(0, np.arange(64 * columns).reshape(64, columns) * 15 + 1)
    )
    with browser_page(browser, 1000, 700, ratio) as page:
        enter(page, link)
        page.keyboard.press("o")
        settled(page, "zoom 1:1, as sent")
        full = seen(page)
        page.keyboard.press("Shift+Digit2")
        settled(page, "narrow")
        narrow = seen(page)
        page.keyboard.press("i")
        settled(page, "inverted")
        inverted = seen(page)
        assert page.trouble == []
    rows, columns = grey[0].shape
    at = (slice(round((full.shape[0] - rows) / 2), None), slice(round((full.shape[1] - columns) / 2), None))
    share = (grey[0] - 32767.5) / np.array([65535, 32767])[:, None, None] + 0.5  # PS3.3 C.11.2.1.2
    for screen, expected in zip(
        (full, narrow, inverted), (*np.clip(share, 0, 1), 1 - np.clip(share[1], 0, 1)), strict=True
    ):
        assert np.abs(screen[at][:rows, :columns].astype(float) - 255 * expected).max() <= 1
        assert screen.astype(int).sum() - screen[at][:rows, :columns].astype(int).sum() < screen.size  # dark around it


def test_chest_walls_meet_and_all_views_have_the_same_size(served, browser):
    _, link = served("multi-reader", lambda columns: np.full((64, columns), 60000))
    with browser_page(browser, 1001, 701) as page:
        enter(page, link)
        settled(page, "fit")
        in_a_row = np.array_split(seen(page) > 200, 2, axis=1)
        page.set_viewport_size({"width": 801, "height": 1001})
        page.wait_for_timeout(400)
        one_above_the_other = np.array_split(seen(page) > 200, 2)
    for pair in (in_a_row, one_above_the_other):
        for lit in pair:
            columns = np.flatnonzero(lit[lit.shape[0] // 2])
            assert (np.diff(columns) == 1).all()  # nothing dark between the breasts
            middle = lit.shape[1] / 2
            assert abs((middle - columns[0]) - (columns[-1] + 1 - middle)) <= 2
        assert abs(int(pair[0].any(1).sum()) - int(pair[1].any(1).sum())) <= 1


def test_the_zoom_fits_the_breast_and_not_the_field_around_it(served, browser):
    def small(columns):
        grey = np.zeros((64, columns))
        grey[40:60, columns // 4 : columns // 4 + 8] = 60000
        return grey

    _, link = served("real-or-synthetic", small)
    with browser_page(browser, 1000, 700) as page:
        enter(page, link)
        settled(page, "fit")
        rows, columns = (np.flatnonzero((seen(page) > 200).any(axis)) for axis in (1, 0))
        page.mouse.move(300, 500)
        page.mouse.wheel(0, -400)
        page.mouse.wheel(0, 400)
        page.wait_for_timeout(300)
        back = np.flatnonzero((seen(page) > 200).any(1))
    assert np.ptp(rows) == pytest.approx(0.98 * 700, abs=3)
    assert np.ptp(columns) == pytest.approx(np.ptp(rows) * 8 / 20, abs=3)
    assert rows[0] == pytest.approx(699 - rows[-1], abs=2)
    assert columns[0] == pytest.approx(714 - columns[-1], abs=2)
    assert back[0] == pytest.approx(rows[0], abs=2)  # what the wheel zooms about stays where it is


def test_the_next_case_comes_ahead_and_is_not_called_shown(served, browser):
    study, link = served("real-or-synthetic")
    asked = []
    with browser_page(browser) as page:
        page.on("request", lambda request: asked.append(request.url.partition("/image/")[2]))
        enter(page, link)
        page.wait_for_timeout(500)
        ahead = [image for image in asked if image]
        shown_before = entries(study, SHOWN)
        answer(page, "real-or-synthetic")
    first, second = sorted((s for s in open_study(study).slots if s.reader == READER), key=lambda s: s.position)[:2]
    assert ahead == [slot.panels[0].layers[0].image for slot in (first, second)]
    assert [e.item for e in shown_before] == [first.item]
    assert [image for image in asked if image].count(ahead[1]) == 1


def test_marks_are_set_by_mouse_and_by_keyboard_and_the_window_is_stored(served, browser):
    study, link = served("multi-reader", lambda columns: np.full((64, columns), 30000))
    with browser_page(browser, 1000, 900) as page:
        enter(page, link)
        page.keyboard.press("m")
        page.mouse.click((1000 - DESK) / 2 + 20, 180)
        for key in (*["ArrowUp"] * 10, *["ArrowLeft"] * 3, "x", "x", "Backspace", "m", "Shift+Digit3"):
            page.keyboard.press(key)
        settled(page, "wide")
        assert page.locator(".mark").count() == 2
        answer(page, "multi-reader")
    body = entries(study, ANSWER)[0].body
    assert [m["panel"] for m in body["answers"]["marks"]] == ["LCC", "RCC"]
    assert [32768, 98304] in body["window"].values()


def test_a_slow_machine_draws_coarsely_on_the_move_and_fully_at_rest(served, browser):
    _, link = served("real-or-synthetic", lambda columns: np.full((64, columns), 60000))
    with browser_page(browser, 1000, 700) as page:
        page.add_init_script(SLOW)
        enter(page, link)
        settled(page, "fit")
        canvas, sharp = page.locator("canvas.light"), seen(page)
        page.mouse.move(300, 300)
        page.mouse.down(button="right")
        for step in range(12):
            page.mouse.move(301 + step % 2, 300)
        moving = canvas.evaluate("c => c.width")
        page.mouse.move(300, 300)
        coarse = seen(page)
        page.mouse.up(button="right")
        page.wait_for_timeout(400)
        assert moving < 1000 - DESK == canvas.evaluate("c => c.width")
        assert (seen(page) == sharp).all()
    assert abs(int(coarse.astype(int).sum()) / int(sharp.astype(int).sum()) - 1) < 0.03  # in the same place


def test_lost_graphics_are_said_and_come_back(served, browser):
    _, link = served("real-or-synthetic")
    with browser_page(browser) as page:
        enter(page, link)
        page.keyboard.press("4")
        page.locator("canvas.light").evaluate(
            "c => c.getContext('webgl2').getExtension('WEBGL_lose_context').loseContext()"
        )
        sync_api.expect(page.locator("#cover-text")).to_contain_text("graphics")
        page.get_by_role("button", name="Go on", exact=True).click()
        shown(page)
        settled(page, "fit")
        assert seen(page).max() > 60
        assert page.locator("input[name=birads]:checked").input_value() == "4"


@pytest.mark.slow
def test_a_hundred_cases_are_read_and_keep_no_pictures(served, browser):
    study, link = served("most-realistic", patients=100, count=100, training=0, repeats=0)
    with browser_page(browser, 1000, 700) as page:
        page.add_init_script(LIVE)
        enter(page, link)
        kept = []
        for left in range(100, 0, -1):
            answer(page, "most-realistic", last=left == 1)
            kept.append(page.evaluate("() => live.size"))
    times = [e.body["times"]["paint_ms"] for e in entries(study, ANSWER)]
    assert len(times) == 100
    assert max(kept) <= 2 * 4 + 1  # four pictures of this case, four of the next, and the screen's own
    assert kept[-1] <= 1
