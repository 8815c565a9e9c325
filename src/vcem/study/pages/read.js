// The reading page: shows a case, asks, stores the answer, and only then shows the next.
import { Viewer } from "/page/viewer.js";

const $ = (id) => document.getElementById(id);
const viewer = new Viewer($("wall"), said);
let current = null, answers = {}, times = null, busy = false, paused = false, failed = null;

function said(view) {
  const [name] = viewer.shown();
  const { centre, width } = view.windows[name];
  const zoom = viewer.view.zoom / viewer.fit;
  $("window").textContent = `level ${Math.round(centre / 655.35)} %, window ${Math.round(width / 655.35)} %, zoom ${zoom.toFixed(1)} × fit${view.inverted ? ", inverted" : ""}${viewer.marking ? ", marking" : ""}`;
  if (times && times.paint === null) times.paint = performance.now();
  if (current) answers.marks = view.marks;
}

async function call(path, body) {
  const options = body === undefined ? {} : { method: "POST", body: JSON.stringify(body),
    headers: { "Content-Type": "application/json", "X-CSRF": document.body.dataset.csrf } };
  const answer = await fetch(path, options);
  if (answer.status === 401) { cover("Your session has ended. What you answered is stored. Please open a new personal link."); throw null; }
  if (!answer.ok) throw new Error((await answer.json()).error);
  return answer;
}

function cover(text, ...buttons) {
  $("cover-text").textContent = text;
  for (const id of ["go-on", "elsewhere"]) $(id).hidden = !buttons.includes(id);
  $("cover").hidden = false;
  $(buttons[0])?.focus();
}

function complain(error, retry) {
  if (!error) return;
  failed = retry;
  cover(`${error.message || error}. Nothing that was confirmed is lost.`, "go-on");
}

async function next(given) {
  current = null;
  if (given.state === "finished") { viewer.clear(); return cover("You have read all cases. Thank you."); }
  if (given.state === "wait") { viewer.clear(); return cover(`This session is complete. Session ${given.session} opens on ${given.until}; the same study, your own link.`, "elsewhere"); }
  const asked = performance.now();
  const images = given.panels.flatMap((p) => p.layers.map((l) => l.image));
  const loaded = await Promise.all(images.map(async (id) => [id, new Uint16Array(await (await call(`/image/${id}`)).arrayBuffer())]));
  current = given;
  answers = {};
  times = { asked, paint: null, input: null, hidden: 0, since: document.hidden ? asked : null };
  viewer.marking = false;
  if (viewer.view) viewer.view.marks = [];
  $("cover").hidden = true;
  viewer.hang(given, Object.fromEntries(loaded));
  ask(given);
}

function ask(given) {
  $("place").textContent = `${given.practice ? "Practice, " : ""}case ${given.done + 1} of ${given.total}${given.sessions > 1 ? `, session ${given.session} of ${given.sessions}` : ""}`;
  $("progress").max = given.total;
  $("progress").value = given.done;
  $("about").textContent = given.about ? `Please judge the ${given.about}.` : "";
  $("error").hidden = true;
  const layered = given.panels.some((p) => p.layers.length > 1), marks = given.questions.some((q) => q.kind === "marks");
  for (const id of ["layer-keys", "layer-text"]) $(id).hidden = !layered;
  for (const id of ["scale-keys", "scale-text"]) $(id).hidden = !given.questions.some((q) => q.kind === "scale");
  for (const id of ["mark-keys", "mark-text"]) $(id).hidden = !marks;
  const submit = make("button", { id: "submit", textContent: "Store and go on", disabled: true });
  $("form").replaceChildren(...given.questions.filter((q) => q.kind !== "marks").map(field), submit);
  document.activeElement?.blur();
}

function make(tag, facts, ...children) {
  const element = Object.assign(document.createElement(tag), facts);
  element.append(...children);
  return element;
}

function field(question) {
  const legend = make("legend", { textContent: question.text });
  if (question.kind === "scale") {
    const value = make("output", { textContent: "not given" });
    const range = make("input", { type: "range", min: 0, max: 100, step: 1, value: 50, name: question.name, className: "unset" });
    range.setAttribute("aria-label", question.text);
    const taken = () => { range.className = ""; value.textContent = range.value; take(question.name, Number(range.value)); };
    for (const kind of ["input", "click"]) range.addEventListener(kind, taken);
    return make("fieldset", {}, legend, range, make("div", { className: "ends" }, make("span", { textContent: question.low }), value, make("span", { textContent: question.high })));
  }
  return make("fieldset", {}, legend, ...question.options.map((option, n) => {
    const input = make("input", { type: "radio", name: question.name, value: option });
    input.addEventListener("change", () => choose(question, option));
    return make("label", { className: "option" }, input, make("span", { textContent: question.labels[n] }), make("kbd", { textContent: question.keys[n].toUpperCase() }));
  }));
}

