"""Seconds from the click to the painted case, and frames a second while the window is dragged, in headless Chromium.

    python benchmarks/reading_page.py [--views 1 4] [--seconds 3] [--chromium /usr/bin/chromium]

A study with made-up pictures of 2850 x 2396 pixels of 16 bits is served by `vcem study serve` and read by keyboard:
one DES a case (real or synthetic), or four views of LE and DES (multi-reader). The browser has no GPU: SwiftShader
draws on the same cores that serve. Both times are taken outside the page: from the event that stores an answer to the
moment when the GPU process has finished the next case's drawing, and as drawings finished a second while the mouse
moves with its button held. What other programs took of the cores meanwhile is printed as their load.

A page that cannot keep 30 frames a second draws every second or fourth row and column while the mouse moves; how coarse
the frames were on average is printed too, 1.0 being all of them.

The peer draws the same picture into a canvas of the same size as a web page without WebGL does: for each screen pixel
the nearest picture pixel through a table of greys, then putImageData. It does no averaging below 1:1.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from playwright.sync_api import expect, sync_playwright
from scipy import ndimage

from vcem.core.files import MANIFEST, read_json, write_array, write_bytes, write_json, write_manifest, write_text
from vcem.folders.folds import Fold, Folds, write_folds
from vcem.folders.predictions import Maker, write_predictions
from vcem.folders.prepared import PreparedPair, open_store, write_table
from vcem.study.folder import KIND

ROWS, COLUMNS = 2850, 2396
SMALL = 32
PATIENTS = 8
DESIGN = """name = "speed"
seed = 1
readers = [{{name = "A", years = 8}}, {{name = "B", years = 8}}]
[cases]
count = 4
positives = 2
[reading]
{reading}
"""
READINGS = {
    1: 'kind = "real-or-synthetic"\nmodel = "model"',
    4: 'kind = "multi-reader"\ntreatments = [{name = "DES", des = "real"}, {name = "virtual DES", des = "model"}]',
}
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--enable-unsafe-swiftshader")  # fmt: skip
# Seen from outside the page: when an answer was sent, and when each drawing was finished by the graphics process.
WATCH = """(() => {
  const seen = window.seen = { clicked: 0, finished: [], columns: [], frame: -1 };
  addEventListener("keydown", (event) => {
    if (event.key === "Enter") Object.assign(seen, { clicked: performance.now(), finished: [] });
  }, true);
  const of = WebGL2RenderingContext.prototype, draw = of.drawArrays;
  const wait = (gl, fence) => {
    const state = gl.clientWaitSync(fence, 0, 0);
    if (state === gl.TIMEOUT_EXPIRED) return void setTimeout(() => wait(gl, fence), 1);
    seen.finished.push(performance.now());
    seen.columns.push(gl.drawingBufferWidth);
    gl.deleteSync(fence);
  };
  of.drawArrays = function (...words) {
    draw.apply(this, words);
    const onScreen = this.getParameter(this.FRAMEBUFFER_BINDING) === null, now = document.timeline.currentTime;
    if (!onScreen || now === seen.frame) return;
    seen.frame = now;
    queueMicrotask(() => {
      const fence = this.fenceSync(this.SYNC_GPU_COMMANDS_COMPLETE, 0);
      this.flush();
      setTimeout(() => wait(this, fence), 0);
    });
  };
})();"""
PEER = """([rows, columns, width, height, seconds]) => new Promise((done) => {
  const grey = new Uint16Array(rows * columns);
  for (let i = 0; i < grey.length; i++) grey[i] = (i * 2654435761) >>> 16;
  const canvas = document.body.appendChild(Object.assign(document.createElement("canvas"), { width, height }));
  const pen = canvas.getContext("2d", { alpha: false }), image = pen.createImageData(width, height);
  const out = new Uint32Array(image.data.buffer), light = new Uint32Array(65536);
  const zoom = Math.min(width / columns, height / rows), begin = performance.now();
  let frames = 0;
  const frame = () => {
    const window = 65536 - 400 * (frames % 60);
    for (let g = 0; g < 65536; g++) {
      const v = Math.max(0, Math.min(255, 255 * ((g - 32768) / window + 0.5))) | 0;
      light[g] = 0xff000000 | v << 16 | v << 8 | v;
    }
    for (let y = 0; y < Math.floor(rows * zoom); y++) {
      const from = Math.floor(y / zoom) * columns, to = y * width;
      for (let x = 0; x < Math.floor(columns * zoom); x++) out[to + x] = light[grey[from + Math.floor(x / zoom)]];
    }
    pen.putImageData(image, 0, 0);
    frames++;
    const taken = performance.now() - begin;
    if (taken > 1000 * seconds) done(1000 * frames / taken); else requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
})"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--views", type=int, nargs="+", choices=(1, 4), default=[1, 4])
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--screen", type=int, nargs=2, default=(1920, 1080))
    args = parser.parse_args()
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load of the last minute {load:.1f}, page of {args.screen[0]} x {args.screen[1]}")
    for views in args.views:
        with tempfile.TemporaryDirectory() as name:
            study = make_study(Path(name), views)
            with serving(study) as link, opened(args) as page:
                measure(page, link, views, args.seconds)
    with opened(args) as page:
        width, height = args.screen[0] - 285, args.screen[1]
        page.set_content("<body style='margin:0'>")
        rate = page.evaluate(PEER, [ROWS, COLUMNS, width, height, args.seconds])
        print(f"peer, 2D canvas of {width} x {height}, nearest pixel: {rate:.1f} windows a second")


