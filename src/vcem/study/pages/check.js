// The display check: a test pattern, and a note of the screen.
import { content, reach } from "/page/talk.js";

const canvas = document.getElementById("pattern");
const pen = canvas.getContext("2d");
const grey = (share) => { const v = Math.round(255 * share); return `rgb(${v},${v},${v})`; };
// in whole pixels of the screen: a pattern that the browser resamples shows steps that are not there
const screenPixel = Math.max(1, Math.round(devicePixelRatio));
Object.assign(canvas, { width: 896 * screenPixel, height: 224 * screenPixel });
canvas.style.width = `${canvas.width / devicePixelRatio}px`;
pen.scale(screenPixel, screenPixel);
const box = (share, x, y, w, h) => { pen.fillStyle = grey(share); pen.fillRect(x, y, w, h); };
box(0, 0, 0, 224, 224); box(0.05, 72, 72, 80, 80);
box(1, 672, 0, 224, 224); box(0.95, 744, 72, 80, 80);
for (let step = 0; step < 16; step++) box(step / 15, 224 + 28 * step, 0, 28, 150);
for (let x = 0; x < 448; x++) box(x / 447, 224 + x, 150, 1, 74);
document.getElementById("small").hidden = innerWidth >= 1200 && innerHeight >= 700;

const post = (path, body) => reach(path, { method: "POST", body: JSON.stringify(body),
  headers: { "Content-Type": "application/json", "X-CSRF": document.body.dataset.csrf } }).then(content);
const form = document.getElementById("display"), problem = document.getElementById("error");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const said = new FormData(form);
  if (!said.get("kind")) { problem.textContent = "Please say which display you use."; return; }
  const body = {
    kind: said.get("kind"), dark: said.has("dark"), bright: said.has("bright"), steps: said.has("steps"),
    screen: `${screen.width} x ${screen.height}`, window: `${innerWidth} x ${innerHeight}`,
    pixel_ratio: devicePixelRatio, colour_depth: screen.colorDepth, browser: navigator.userAgent,
  };
  try {
    await post("/check", body);
    location.assign("/read");
  } catch (error) { problem.textContent = `Not saved: ${error.message}`; }
});
document.getElementById("leave").addEventListener("click", async () => {
  try { await post("/leave", {}); location.assign("/?left"); } catch (error) { problem.textContent = error.message; }
});
