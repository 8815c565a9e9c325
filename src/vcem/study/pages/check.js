// The display check: a test pattern, and a note of the screen.
const canvas = document.getElementById("pattern");
const pen = canvas.getContext("2d");
const grey = (share) => { const v = Math.round(255 * share); return `rgb(${v},${v},${v})`; };
const box = (share, x, y, w, h) => { pen.fillStyle = grey(share); pen.fillRect(x, y, w, h); };
box(0, 0, 0, 240, 240); box(0.05, 80, 80, 80, 80);
box(1, 720, 0, 240, 240); box(0.95, 800, 80, 80, 80);
for (let step = 0; step < 16; step++) box(step / 15, 240 + 30 * step, 0, 30, 160);
for (let x = 0; x < 480; x++) box(x / 479, 240 + x, 160, 1, 80);
document.getElementById("small").hidden = innerWidth >= 1200 && innerHeight >= 700;

const form = document.getElementById("display");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const said = new FormData(form);
  const problem = document.getElementById("error");
  if (!said.get("kind")) { problem.textContent = "Please say which display you use."; return; }
  const body = {
    kind: said.get("kind"), dark: said.has("dark"), bright: said.has("bright"), steps: said.has("steps"),
    screen: `${screen.width} x ${screen.height}`, window: `${innerWidth} x ${innerHeight}`,
    pixel_ratio: devicePixelRatio, colour_depth: screen.colorDepth, browser: navigator.userAgent,
  };
  try {
    const answer = await fetch("/check", { method: "POST", body: JSON.stringify(body),
      headers: { "Content-Type": "application/json", "X-CSRF": document.body.dataset.csrf } });
    if (!answer.ok) throw new Error((await answer.json()).error);
    location.assign("/read");
  } catch (error) { problem.textContent = `Not stored: ${error.message}`; }
});