def make_study(folder, views):
    """Write a small study and put large pictures in the place of its small ones."""
    store = _small_store(folder)
    write_predictions(
        folder / "model", Maker("model", "model", 0, "none"), store, [p.pair for p in store.pairs], store.y
    )
    reading = READINGS[views]
    design = DESIGN.format(reading=reading)
    write_text(folder / "design.toml", design)
    words = ["study", "new", folder / "design.toml", "--out", folder / "study", "--data", folder / "prepared",
             "--predictions", folder / "model"]  # fmt: skip
    subprocess.run([sys.executable, "-m", "vcem.cli.main", *map(str, words)], check=True, capture_output=True)
    _enlarge(folder)
    return folder / "study"


def _small_store(folder):
    v, u = np.mgrid[:SMALL, :SMALL] / SMALL
    breast = np.hypot(u, v - 0.5) < 0.45
    pairs, masks = [], []
    for n in range(4 * PATIENTS):
        side, view = "LR"[n % 2], ("CC", "MLO")[n // 2 % 2]
        facts = ("a", "4", "Malignant" if n // 4 % 2 else "Benign", "1", "simulated", "none", "[]")
        pairs.append(PreparedPair(f"P{n // 4}_{side}_{view}", f"P{n // 4}", side, view, *facts))
        masks.append(breast if side == "L" else breast[:, ::-1])
    mask = np.stack(masks)
    for name in ("x", "y"):
        write_array(folder / "prepared" / f"{name}.npy", (0.5 * mask).astype(np.float32))
    write_array(folder / "prepared" / "mask.npy", mask)
    write_array(folder / "prepared" / "lesion.npy", mask.astype(np.uint8))
    write_table(folder / "prepared", pairs)
    write_manifest(folder / "prepared", "prepared", {"protocol": "strict", "size": SMALL, "origin": "simulated"})
    store = open_store(folder / "prepared")
    tested = Fold((), (), tuple(p.pair for p in pairs))
    write_folds(store.folder / "folds.json", Folds(store.protocol, 0, (tested,)))
    return store


def _enlarge(folder):
    study, protocol = folder / "study", read_json(folder / "study" / "protocol.json", "the benchmark")
    sides = {}
    for slot in read_json(study / "items.json", "the benchmark"):
        for panel in slot["panels"]:
            sides |= {layer["picture"]: panel["anchor"] == "right" for layer in panel["layers"]}
    large = {right: folder / f"{right}.grey" for right in (False, True)}
    for right, path in large.items():
        write_bytes(path, _breast()[:, :: -1 if right else 1].astype("<u2").tobytes())
    for picture, right in sides.items():
        (study / "pictures" / f"{picture}.grey").unlink()
        os.link(large[right], study / "pictures" / f"{picture}.grey")
    write_json(study / "protocol.json", protocol | {"rows": ROWS, "columns": COLUMNS})
    (study / MANIFEST).unlink()
    write_manifest(study, KIND, {"protocol_sha256": protocol["protocol_sha256"]})


def _breast():
    """A breast of cloudy tissue with 12 bits of grey."""
    v, u = np.mgrid[:ROWS, :COLUMNS]
    rng = np.random.default_rng(0)
    cloud = ndimage.zoom(rng.normal(size=(96, 81)), 30, order=1)[:ROWS, :COLUMNS]
    steps = 2000 + 350 * cloud + rng.normal(0, 60, (ROWS, COLUMNS))
    return np.where(np.hypot(u / 1900, (v - ROWS / 2) / 1300) < 1, np.clip(np.rint(steps), 1, 4095) * 16, 0)


@contextmanager
def serving(study):
    """Serve it in a process of its own; gives the first reader's link."""
    words = [sys.executable, "-m", "vcem.cli.main", "study", "serve", str(study), "--port", "0"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    links = []
    for line in process.stdout:
        if re.match("serving", line):
            break
        links.append(line.strip().rpartition(": ")[2])
    try:
        yield links[0]
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def opened(args):
    """A page of a fresh browser that tells when its drawings are finished."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=args.chromium, args=list(FLAGS))
        page = chromium.new_page(viewport={"width": args.screen[0], "height": args.screen[1]})
        page.add_init_script(WATCH)
        page.set_default_timeout(60000)
        yield page
        chromium.close()


def measure(page, link, views, seconds):
    """Read cases; print how long each took to be painted, and how many frames a second a dragged window gives."""
    page.goto(link)
    page.get_by_role("button", name="Enter").click()
    page.get_by_label("Display").select_option("office")
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/read")
    first = _painted(page)
    time.sleep(4)  # the next case is loaded ahead meanwhile
    others = _others()
    rate, coarse = _frames(page, seconds)
    later = []
    for _ in range(3):
        time.sleep(3)  # a reader looks at a case before answering it
        later.append(_next(page, views))
    times = ", ".join(f"{s:.2f}" for s in later)
    print(
        f"{views} view(s): first case painted {first:.2f} s after the page opens, next cases {times} s after the click"
    )
    print(f"  window dragged: {rate:.1f} frames a second, of every {coarse:.1f}th row and column on average")
    print(f"  other programs took {others:.1f} cores at rest")


def _painted(page):
    """Seconds from the click, or from the start of the page, to the first finished drawing after it."""
    expect(page.locator("#cover")).to_be_hidden()
    for _ in range(600):
        finished = page.evaluate("() => [seen.finished[0] ?? 0, seen.clicked]")
        if finished[0]:
            return (finished[0] - finished[1]) / 1000
        time.sleep(0.05)
    raise SystemExit("nothing was painted")


def _next(page, views):
    if views == 1:
        page.keyboard.press("r")
    page.keyboard.press("4")
    page.keyboard.press("c")
    page.keyboard.press("ArrowRight")
    before = page.locator("#place").inner_text()
    page.keyboard.press("Enter")
    expect(page.locator("#place")).not_to_have_text(before)
    return _painted(page)


def _frames(page, seconds):
    page.mouse.move(500, 400)
    page.mouse.down()
    full = page.evaluate(
        "() => { seen.finished = []; seen.columns = []; return document.querySelector('canvas').width; }"
    )
    begin, n = time.perf_counter(), 0
    while time.perf_counter() - begin < seconds:
        n += 1
        page.mouse.move(500 + 3 * (n % 40), 400 + n % 7)
    page.mouse.up()
    finished, columns = page.evaluate("() => [seen.finished, seen.columns]")
    if len(finished) < 2:
        raise SystemExit("nothing was drawn")
    rate = 1000 * (len(finished) - 1) / (finished[-1] - finished[0])
    return rate, np.mean([full / drawn for drawn in columns])


def _others():
    """Cores that other programs use while nothing moves in the page."""
    before = _busy()
    time.sleep(1)
    after = _busy()
    return (after[0] - before[0]) / (after[1] - before[1]) * os.cpu_count()


def _busy():
    ticks = [int(n) for n in Path("/proc/stat").read_text(encoding="utf-8").splitlines()[0].split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


if __name__ == "__main__":
    main()