function choose(question, option) {
  for (const input of document.getElementsByName(question.name)) input.checked = input.value === option;
  if (question.name === "place") for (const p of viewer.panels) p.element.classList.toggle("chosen", p.given.title === option);
  take(question.name, option);
}

function take(name, value) {
  answers[name] = value;
  const complete = current.questions.every((q) => q.kind === "marks" || q.name in answers);
  if ($("submit")) $("submit").disabled = !complete;
}

async function store() {
  if (busy || !current || $("submit").disabled) return;
  busy = true;
  $("submit").disabled = true;
  const now = performance.now(), since = (t) => Math.max(0, Math.round((t ?? now) - times.asked));
  const hidden = times.hidden + (times.since === null ? 0 : now - times.since);
  const message = { item: current.item,
    answers: Object.fromEntries(current.questions.map((q) => [q.name, q.kind === "marks" ? viewer.view.marks : answers[q.name]])),
    times: { paint_ms: since(times.paint), input_ms: since(times.input), submit_ms: since(now), hidden_ms: Math.round(hidden) },
    window: Object.fromEntries(Object.entries(viewer.view.windows).map(([name, w]) => [name, [w.centre, w.width]]).slice(0, 2)) };
  await send(message);
}

async function send(message) {
  let given;
  try { given = await (await call("/answer", message)).json(); }
  catch (error) { busy = false; return complain(error && new Error(`This answer is not stored yet: ${error.message}`), () => send(message)); }
  busy = false;
  try { await next(given); } catch (error) { complain(error, start); }
}

async function start() {
  try { await next(await (await call("/case")).json()); } catch (error) { complain(error, start); }
}

async function pause(stop) {
  if (stop === paused || (stop && !current) || busy) return;
  paused = stop;
  clockHidden();
  if (stop) cover("Paused. All answers up to here are stored.", "go-on", "elsewhere"); else $("cover").hidden = true;
  $("link").textContent = "";
  try { await call("/pause", { paused: stop }); } catch (error) { if (error) $("link").textContent = "The server does not answer; go on when it does."; }
}

// Time in which the pictures cannot be seen: the tab is hidden, or the reading paused.
function clockHidden() {
  if (!times) return;
  const unseen = document.hidden || paused, now = performance.now();
  if (unseen && times.since === null) times.since = now;
  if (!unseen && times.since !== null) { times.hidden += now - times.since; times.since = null; }
}

const KEYS = {
  w: () => viewer.level(0, 0.9), e: () => viewer.level(0, 1 / 0.9), u: () => viewer.level(-1311, 1), j: () => viewer.level(1311, 1),
  "+": () => viewer.zoomBy(1.2), "=": () => viewer.zoomBy(1.2), "-": () => viewer.zoomBy(1 / 1.2),
  o: () => viewer.zoomTo(1), f: () => viewer.zoomTo(viewer.fit), i: () => viewer.invert(), 0: () => viewer.reset(), p: () => pause(true),
  ArrowLeft: () => viewer.move(40, 0), ArrowRight: () => viewer.move(-40, 0), ArrowUp: () => viewer.move(0, 40), ArrowDown: () => viewer.move(0, -40),
  " ": () => viewer.nextLayer(), Enter: () => store(),
  m: () => { if (current.questions.some((q) => q.kind === "marks")) { viewer.marking = !viewer.marking; viewer.draw(); } },
  Backspace: () => { viewer.view.marks.pop(); viewer.draw(); },
};

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || !current || !$("cover").hidden) return;
  const onScale = event.target.type === "range" && event.key.startsWith("Arrow");
  const onButton = ["BUTTON", "SUMMARY"].includes(event.target.tagName) && ["Enter", " "].includes(event.key);
  if (onScale || onButton) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const question = current.questions.find((q) => q.kind === "choice" && q.keys.includes(key));
  const scale = key === "c" && document.querySelector("#form input[type=range]");
  if (!question && !scale && !KEYS[key]) return;
  event.preventDefault();
  if (question) choose(question, question.options[question.keys.indexOf(key)]);
  else if (scale) scale.focus();
  else if (!event.repeat || !["Enter", "p", "i", " ", "m"].includes(key)) KEYS[key]();
});
for (const kind of ["keydown", "pointerdown", "wheel"]) addEventListener(kind, () => { if (times && times.input === null) times.input = performance.now(); }, { capture: true, passive: true });
addEventListener("visibilitychange", clockHidden);
$("form").addEventListener("submit", (event) => { event.preventDefault(); store(); });
$("pause").addEventListener("click", () => pause(true));
$("reset").addEventListener("click", () => viewer.reset());
$("go-on").addEventListener("click", () => {
  if (!failed) return pause(false);
  const retry = failed;
  failed = null;
  cover("Loading");
  retry();
});
$("elsewhere").addEventListener("click", async () => {
  try { $("link").textContent = location.origin + (await (await call("/elsewhere", {})).json()).path; }
  catch (error) { if (error) $("link").textContent = error.message; }
});
start();
